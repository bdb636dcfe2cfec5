"""Request bodies, read once and raw.

Flask's own form parser decodes binary parts as text and refuses what has no filename above 500 kB; both would
turn pictures into something else. So the raw body is read here, within a bound, and parsed elsewhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from cloudbase_ocr.core.chunked import ChunkTooLarge
from cloudbase_ocr.core.errors import WeChatError

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_BODY_BYTES = 32 * 1024 * 1024
"""A larger body is refused unread. What WeChat's gateway does with one is not known; this bound is ours."""

MAX_JSON_BYTES = 1024 * 1024

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Body:
    """A request's body: `complete` is False when it ended before its announced length or its last chunk."""

    data: bytes
    complete: bool = True
    too_large: bool = False
    chunked: bool = False


def read_body(limit: int = MAX_BODY_BYTES) -> Body:
    """Read the body of the current request; one above `limit` bytes is left unread and marked `too_large`."""
    stream: BinaryIO = request.environ["wsgi.input"]
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return _read_chunked(stream, limit)
    length = request.content_length or 0
    if length > limit:
        return Body(b"", complete=False, too_large=True)
    if length <= 0:
        return Body(b"")
    try:
        data = stream.read(length)
    except (OSError, ValueError):
        return Body(b"", complete=False)
    return Body(data, complete=len(data) == length)


def _read_chunked(stream: BinaryIO, limit: int) -> Body:
    data = bytearray()
    try:
        while chunk := stream.read(_CHUNK):
            data += chunk
            if len(data) > limit:
                return Body(b"", complete=False, too_large=True, chunked=True)
    except ChunkTooLarge:
        return Body(b"", complete=False, too_large=True, chunked=True)
    except (OSError, ValueError):
        return Body(bytes(data), complete=False, chunked=True)
    return Body(bytes(data), chunked=True)


def json_object() -> dict[str, Any]:
    """Read the body as a JSON object, whatever its content type says.

    Raises:
        WeChatError: 44002 for an empty body, 47001 for one that is not a JSON object or is too large.
    """
    body = read_body(MAX_JSON_BYTES)
    if body.too_large:
        raise WeChatError(47001, reason=f"a JSON body may have {MAX_JSON_BYTES} bytes here")
    if not body.data:
        raise WeChatError(44002)
    try:
        value = json.loads(body.data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise WeChatError(47001, reason="the body is not JSON in UTF-8") from error
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
