"""One request and its answer, in a thread of its own."""

from __future__ import annotations

import json
import logging
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import h11

from cloudbase_ocr.server.body import body_of
from cloudbase_ocr.server.environ import environ_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

    from cloudbase_ocr.server.bounds import Bounds
    from cloudbase_ocr.server.heads import Head

    WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

NAME = b"cloudbase-ocr"
"""What ``Server:`` says: no version, which would only help who looks for a hole."""

_NO_BODY = frozenset({204, 304})

logger = logging.getLogger("cloudbase_ocr.server")


def refusal(status: int, code: int, text: str, *headers: tuple[str, str], phrase: str = "") -> bytes:
    """Return a whole answer in WeChat's form, for requests that the application never sees.

    `phrase` stands in its first line, which is all that most clients show of a proxy's refusal.
    """
    body = json.dumps({"errcode": code, "errmsg": text}, separators=(",", ":")).encode()
    more = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = (
        f"HTTP/1.1 {status} {phrase or _PHRASES[status]}\r\nServer: {NAME.decode()}\r\n{more}"
        f"Content-Type: application/json; encoding=utf-8\r\nContent-Length: {len(body)}\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


_PHRASES = {
    400: "Bad Request",
    403: "Forbidden",
    405: "Method Not Allowed",
    414: "URI Too Long",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class Exchange:
    """Answers one request; the connection is closed by whoever made this."""

    def __init__(
        self, connection: socket.socket, client: Any, request: h11.Request, head: Head, bounds: Bounds
    ) -> None:
        """Answer `request`, of which `head` has been read, over `connection` to `client`."""
        self.connection = connection
        self._client = client
        self._request = request
        self._parser = head.parser
        self._bounds = bounds
        self._body = body_of(connection, self._parser, request, bounds)
        self._status: tuple[int, bytes, list[tuple[bytes, bytes]]] | None = None
        self._head_sent = False

    def is_read(self) -> bool:
        """Tell whether the whole request has come, also where the application left its body unread."""
        return self._body.is_read()

    def run(self, app: WsgiApp, server: tuple[str, int]) -> bool:
        """Answer; tell whether there was an answer, or a part of one.

        No error leaves here: a client that went away, or a fault that ends the connection, is none, and any other is
        logged and answered with 500.
        """
        try:
            if self._parser.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
                self._send(self._parser.send(go_on) or b"")
            self._answer(app, server)
        except (OSError, h11.LocalProtocolError):
            # The client has gone; a fault wants it so; or an answer is shorter than it says, which the end tells.
            return self._head_sent
        except Exception:
            logger.exception("the answer to a request failed")
            self._fail()
        return True

    def _answer(self, app: WsgiApp, server: tuple[str, int]) -> None:
        environ = environ_of(self._request, self._body, self.connection, self._client, server)
        pieces = app(environ, self._start)
        try:
            for piece in pieces:
                if piece:
                    self._write(piece)
            self._write(b"")
            self._send(self._parser.send(h11.EndOfMessage()) or b"")
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
            # Flask's request and the environment hold each other, and so the body, until the collector comes by.
            environ.clear()

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """Take status and headers: WSGI's ``start_response``."""
        if exc_info and self._head_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        code, _, reason = status.partition(" ")
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._status = (int(code), reason.encode("latin-1"), raw)
        return self._write

    def _write(self, piece: bytes) -> None:
        """Send a piece of the body, and before the first one the head, in the same packet."""
        head = b"" if self._head_sent else self._head()
        self._head_sent = True
        if piece and not self._has_no_body():
            head += self._parser.send(h11.Data(data=piece)) or b""
        self._send(head)

    def _has_no_body(self) -> bool:
        return self._request.method == b"HEAD" or (self._status is not None and self._status[0] in _NO_BODY)

    def _head(self) -> bytes:
        if self._status is None:
            raise RuntimeError("the application sent a body without a status")
        status, reason, headers = self._status
        names = {name.lower() for name, _ in headers}
        if b"date" not in names:
            headers.append((b"Date", formatdate(usegmt=True).encode()))
        headers += [(b"Server", NAME), (b"Connection", b"close")]
        return self._parser.send(h11.Response(status_code=status, headers=headers, reason=reason)) or b""

    def _send(self, data: bytes) -> None:
        if data:
            bounds = self._bounds
            self.connection.settimeout(bounds.send_seconds + len(data) / bounds.body_rate)
            self.connection.sendall(data)

    def _fail(self) -> None:
        if self._head_sent:
            return
        self._head_sent = True
        try:
            self._send(refusal(500, -1, "system error; the log says what failed"))
        except OSError:
            return
