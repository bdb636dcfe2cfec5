"""What each WeChat caller is told about a call: the mini-program, and users of WeChat's HTTP API.

The texts are those of section 2.4 of the protocol notes, verbatim where a trace exists: success, -504002,
-504003 and -501000. For the other faults the code is the one WeChat's table gives to their class (-501004
concurrency, -501007 invalid parameters, -504001 the function cannot take requests, -504002 it failed), which
is a choice.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.clock import SHANGHAI
from cloudbase_ocr.runtime import (
    Caller,
    EventTooLarge,
    FunctionFailed,
    FunctionNotFound,
    FunctionNotRunnable,
    FunctionTimedOut,
    InvalidEvent,
    InvocationError,
    TooManyInstances,
)

if TYPE_CHECKING:
    from cloudbase_ocr.runtime import Invocation, Runtime

MAX_RESULT_BYTES = 1024 * 1024
"""Of JSON, which a mini-program gets of a result at most (source: the error table of wx-server-sdk)."""

_TOO_LARGE = -604001
_MEANINGS = {
    _TOO_LARGE: "cloudfunction result size exceed limit (1MB)",
    -501000: "",
    -501004: "exceed concurrent request limit",
    -501007: "invalid parameters",
    -504001: "functions request fail",
    -504002: "functions execute fail",
    -504003: "",
}


class WeChatCallError(Exception):
    """A call over WeChat's HTTP API that failed: `errcode` and `errmsg` are what the reply carries."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        """Keep code and text."""
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


def call_function_result(invocation: Invocation) -> dict[str, Any]:
    """Return what wx.cloud.callFunction gives a mini-program: its success object, or the error's two keys."""
    if invocation.error is None:
        size = len((invocation.result or "").encode("utf-8", "surrogatepass"))
        if size > MAX_RESULT_BYTES:
            text = f"errCode: {_TOO_LARGE} {_MEANINGS[_TOO_LARGE]} | errMsg: {_MEANINGS[_TOO_LARGE]}"
            return {"errCode": _TOO_LARGE, "errMsg": f"cloud.callFunction:fail Error: {text}"}
        return {
            "errMsg": "cloud.callFunction:ok",
            "result": json.loads(invocation.result or "null"),
            "requestID": invocation.request_id,
        }
    code, reason = error_code(invocation.error), _reason(invocation.error)
    text = f"errCode: {code} {_MEANINGS[code]} | errMsg: {reason}"
    if code == -501000:
        text += f" {_call_trail(invocation, text)}"
    return {"errCode": code, "errMsg": f"cloud.callFunction:fail Error: {text}"}


def invoke_for_wechat(runtime: Runtime, name: str, event: Any, *, appid: str) -> str:
    """Call a function for ``POST /tcb/invokecloudfunction`` and return ``resp_data``: the result's JSON text.

    The function sees ``userInfo: {appId}`` and no user, as WeChat's document shows.

    Raises:
        WeChatCallError: there is no result; the code is that of the mini-program's error.
    """
    invocation = runtime.invoke(name, event, Caller("http", appid=appid))
    if invocation.error is not None:
        code, reason = error_code(invocation.error), _reason(invocation.error)
        raise WeChatCallError(code, f"{_MEANINGS[code]} {reason}".strip())
    return invocation.result or "null"


def error_code(error: InvocationError) -> int:
    """Return WeChat's code for a fault of the runtime."""
    if isinstance(error, FunctionNotFound):
        return -501000
    if isinstance(error, TooManyInstances):
        return -501004
    if isinstance(error, (EventTooLarge, InvalidEvent)):
        return -501007
    if isinstance(error, FunctionNotRunnable):
        return -504001
    if isinstance(error, FunctionTimedOut):
        return -504003
    return -504002


def _reason(error: InvocationError) -> str:
    """Return the text after errMsg; for an exception its own last line, as Node's ``String(error)``."""
    return error.hint if isinstance(error, FunctionFailed) and error.hint else error.message


def _call_trail(invocation: Invocation, text: str) -> str:
    """Return ``(callId: <ms>-<random>) (trace: <time> start-><time> system error (...), abort)``."""
    time = f"{datetime.fromtimestamp(invocation.started_at, SHANGHAI):%H:%M:%S}"
    # The phone's Math.random(); taken from the request ID, so that a seeded emulator repeats itself.
    fraction = int.from_bytes(invocation.request_id.encode()[-7:], "big") / 2**56
    call_id = f"{int(invocation.started_at * 1000)}-{fraction}"
    return f"(callId: {call_id}) (trace: {time} start->{time} system error (Error: {text}), abort)"
