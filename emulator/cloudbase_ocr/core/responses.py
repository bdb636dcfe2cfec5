"""Responses of JSON, as every surface sends them."""

from __future__ import annotations

from typing import Any

from flask import Response

from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.core.jsonable import encode_json

JSON = "application/json"


def json_response(
    value: Any, status: int = 200, *, content_type: str = JSON, compact: bool = True
) -> Response:
    """Return a response with `value` as its body."""
    return Response(encode_json(value, compact=compact), status, content_type=content_type)


def json_text(text: str) -> str:
    """Return JSON text of a function as it can be sent on: half a surrogate pair in it becomes the escape of JSON.

    Raises:
        ValueError: it is no JSON.
    """
    parse_json(text)
    # Outside of strings JSON has ASCII only, so the escape stands where JSON has escapes.
    return text.encode("utf-8", "backslashreplace").decode()
