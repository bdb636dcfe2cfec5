"""The body of a request as a stream: WSGI's ``wsgi.input``."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import h11

from cloudbase_ocr.core.bodies import BrokenBody

if TYPE_CHECKING:
    import socket

    from cloudbase_ocr.server.bounds import Bounds

_CHUNK = 256 * 1024


class BodyStream(io.RawIOBase):
    """The bytes of a body, without the sizes of its chunks, read from the connection as they are asked for."""

    def __init__(
        self, connection: socket.socket, parser: h11.Connection, bounds: Bounds, *, chunked: bool
    ) -> None:
        """Read what follows the head that `parser` has given."""
        self._connection = connection
        self._parser = parser
        self._bounds = bounds
        self._chunked = chunked
        self._began = time.monotonic()
        self._received = 0
        self._left: memoryview = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """Return True: this is a stream to read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what is there, and return how many bytes these are; 0 at the end.

        A body that ends before its announced length ends early; what else is wrong is an error.

        Raises:
            BrokenBody: chunks are not in order, or the last one is missing.
            TimeoutError: the body takes longer than the bounds let it.
        """
        if not self._left and not self._ended:
            self._left = memoryview(self._next())
        with memoryview(buffer).cast("B") as view:
            count = min(len(view), len(self._left))
            view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _next(self) -> bytes:
        """Return the next piece; b"" at the end."""
        while True:
            try:
                event = self._parser.next_event()
            except h11.RemoteProtocolError as error:
                self._ended = True
                if self._chunked:
                    raise BrokenBody("the chunks of the body are not in order") from error
                return b""
            if isinstance(event, h11.Data):
                self._received += len(event.data)
                return bytes(event.data)
            if event is not h11.NEED_DATA:
                self._ended = True
                return b""
            self._receive()

    def _receive(self) -> None:
        left = self._began + self._bounds.body_limit(self._received) - time.monotonic()
        if left <= 0:
            self._ended = True
            raise TimeoutError("the body takes too long")
        self._connection.settimeout(left)
        self._parser.receive_data(self._connection.recv(_CHUNK))
