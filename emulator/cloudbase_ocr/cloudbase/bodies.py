"""Reading a request's body: bounded, and strict about what JSON is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import HTTPException

from cloudbase_ocr.core.chunked import ChunkTooLarge
from cloudbase_ocr.core.multipart import MultipartError, parse_boundary, parse_parts

if TYPE_CHECKING:
    from flask import Request

MAX_BODY_BYTES = 10 * 1024 * 1024
"""What Tencent Cloud's API gateway accepts; functions themselves take events of 6 MB."""

_MAX_DISCARDED_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024


class BodyTooLarge(ValueError):
    """The body is larger than the route accepts."""


def read_body(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """Return the body, also of a chunked request.

    Raises:
        BodyTooLarge: it is larger than `limit`. The rest is read and thrown away, so that the client, which is
            still sending, gets to see the answer.
        ValueError: it ended early, or its chunks are broken.
    """
    body = bytearray()
    size = 0
    try:
        while size < _MAX_DISCARDED_BYTES and (chunk := request.stream.read(_CHUNK)):
            size += len(chunk)
            if size <= limit:
                body += chunk
    except ChunkTooLarge as error:
        raise BodyTooLarge(str(error)) from error
    except (HTTPException, OSError) as error:
        raise ValueError("the body ended early or is malformed") from error
    if size > limit:
        raise BodyTooLarge(f"the body has more than {limit} bytes")
    return bytes(body)


def parse_json(text: bytes | str) -> Any:
    """Return the JSON value of `text`.

    Raises:
        ValueError: not JSON, not UTF-8, NaN or Infinity (which Python reads and JSON does not have), a number
            of thousands of digits, or nested too deeply.
    """
    try:
        return json.loads(text.decode() if isinstance(text, bytes) else text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def parse_fields(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the fields of a multipart form, or of a JSON object.

    In a form every value is a view of the bytes: Flask's own parser would decode a picture as text and refuse
    one above 500 kB.

    Raises:
        ValueError: the body is neither.
    """
    if not content_type.lower().startswith("multipart/"):
        value = parse_json(body)
        if not isinstance(value, dict):
            raise ValueError("the body must be a JSON object")
        return value
    try:
        boundary, _ = parse_boundary(content_type)
        return {part.name: part.data for part in parse_parts(body, boundary)}
    except MultipartError as error:
        raise ValueError(str(error)) from error


def text_field(fields: dict[str, Any], name: str) -> str:
    """Return a field as text, "" when it is absent or not text; a form has bytes, JSON has strings and numbers."""
    value = fields.get(name)
    if isinstance(value, memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
