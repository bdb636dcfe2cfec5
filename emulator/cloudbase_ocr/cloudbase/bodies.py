"""Bodies as CloudBase reads them: what is too large is thrown away, JSON is strict, and a form's values are bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core import bodies
from cloudbase_ocr.core.bodies import MAX_EVENT_BYTES, parse_json
from cloudbase_ocr.core.multipart import MultipartError, parse_boundary, parse_parts

if TYPE_CHECKING:
    from flask import Request


class BodyTooLarge(ValueError):
    """The body is larger than the route accepts."""


def read_body(request: Request, limit: int = MAX_EVENT_BYTES) -> bytes:
    """Return the body, also of a chunked request.

    Raises:
        BodyTooLarge: it is larger than `limit`.
        ValueError: it ended early, or its chunks are broken.
    """
    body = bodies.read_body(request, limit)
    if body.too_large:
        raise BodyTooLarge(f"the body has more than {limit} bytes")
    if not body.complete:
        raise ValueError("the body ended early or is malformed")
    return body.data


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
