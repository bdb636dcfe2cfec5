"""Connections that end without an answer.

The server gives the socket of a call in its WSGI environment. A WSGI test client has none: there the call raises what a
client would have seen.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

from flask import Response

from cloudbase_ocr.core.connection import SOCKET, is_readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from threading import Event

_LINGER = "hh" if os.name == "nt" else "ii"
_MAX_DRAINED = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_LOOK_SECONDS = 0.02
_NO_RESPONSE = 444  # as nginx logs a connection that it closed without an answer


class Dropped(Response):
    """No answer: the connection is closed without a byte, or reset."""

    def __init__(self, error: type[OSError] = ConnectionResetError, *, with_reset: bool = False) -> None:
        """Drop the connection as soon as the answer is due; `error` is what a WSGI test client sees of it."""
        super().__init__(status=_NO_RESPONSE)
        self._error = error
        self._with_reset = with_reset

    def __call__(self, environ: Any, _start_response: Any) -> Iterable[bytes]:
        """End the connection.

        Raises:
            OSError: always, `error`. The server closes quietly then; a WSGI test client passes it on.
        """
        connection = environ.get(SOCKET)
        if connection is not None and self._with_reset:
            _reset(connection)
        raise self._error("a fault ended the connection without an answer")


def drain(environ: Mapping[str, Any]) -> None:
    """Read what is left of the request: a socket that is closed with unread bytes is reset, not just closed."""
    stream, left = environ["wsgi.input"], _MAX_DRAINED
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if not chunked:
        length = environ.get("CONTENT_LENGTH") or "0"
        left = min(int(length) if length.isdigit() else 0, _MAX_DRAINED)
    try:
        while left > 0 and (data := stream.read(min(_CHUNK, left))):
            left -= len(data)
    except (OSError, ValueError):
        return


def wait_for_hang_up(environ: Mapping[str, Any], seconds: float, ended: Event) -> None:
    """Return when the client has closed the connection, `ended` is set, or `seconds` are over.

    A WSGI test client has no connection that it could close, and does not wait.
    """
    connection = environ.get(SOCKET)
    if connection is None:
        return
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not ended.wait(_LOOK_SECONDS):
        if _is_closed(connection):
            return


def _is_closed(connection: socket.socket) -> bool:
    try:
        return is_readable(connection, 0) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        # TLS cannot peek; after the whole request, what comes is the notice that the connection ends.
        return True


def _reset(connection: socket.socket) -> None:
    """Close so that the system sends RST: with a linger time of 0, and the descriptor itself, which others share."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
    socket.close(connection.detach())
