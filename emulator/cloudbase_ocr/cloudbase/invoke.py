"""Action ``functions.invokeFunction``: a function called by a server SDK, or by js-sdk over ``/web``.

The event comes as JSON text in `request_data`; the result goes back as JSON text in `response_data`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.cloudbase.bodies import text_field
from cloudbase_ocr.cloudbase.calls import call_function
from cloudbase_ocr.cloudbase.replies import TcbError
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.runtime import (
    Caller,
    EventTooLarge,
    FunctionFailed,
    FunctionNotFound,
    FunctionNotRunnable,
    InvalidEvent,
    InvocationError,
    TooManyInstances,
)

if TYPE_CHECKING:
    from cloudbase_ocr.runtime import Invocation

_CODES: dict[type[InvocationError], str] = {
    EventTooLarge: "INVALID_PARAM",
    FunctionNotFound: "FUNCTION_NOT_FOUND",
    FunctionNotRunnable: "FUNCTIONS_REQUEST_FAIL",
    InvalidEvent: "INVALID_PARAM",
    TooManyInstances: "EXCEED_CONCURRENT_REQUEST_LIMIT",
}
"""Words of the SDKs' own table, but for FUNCTION_NOT_FOUND, which they turn into -501001 as any other word."""


def invoke(fields: dict[str, Any], caller: Caller) -> tuple[dict[str, Any], str]:
    """Call a function; return the data of the answer and the request's ID.

    Raises:
        TcbError: the function failed (FUNCTIONS_EXECUTE_FAIL), does not exist or cannot run, or the event is wrong.
    """
    name, text = text_field(fields, "function_name"), text_field(fields, "request_data")
    if not name:
        raise TcbError("INVALID_PARAM", "function_name is missing")
    try:
        event = parse_json(text) if text else {}
    except ValueError as error:
        raise TcbError("INVALID_PARAM", f"request_data is not JSON: {error}") from error
    invocation = call_function(name, event, caller)
    if invocation.error is not None:
        raise _failure(invocation, invocation.error)
    return {"response_data": invocation.result or "null"}, invocation.request_id


def _failure(invocation: Invocation, error: InvocationError) -> TcbError:
    code = _CODES.get(type(error), "FUNCTIONS_EXECUTE_FAIL")
    reason = error.hint if isinstance(error, FunctionFailed) and error.hint else error.message
    return TcbError(code, reason, request_id=invocation.request_id)
