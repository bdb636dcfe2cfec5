"""The body of a request as a stream: WSGI's ``wsgi.input``."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import h11

from cloudbase_ocr.core.bodies import BrokenBody
from cloudbase_ocr.core.connection import is_readable

if TYPE_CHECKING:
    import socket

    from cloudbase_ocr.server.bounds import Bounds

_CHUNK = 64 * 1024


def body_of(
    connection: socket.socket, parser: h11.Connection, request: h11.Request, bounds: Bounds
) -> BodyStream:
    """Return the stream of what follows the head of `request`, which `parser` has given."""
    if is_chunked(request):
        return ChunkedBody(connection, parser, bounds)
    return PlainBody(connection, parser, bounds, _announced(request))


def is_chunked(request: h11.Request) -> bool:
    """Tell whether a body comes in chunks; h11 has refused every other transfer coding."""
    return any(name == b"transfer-encoding" for name, _ in request.headers)


def _announced(request: h11.Request) -> int:
    """Return the length of a body; h11 has refused two different ones, and what is no number."""
    return next((int(value) for name, value in request.headers if name == b"content-length"), 0)


class BodyStream(io.RawIOBase):
    """The bytes of a body, read from the connection, which does not block, as they are asked for.

    Reading raises `TimeoutError` when the body takes longer than the bounds let it.
    """

    def __init__(self, connection: socket.socket, parser: h11.Connection, bounds: Bounds) -> None:
        """Read what follows the head."""
        self._connection = connection
        self._parser = parser
        self._bounds = bounds
        self._began = time.monotonic()
        self._received = 0

    def readable(self) -> bool:
        """Return True: this is a stream to read."""
        return True

    def is_read(self) -> bool:
        """Tell whether the whole body has come, also where nobody has asked for it."""
        raise NotImplementedError

    def _receive_into(self, buffer: Any) -> int:
        """Fill `buffer` with what comes next; return how many bytes these are, 0 when the client has closed."""
        while (count := self._take_into(buffer)) is None:
            left = self._began + self._bounds.body_limit(self._received) - time.monotonic()
            if left <= 0 or not is_readable(self._connection, left):
                raise TimeoutError("the body takes too long")
        self._received += count
        return count

    def _take_into(self, buffer: Any) -> int | None:
        """Take what is there already, as most of the time; a timeout of the socket would ask each time whether."""
        try:
            return self._connection.recv_into(buffer)
        except BlockingIOError:
            return None


class PlainBody(BodyStream):
    """A body of an announced length, or none. It goes from the socket into the reader's buffer without a copy."""

    def __init__(
        self, connection: socket.socket, parser: h11.Connection, bounds: Bounds, length: int
    ) -> None:
        """Take what has come together with the head, and read the rest of `length` from the connection."""
        super().__init__(connection, parser, bounds)
        pieces = []
        while isinstance(event := parser.next_event(), h11.Data):
            pieces.append(event.data)
        self._first = memoryview(b"".join(pieces))
        self._received = len(self._first)
        self._to_come = length - len(self._first)

    def is_read(self) -> bool:
        """See :class:`BodyStream`."""
        return not self._to_come

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what is there, and return how many bytes these are; 0 at the end.

        A body that ends before its announced length ends early.
        """
        if self._first:
            count = min(len(buffer), len(self._first))
            buffer[:count] = self._first[:count]
            self._first = self._first[count:]
            return count
        if not self._to_come:
            return 0
        if len(buffer) > self._to_come:
            buffer = memoryview(buffer)[: self._to_come]
        count = self._receive_into(buffer)
        self._to_come = self._to_come - count if count else 0
        return count


class ChunkedBody(BodyStream):
    """A body in chunks, without their sizes."""

    def __init__(self, connection: socket.socket, parser: h11.Connection, bounds: Bounds) -> None:
        """Read what follows the head."""
        super().__init__(connection, parser, bounds)
        self._chunk = bytearray(_CHUNK)
        self._left = memoryview(b"")
        self._ended = False

    def is_read(self) -> bool:
        """See :class:`BodyStream`."""
        try:
            while isinstance(self._parser.next_event(), h11.Data):
                pass
        except h11.RemoteProtocolError:
            return False
        return self._parser.their_state in (h11.DONE, h11.MUST_CLOSE)

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what is there, and return how many bytes these are; 0 at the end.

        Raises:
            BrokenBody: the chunks are not in order, or the last one is missing.
        """
        if not self._left and not self._ended:
            self._left = memoryview(self._next())
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _next(self) -> bytes:
        """Return the next piece; b"" at the end."""
        while True:
            try:
                event = self._parser.next_event()
            except h11.RemoteProtocolError as error:
                self._ended = True
                raise BrokenBody("the chunks of the body are not in order") from error
            if isinstance(event, h11.Data):
                return bytes(event.data)
            if event is not h11.NEED_DATA:
                self._ended = True
                return b""
            count = self._receive_into(self._chunk)
            self._parser.receive_data(bytes(self._chunk[:count]))
