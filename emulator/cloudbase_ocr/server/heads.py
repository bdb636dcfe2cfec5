"""A request on its way: the bytes of its head, until they are complete."""

from __future__ import annotations

import re

import h11

_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_HTTP2 = b"PRI * HTTP/2.0"


class NotHTTP(Exception):
    """What came is no request; `status` answers it. The text never repeats what was sent, which may hold a token."""

    def __init__(self, reason: str, status: int = 400) -> None:
        """Say why, for the log."""
        super().__init__(reason)
        self.status = status


class Gone(Exception):
    """The client closed the connection without having asked for anything."""


class Head:
    """Takes bytes as they come, and gives the request when its head is complete.

    `parser` goes on with the body from there.
    """

    def __init__(self, most_bytes: int) -> None:
        """Wait for a head of at most `most_bytes`."""
        self.parser = h11.Connection(h11.SERVER, max_incomplete_event_size=most_bytes)
        self._most = most_bytes
        self._line: bytearray | None = bytearray()

    def take(self, data: bytes) -> h11.Request | None:
        """Return the request if `data` completes its head; b"" tells that the client has closed its side.

        Raises:
            NotHTTP: it can be none any more.
            Gone: the client has closed, and has sent nothing before.
        """
        if self._line is not None:
            if not data and not self._line:
                raise Gone
            if not self._take_line(data):
                return None
        elif not data:
            raise NotHTTP("the connection was closed within the headers")
        else:
            self.parser.receive_data(data)
        try:
            event = self.parser.next_event()
        except h11.RemoteProtocolError as error:
            raise self._failure(error) from error
        if not isinstance(event, h11.Request):
            return None
        if not event.http_version.startswith(b"1."):
            raise NotHTTP("a client speaks another version of HTTP; only HTTP/1.1 is served here")
        return event

    def _take_line(self, data: bytes) -> bool:
        """Hand the request line to the parser when it is complete, and what follows it; tell whether it was."""
        line = self._line
        assert line is not None  # noqa: S101 - for the type checker
        line += data
        # RFC 9112, 2.2: an empty line in front is read over.
        while line.startswith((b"\r\n", b"\n")):
            del line[: line.index(b"\n") + 1]
        end = line.find(b"\n")
        if end < 0:
            if not data:
                raise NotHTTP("the connection was closed within the first line")
            if len(line) > self._most:
                raise NotHTTP(f"the first line has more than {self._most} bytes", 414)
            return False
        if line.startswith(_HTTP2):
            raise NotHTTP("a client speaks HTTP/2 without asking first; only HTTP/1.1 is served here")
        # Many clients send UTF-8 in an address as it is; h11, like the RFC, knows ASCII only.
        first = _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], bytes(line[:end]))
        self.parser.receive_data(first + line[end:])
        self._line = None
        return True

    def _failure(self, error: h11.RemoteProtocolError) -> NotHTTP:
        if error.error_status_hint == 431:
            return NotHTTP(f"the headers have more than {self._most} bytes", 431)
        # 501, for a transfer coding that nobody uses, is the client's mistake as well.
        return NotHTTP("the request is no HTTP/1.1 as RFC 9112 has it")
