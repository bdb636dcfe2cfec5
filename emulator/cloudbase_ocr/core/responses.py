"""JSON as every surface sends it: Chinese as it is, keys in the order in which they were put together."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

JSON = "application/json"

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SPACED = json.JSONEncoder(ensure_ascii=False)


def encode_json(value: Any, *, compact: bool = True) -> bytes:
    """Return `value` as JSON in UTF-8; half a surrogate pair, which UTF-8 cannot write, becomes a question mark."""
    return (_COMPACT if compact else _SPACED).encode(value).encode("utf-8", "replace")


def json_response(
    value: Any, status: int = 200, *, content_type: str = JSON, compact: bool = True
) -> Response:
    """Return a response with `value` as its body."""
    return Response(encode_json(value, compact=compact), status, content_type=content_type)
