"""Tencent Cloud API for functions: ``POST /`` with X-TC-Action Invoke or InvokeFunction (version 2018-04-16).

What tencentcloud-sdk-* and ``tcb fn invoke`` send (section 2.3 of the protocol notes). Every answer is HTTP
200 with ``{"Response": {...}}``; a function that fails is a success of the API, with the error in RetMsg and
ErrMsg and its errorCode in InvokeResult. Signatures, namespace and version of the function are not checked.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from cloudbase_ocr.cloudbase.bodies import BodyTooLarge, read_body
from cloudbase_ocr.cloudbase.calls import call_function
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.runtime import Caller, EventTooLarge, FunctionNotFound, FunctionNotRunnable, InvalidEvent
from cloudbase_ocr.state.emulator import current

if TYPE_CHECKING:
    from flask import Response

    from cloudbase_ocr.runtime import Invocation

bp = Blueprint("scf", __name__)

MAX_LOG_BYTES = 4096
"""The end of the log that ``LogType: Tail`` gives."""
_VERSION = "2018-04-16"
_EVENT_KEYS = {"Invoke": "ClientContext", "InvokeFunction": "Event"}
_REFUSALS = {
    EventTooLarge: "InvalidParameter.RequestTooLarge",
    FunctionNotFound: "ResourceNotFound.FunctionName",
    FunctionNotRunnable: "FailedOperation.FunctionStatusError",
    InvalidEvent: "InvalidParameter.Payload",
}


class _ApiError(Exception):
    """A request that the API itself refuses."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@bp.post("/")
def call() -> Response:
    """Answer one API call."""
    request_id = current().runtime.new_id()
    try:
        return _answer(request_id, {"Result": _invoke()})
    except _ApiError as error:
        return _answer(request_id, {"Error": {"Code": error.code, "Message": str(error)}})


def _invoke() -> dict[str, Any]:
    parameters = _parameters()
    event = _event(parameters)
    invocation = call_function(_name(parameters), event, Caller("api"))
    if invocation.error is not None and (code := _REFUSALS.get(type(invocation.error))) is not None:
        raise _ApiError(code, invocation.error.message)
    return _result(invocation, with_log=parameters.get("LogType") == "Tail")


def _parameters() -> dict[str, Any]:
    action = request.headers.get("X-TC-Action", "")
    if action not in _EVENT_KEYS:
        known = ", ".join(_EVENT_KEYS)
        raise _ApiError(
            "InvalidAction", f"The action {action[:80]!r} does not exist here; there are {known}."
        )
    if request.headers.get("X-TC-Version", _VERSION) != _VERSION:
        raise _ApiError("NoSuchVersion", f"The version of this API is {_VERSION}.")
    try:
        parameters = parse_json(read_body(request) or b"{}")
    except BodyTooLarge as error:
        raise _ApiError("RequestSizeLimitExceeded", str(error)) from error
    except ValueError as error:
        raise _ApiError("InvalidParameter", f"The body is not JSON: {error}") from error
    if not isinstance(parameters, dict):
        raise _ApiError("InvalidParameter", "The body must be a JSON object.")
    if parameters.get("InvocationType", "RequestResponse") not in ("RequestResponse", None):
        raise _ApiError(
            "UnsupportedOperation", "InvocationType must be RequestResponse: calls are synchronous here."
        )
    return parameters


def _name(parameters: dict[str, Any]) -> str:
    name = parameters.get("FunctionName")
    if not name:
        raise _ApiError("MissingParameter", "The request is missing the parameter `FunctionName`.")
    if not isinstance(name, str):
        raise _ApiError("InvalidParameterValue.FunctionName", "FunctionName must be a string.")
    return name


def _event(parameters: dict[str, Any]) -> Any:
    key = _EVENT_KEYS[request.headers["X-TC-Action"]]
    text = parameters.get(key)
    if text is None or text == "":
        return {}
    if not isinstance(text, str):
        raise _ApiError(f"InvalidParameterValue.{key}", f"{key} must be a string that holds JSON.")
    try:
        return parse_json(text)
    except ValueError as error:
        code = "InvalidParameterValue.ClientContext" if key == "ClientContext" else "InvalidParameter.Payload"
        raise _ApiError(code, f"{key} is not JSON: {error}") from error


def _result(invocation: Invocation, *, with_log: bool) -> dict[str, Any]:
    error = invocation.error
    failure = error.to_dict(invocation.request_id) if error is not None else None
    return {
        "BillDuration": math.ceil(invocation.duration_ms),
        "Duration": round(invocation.duration_ms, 3),
        "ErrMsg": (error.stack or error.message) if error is not None else "",
        "FunctionRequestId": invocation.request_id,
        "InvokeResult": error.error_code if error is not None else 0,
        "Log": _tail(invocation.log) if with_log else "",
        "MemUsage": int(invocation.memory_mb * 1024 * 1024),
        "RetMsg": invocation.result if failure is None else json.dumps(failure, ensure_ascii=False),
    }


def _tail(log: str) -> str:
    return log.encode()[-MAX_LOG_BYTES:].decode("utf-8", "ignore")


def _answer(request_id: str, body: dict[str, Any]) -> Response:
    return json_response({"Response": {**body, "RequestId": request_id}}, compact=False)
