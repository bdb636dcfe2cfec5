"""``POST /_emulator/invoke``: wx.cloud.callFunction from outside a mini-program, for command and tests.

WeChat's own route is a private channel of the app; this one gives the same object. The body is
``{"name", "data"?, "openid"?, "appid"?, "unionid"?, "source"?}``; who is not named is the user of the emulator's
settings. `source` is the SOURCE of getWXContext (``wx_client``, ``wx_devtools``, ...). With ``trigger``, the name of a
timer of the function's, the timer calls it: with its own event, for the app and for no user.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from cloudbase_ocr.cloudbase.bodies import read_body
from cloudbase_ocr.cloudbase.calls import call_function
from cloudbase_ocr.cloudbase.replies import JSON
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.core.jsonable import encode_json
from cloudbase_ocr.runtime import Caller, FunctionNotFound, find_function
from cloudbase_ocr.runtime.outcomes import call_function_result
from cloudbase_ocr.runtime.timers import timer_event
from cloudbase_ocr.state.emulator import current

bp = Blueprint("callfunction", __name__)

_KEYS = {"name", "data", "openid", "appid", "unionid", "source", "trigger"}


@bp.post("/_emulator/invoke")
def invoke() -> Response:
    """Call a function as wx.cloud.callFunction does: what the mini-program would get, or HTTP 400 with ``error``.

    The body is ``{name, data, openid, appid, unionid, source, trigger}``, all but name optional. The header
    ``X-Request-Id`` names the call also when it failed: ``functions.logs`` has its log.
    """
    emulator = current()
    try:
        body = _parse(read_body(request))
        appid = body.get("appid", emulator.settings.appid)
        if "trigger" in body:
            event, caller = _timer(body), Caller("timer", appid=appid, source=body.get("source", ""))
        else:
            event = body.get("data", {})
            caller = Caller(
                "miniprogram",
                openid=body.get("openid", emulator.settings.openid),
                appid=appid,
                unionid=body.get("unionid", ""),
                source=body.get("source", ""),
            )
    except ValueError as error:
        return _answer({"error": str(error)}, 400)
    invocation = call_function(body["name"], event, caller)
    reply = _answer(call_function_result(invocation), 200)
    reply.headers["X-Request-Id"] = invocation.request_id
    return reply


def _timer(body: dict[str, Any]) -> dict[str, Any]:
    emulator = current()
    try:
        info = find_function(emulator.runtime.project, body["name"])
    except FunctionNotFound as error:
        raise ValueError(error.hint) from error
    return timer_event(info, str(body["trigger"]), emulator.clock.now())


def _parse(text: bytes) -> dict[str, Any]:
    body = parse_json(text)
    if not isinstance(body, dict) or not isinstance(body.get("name"), str):
        raise ValueError('send {"name": "<function>", "data": {...}}')  # noqa: TRY004 - what was sent is wrong, not our code
    if unknown := sorted(set(body) - _KEYS):
        raise ValueError(f"unknown key {unknown[0][:80]!r}; there are {', '.join(sorted(_KEYS))}")
    return body


def _answer(body: dict[str, Any], status: int) -> Response:
    # Of a result nothing is lost: a mini-program gets half a surrogate pair as the function returned it.
    return Response(encode_json(body, compact=False, errors="backslashreplace"), status, content_type=JSON)
