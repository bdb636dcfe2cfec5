"""JSON bodies as api.weixin.qq.com reads them, and their members."""

from __future__ import annotations

from typing import Any

from flask import request

from cloudbase_ocr.core.bodies import MAX_JSON_BYTES, parse_json, read_body
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.wechat import lessons


def json_object(limit: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """Read the body, of at most `limit` bytes, as a JSON object, whatever its content type says.

    To be called after the token was checked, where the route takes one.

    Raises:
        WeChatError: 44002 for an empty body, 47001 for one that is not a JSON object or is too large.
    """
    body = read_body(request, limit)
    if body.too_large:
        raise WeChatError(47001, reason=f"a JSON body may have {limit} bytes here")
    if not body.data:
        raise WeChatError(44002)
    try:
        value = wechat_json(body.data)
    except ValueError as error:
        raise not_json() from error
    return as_object(value)


def not_json() -> WeChatError:
    """Return the error for a body of the current request that is no JSON, with what made it so."""
    compressed = lessons.about_encoding(request.headers.get("Content-Encoding", ""))
    return WeChatError(47001, reason=compressed or "the body is not JSON in UTF-8")


def wechat_json(data: bytes) -> Any:
    """Return a JSON value in UTF-8, with a byte order mark or without.

    Raises:
        ValueError: it is none.
    """
    return parse_json(data, encoding="utf-8-sig", constants=True)


def as_object(value: Any) -> dict[str, Any]:
    """Return a JSON value that is an object.

    Raises:
        WeChatError: 47001 if it is something else.
    """
    if not isinstance(value, dict):
        raise WeChatError(47001, reason="the body is JSON, but not an object")
    return value


def text_of(values: dict[str, Any], name: str) -> str:
    """Return a string member of a JSON object, "" if it is absent.

    Raises:
        WeChatError: 47001 if the member is something else, or cannot be written as UTF-8.
    """
    value = values.get(name, "")
    if not isinstance(value, str) or not _is_text(value):
        raise WeChatError(47001, reason=f"{name} must be a string")
    return value


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
