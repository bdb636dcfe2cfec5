"""Tencent Cloud API for functions (scf, version 2018-04-16): calls, what there is, and its logs.

What tencentcloud-sdk-*, ``tcb fn`` and @cloudbase/manager-node send (section 2.3 of the protocol notes). A function
that fails is a success of the API, with the error in RetMsg and ErrMsg and its errorCode in InvokeResult. Namespace and
version of the function are not checked.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.cloudbase.calls import call_function
from cloudbase_ocr.cloudbase.function_facts import detail_of, logs_of, page_of
from cloudbase_ocr.cloudbase.tencent_request import ApiError
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.runtime import Caller, EventTooLarge, FunctionNotFound, FunctionNotRunnable, InvalidEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.cloudbase.tencent_request import ApiRequest
    from cloudbase_ocr.runtime import Invocation

VERSION = "2018-04-16"
MAX_LOG_BYTES = 4096
"""The end of the log that ``LogType: Tail`` gives."""
_EVENT_KEYS = {"Invoke": "ClientContext", "InvokeFunction": "Event"}
_REFUSALS = {
    EventTooLarge: "InvalidParameter.RequestTooLarge",
    FunctionNotFound: "ResourceNotFound.FunctionName",
    FunctionNotRunnable: "FailedOperation.FunctionStatusError",
    InvalidEvent: "InvalidParameter.Payload",
}


def invoke(asked: ApiRequest) -> dict[str, Any]:
    """Call a function.

    Raises:
        ApiError: it does not exist or cannot run, or a parameter is wrong.
    """
    if asked.parameters.get("InvocationType", "RequestResponse") not in ("RequestResponse", None):
        raise ApiError(
            "UnsupportedOperation", "InvocationType must be RequestResponse: calls are synchronous here."
        )
    name = asked.text("FunctionName", required=True)
    invocation = call_function(name, _event(asked), Caller("api"))
    if invocation.error is not None and (code := _REFUSALS.get(type(invocation.error))) is not None:
        raise ApiError(code, invocation.error.message)
    return {"Result": _result(invocation, with_log=asked.parameters.get("LogType") == "Tail")}


def list_functions(asked: ApiRequest) -> dict[str, Any]:
    """List the functions, a page of them."""
    return page_of(asked)


def get_function(asked: ApiRequest) -> dict[str, Any]:
    """Describe a function."""
    return detail_of(asked.text("FunctionName", required=True))


def get_function_logs(asked: ApiRequest) -> dict[str, Any]:
    """Give the latest calls of a function with their logs."""
    name = asked.text("FunctionName", required=True)
    calls, total = logs_of(name, asked, asked.text("FunctionRequestId"))
    return {
        "Data": [{"FunctionName": name, **call.described(), "Log": call.log} for call in calls],
        "TotalCount": total,
    }


ACTIONS: dict[str, Callable[[ApiRequest], dict[str, Any]]] = {
    "Invoke": invoke,
    "InvokeFunction": invoke,
    "ListFunctions": list_functions,
    "GetFunction": get_function,
    "GetFunctionLogs": get_function_logs,
}


def _event(asked: ApiRequest) -> Any:
    key = _EVENT_KEYS[asked.action]
    text = asked.parameters.get(key)
    if text is None or text == "":
        return {}
    if not isinstance(text, str):
        raise ApiError(f"InvalidParameterValue.{key}", f"{key} must be a string that holds JSON.")
    try:
        return parse_json(text)
    except ValueError as error:
        code = "InvalidParameterValue.ClientContext" if key == "ClientContext" else "InvalidParameter.Payload"
        raise ApiError(code, f"{key} is not JSON: {error}") from error


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
