"""``POST /tcb/invokecloudfunction``: a cloud function called over WeChat's HTTP API.

The body is the event, any JSON object; the answer is ``{errcode, errmsg, resp_data}`` where `resp_data` is the
function's result as JSON text. There is no user in such a call.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from cloudbase_ocr import assumptions
from cloudbase_ocr.core.bodies import MAX_JSON_BYTES, read_body
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.responses import json_text
from cloudbase_ocr.runtime.outcomes import WeChatCallError, invoke_for_wechat
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat import replies, routing
from cloudbase_ocr.wechat.bodies import json_object

bp = Blueprint("wechat_functions", __name__)


def invoke_cloud_function() -> Response:
    """Run the function that the query names."""
    appid = routing.authorized()
    event = _event()
    for name in ("env", "name"):
        if not request.args.get(name):
            raise WeChatError(40101, "missing parameter", reason=f"the query lacks {name}")
    try:
        answered = invoke_for_wechat(
            current().runtime_for_request(), request.args["name"], event, appid=appid
        )
        result = json_text(answered)
    except WeChatCallError as error:
        raise WeChatError(error.errcode, error.errmsg) from error
    except ValueError as error:
        # The process wrote something else than its handler's result: it counts as its end.
        raise WeChatError(
            -504002, "functions execute fail User process exit when running", reason=f"no JSON: {error}"
        ) from error
    return replies.ok({"resp_data": result})


def _event() -> dict[str, Any]:
    """Read the event; wechatpy sends none for a call without data, and what WeChat makes of it is not known (R44).

    Raises:
        WeChatError: 44002 for an empty body, 47001 for one that is no JSON object.
    """
    body = read_body(request, MAX_JSON_BYTES)
    if body.data or body.too_large:
        return json_object()
    if assumptions.EMPTY_EVENT in current().settings.assumptions:
        return {}
    raise WeChatError(
        44002,
        reason="the call has no body; send {} for an empty event, or assume that WeChat takes none: --assumption "
        "empty-event",
    )


routing.add(bp, "/tcb/invokecloudfunction", invoke_cloud_function)
