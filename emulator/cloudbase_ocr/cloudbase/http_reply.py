"""What a function returned, as an answer of HTTP; and refusals of the HTTP access service.

Documented (service/access-cloud-function): text and numbers are plain text, objects JSON, and an object with
`statusCode` is the "integration response" ``{statusCode, headers, body, isBase64Encoded}``. What no page settles is
ruling R35.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from flask import Response

from cloudbase_ocr.cloudbase.replies import JSON, json_reply
from cloudbase_ocr.core.jsonable import encode_json
from cloudbase_ocr.runtime.http_messages import HOP_BY_HOP

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "text/plain; charset=utf-8"
_WITH_CHARSET = re.compile(r"(?:text/[^;]+|application/(?:javascript|json))", re.IGNORECASE)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\0\r\n]*")
_EXPLAINED = "https://docs.cloudbase.net/error-code/service/{}"

STATUSES = {
    "EXCEED_MAX_PAYLOAD_SIZE": 413,
    "FUNCTION_EXCEED_RESOURCE_LIMIT": 429,
    "FUNCTION_NOT_FOUND": 404,
    "FUNCTION_TIME_LIMIT_EXCEEDED": 504,
    "INVALID_PATH": 404,
}
"""Of refusals, by their code: 404 and 413 were seen, the others are guesses; any other code is 500."""


class NotAReply(ValueError):
    """What looks like an integration response and is none; the message says why."""


def reply_of(result: Any) -> Response:
    """Return the answer for what a function returned, a JSON value.

    Raises:
        NotAReply: it is an integration response with something wrong in it.
    """
    if isinstance(result, dict) and "statusCode" in result:
        return _integrated(result)
    if result is None:
        return Response(b"", 200, content_type=TEXT)
    if isinstance(result, str):
        return Response(result.encode("utf-8", "replace"), 200, content_type=TEXT)
    content_type = TEXT if isinstance(result, (bool, int, float)) else JSON
    return Response(encode_json(result), 200, content_type=content_type)


def refusal_of(code: str, message: str, request_id: str) -> Response:
    """Return how the service says no."""
    text = f"{message.rstrip('.')}. For more information, please refer to {_EXPLAINED.format(code)}"
    reply = json_reply({"code": code, "message": text, "requestId": request_id}, STATUSES.get(code, 500))
    return with_request_id(reply, request_id)


def with_request_id(reply: Response, request_id: str) -> Response:
    """Return a reply that tells the ID of its call."""
    reply.headers["X-Request-Id"] = request_id
    return reply


def _integrated(result: dict[str, Any]) -> Response:
    reply = Response(_body(result), _status(result["statusCode"]))
    del reply.headers["Content-Type"]
    for name, value in _headers(result.get("headers")):
        if name.lower() not in HOP_BY_HOP | {"content-length"}:
            reply.headers.add(name, value)
    given = reply.headers.get("Content-Type", TEXT)
    encoded = result.get("isBase64Encoded") is True
    reply.headers["Content-Type"] = (
        f"{given}; charset=utf-8" if _WITH_CHARSET.fullmatch(given.strip()) and not encoded else given
    )
    return reply


def _status(value: Any) -> int:
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[1-9]\d\d", value) else value
    if isinstance(number, bool) or not isinstance(number, int) or not 200 <= number <= 599:
        raise NotAReply(f"statusCode must be a whole number from 200 to 599, not {value!r}")
    return number


def _headers(value: Any) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if not isinstance(value, dict):
        raise NotAReply(f'headers must be an object such as {{"content-type": "text/html"}}, not {value!r}')
    for name, given in value.items():
        for each in given if isinstance(given, list) else [given]:
            text = str(each).lower() if isinstance(each, bool) else str(each)
            fits = isinstance(each, (str, int, float)) and _VALUE.fullmatch(text) and text.isascii()
            if not _NAME.fullmatch(name) or not fits:
                raise NotAReply(
                    f"headers: {name!r} must be a name of ASCII with one line of ASCII text, not {each!r}"
                )
            yield name, text


def _body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if result.get("isBase64Encoded") is True:
        try:
            return base64.b64decode("" if body is None else body, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise NotAReply("isBase64Encoded is true, and body is no base64") from None
    if body is None:
        return b""
    return body.encode("utf-8", "replace") if isinstance(body, str) else encode_json(body)
