"""What CloudBase answers: ``{data, requestId}`` or ``{code, message, requestId}``, HTTP 200 both.

The content type is exactly ``application/json; charset=utf-8``: wx-server-sdk 4 tells an error from a message by
comparing the whole header (section 1.4 of the protocol notes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.responses import json_response

if TYPE_CHECKING:
    from flask import Response

JSON = "application/json; charset=utf-8"


class TcbError(Exception):
    """A call that CloudBase refuses; `code` is one of its words, and `hint` is for the developer's log only.

    Codes: INVALID_PARAM, SIGN_PARAM_INVALID, FUNCTIONS_EXECUTE_FAIL and the like. The SDKs map those that they know to
    numbers (INVALID_PARAM: -501007) and all others to -501001.
    """

    def __init__(self, code: str, message: str, hint: str = "", request_id: str = "") -> None:
        """Keep code and message; `request_id` is that of the function call which failed."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.request_id = request_id


def json_reply(body: Any, status: int = 200) -> Response:
    """Return `body` as CloudBase sends JSON: Chinese as it is."""
    return json_response(body, status, content_type=JSON)


def data_reply(data: dict[str, Any], request_id: str) -> Response:
    """Return a success."""
    return json_reply({"data": data, "requestId": request_id})


def error_reply(error: TcbError, request_id: str) -> Response:
    """Return an error."""
    return json_reply(
        {"code": error.code, "message": error.message, "requestId": error.request_id or request_id}
    )
