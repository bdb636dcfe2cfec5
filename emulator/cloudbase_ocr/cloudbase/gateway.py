"""CloudBase's HTTP API and js-sdk's GATEWAY mode: ``POST /v1/functions/<name>``.

The body is the event itself and the answer is the function's result itself; an error is HTTP 400 with
``{code, message, requestId}`` (section 2.2 of the protocol notes; codes of document http-api/functions). The
Bearer token is not checked: js-sdk also calls without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from cloudbase_ocr.cloudbase.bodies import read_body
from cloudbase_ocr.cloudbase.calls import call_function
from cloudbase_ocr.cloudbase.replies import JSON
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.core.jsonable import encode_json
from cloudbase_ocr.runtime import (
    Caller,
    EventTooLarge,
    FunctionNotFound,
    FunctionNotRunnable,
    FunctionTimedOut,
    InvalidEvent,
    LoadTimedOut,
    MemoryExceeded,
    TooManyInstances,
)

if TYPE_CHECKING:
    from cloudbase_ocr.runtime import InvocationError

bp = Blueprint("gateway", __name__)

CODES: dict[type[InvocationError], str] = {
    EventTooLarge: "FUNCTION_PARAM_INVALID",
    FunctionNotFound: "FUNCTION_NOT_FOUND",
    FunctionNotRunnable: "FUNCTION_STATUS_ABNORMAL",
    FunctionTimedOut: "FUNCTION_TIME_LIMIT_EXCEEDED",
    InvalidEvent: "FUNCTION_PARAM_INVALID",
    LoadTimedOut: "FUNCTION_TIME_LIMIT_EXCEEDED",
    MemoryExceeded: "FUNCTION_MEMORY_LIMIT_EXCEEDED",
    TooManyInstances: "FUNCTION_EXCEED_RESOURCE_LIMIT",
}


@bp.post("/v1/functions/<path:name>")
def invoke(name: str) -> Response:
    """Call a function with the body as event; no body is an empty event."""
    try:
        event = parse_json(read_body(request) or b"{}")
        if not isinstance(event, dict):
            raise ValueError("the body must be a JSON object")  # noqa: TRY004 - what was sent is wrong, not our code
        if request.args.get("webfn") == "true":
            raise ValueError("webfn=true is for HTTP functions; this is an event function, call it without")
    except ValueError as error:
        return _refuse("FUNCTION_PARAM_INVALID", str(error), request.headers.get("X-Request-Id", ""))
    invocation = call_function(name, event, Caller("api"))
    if invocation.error is not None:
        code = CODES.get(type(invocation.error), "FUNCTION_INVOCATION_FAILED")
        return _refuse(code, invocation.error.stack or invocation.error.message, invocation.request_id)
    return _answer(invocation.result or "null", 200, invocation.request_id)


def _refuse(code: str, message: str, request_id: str) -> Response:
    body = {"code": code, "message": message, "requestId": request_id}
    return _answer(encode_json(body, compact=False), 400, request_id)


def _answer(body: bytes | str, status: int, request_id: str) -> Response:
    response = Response(body, status, content_type=JSON)
    if request_id.isascii() and request_id.isprintable():
        response.headers["X-Request-Id"] = request_id
    return response
