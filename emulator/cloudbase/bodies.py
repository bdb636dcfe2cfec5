"""Reading a request's body: bounded, and strict about what JSON is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from flask import Request

MAX_BODY_BYTES = 10 * 1024 * 1024
"""What Tencent Cloud's API gateway accepts; functions themselves take events of 6 MB."""

_MAX_DISCARDED_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024


class BodyTooLarge(ValueError):  # noqa: N818 - what happened
    """The body is larger than 10 MB."""


def read_body(request: Request) -> bytes:
    """Return the body, also of a chunked request.

    Raises:
        BodyTooLarge: it is larger than 10 MB. The rest is read and thrown away, so that the client, which is
            still sending, gets to see the answer.
        ValueError: it ended early, or its chunks are broken.
    """
    body = bytearray()
    size = 0
    try:
        while size < _MAX_DISCARDED_BYTES and (chunk := request.stream.read(_CHUNK)):
            size += len(chunk)
            if size <= MAX_BODY_BYTES:
                body += chunk
    except (HTTPException, OSError) as error:
        raise ValueError("the body ended early or is malformed") from error
    if size > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the body has more than {MAX_BODY_BYTES} bytes")
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


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
