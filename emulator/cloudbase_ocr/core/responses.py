"""JSON as every surface sends it: Chinese as it is, keys in the order in which they were put together."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from cloudbase_ocr.core.bodies import parse_json

JSON = "application/json"

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SPACED = json.JSONEncoder(ensure_ascii=False)


def encode_json(value: Any, *, compact: bool = True, errors: str = "replace") -> bytes:
    """Return `value` as JSON in UTF-8.

    Half a surrogate pair, which UTF-8 cannot write, becomes a question mark, as not every client reads its escape;
    `errors` as ``backslashreplace`` gives the escape.
    """
    return (_COMPACT if compact else _SPACED).encode(value).encode("utf-8", errors)


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
