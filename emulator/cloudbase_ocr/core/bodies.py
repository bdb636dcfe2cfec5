"""Request bodies: read once, raw and within bounds, and the JSON in them.

Flask's own form parser decodes binary parts as text and refuses what has no filename above 500 kB; both would
turn pictures into something else. So the raw body is read here, and parsed elsewhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import BadRequest

from cloudbase_ocr.core.held import share_of

if TYPE_CHECKING:
    from typing import BinaryIO

    from flask import Request

    from cloudbase_ocr.core.held import Share

MEGABYTE = 1024 * 1024

MAX_BODY_BYTES = 32 * MEGABYTE
"""Where a picture of 10 MB may come. What WeChat's gateway and CloudBase accept is not known; this bound is ours."""

MAX_EVENT_BYTES = 10 * MEGABYTE
"""Where an event comes: what Tencent Cloud's API gateway accepts; functions themselves take events of 6 MB."""

MAX_JSON_BYTES = MEGABYTE
"""Where api.weixin.qq.com takes JSON; ours, too."""

MAX_CREDENTIALS_BYTES = 16 * 1024
"""Where an account's appid and secret come as JSON: read before anybody knows who asks."""

_BODY = "cloudbase_ocr.body"
_CHUNK = 64 * 1024


class BrokenBody(BadRequest, OSError):
    """The chunks of a body are not in order: status 400, where a route has no answer of its own for it."""


@dataclass(frozen=True)
class Body:
    """A request's body: `complete` is False when it ended before its announced length or its last chunk."""

    data: bytes
    complete: bool = True
    too_large: bool = False
    chunked: bool = False


def is_chunked(request: Request) -> bool:
    """Tell whether a body comes in chunks, without an announced length."""
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower()


def read_body(request: Request, limit: int = MAX_BODY_BYTES) -> Body:
    """Read the body of a request; one of more than `limit` bytes is marked `too_large`, and its data is b"".

    It is left unread as far as that can be: the server reads it over, so that a client that is still sending gets to
    see the answer. A body is read once: who asks again gets the same.

    Raises:
        TooMuchHeld: the bodies of other requests fill what may be in memory; nothing of this one is read then, or no
            more of it where its length is not announced.
    """
    body = body_read(request.environ)
    if body is None:
        body = request.environ[_BODY] = _read_once(request, limit)
    return body


def body_read(environ: dict[str, Any]) -> Body | None:
    """Return the body of a request as far as :func:`read_body` has read it, None when nobody has asked for it."""
    return environ.get(_BODY)


def _read_once(request: Request, limit: int) -> Body:
    stream: BinaryIO = request.environ["wsgi.input"]
    chunked = is_chunked(request)
    length = None if chunked else request.content_length or 0
    if length is not None and length > limit:
        return Body(b"", complete=False, too_large=True)
    kept = _Kept(share_of(request.environ))
    if length is not None:
        kept.announce(length)
    try:
        size = _read(stream, length, limit, kept)
    except (OSError, ValueError):
        return Body(kept.data(), complete=False, chunked=chunked)
    if size > limit:
        return Body(b"", complete=False, too_large=True, chunked=chunked)
    return Body(kept.data(), complete=length is None or size == length, chunked=chunked)


class _Kept:
    """The bytes of a body that are kept; they are taken from the share before they are read, or as they come."""

    def __init__(self, share: Share | None) -> None:
        self._parts: list[bytes] = []
        self._share = share
        self._announced = False

    def announce(self, length: int) -> None:
        """Take all of an announced length at once: half a body that has to be refused then is of no use to anybody."""
        if self._share is not None:
            self._share.take(length)
        self._announced = True

    def add(self, chunk: bytes) -> None:
        if self._share is not None and not self._announced:
            self._share.take(len(chunk))
        self._parts.append(chunk)

    def data(self) -> bytes:
        """Return all of it; what came in one piece is not copied."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


def _read(stream: BinaryIO, length: int | None, limit: int, kept: _Kept) -> int:
    """Read into `kept` what is within `limit`; return how many bytes were read."""
    size = 0
    while size <= limit and size != length:
        chunk = stream.read(_CHUNK if length is None else min(length - size, limit))
        if not chunk:
            break
        size += len(chunk)
        if size <= limit:
            kept.add(chunk)
    return size


def parse_json(text: bytes | str, *, encoding: str | None = "utf-8", constants: bool = False) -> Any:
    """Return the JSON value of `text`.

    Args:
        text: JSON text, or its bytes.
        encoding: of the bytes; None: UTF-8, 16 or 32, as the bytes themselves tell.
        constants: take NaN and Infinity, which Python reads and JSON does not have.

    Raises:
        ValueError: not JSON, not in the encoding, a number of thousands of digits, or nested too deeply.
    """
    if isinstance(text, bytes) and encoding is not None:
        text = text.decode(encoding)
    try:
        return json.loads(text, parse_constant=None if constants else _refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
