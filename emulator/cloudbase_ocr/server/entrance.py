"""What a connection passes before its request: TLS is told by its first byte, CONNECT is answered."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

from cloudbase_ocr.server.heads import Head, NotHTTP
from cloudbase_ocr.server.tunnel import ESTABLISHED

if TYPE_CHECKING:
    from collections.abc import Callable

    import h11

    from cloudbase_ocr.server.bounds import Bounds
    from cloudbase_ocr.server.https import Https
    from cloudbase_ocr.server.waiting import Waiting, WaitingRoom
    from cloudbase_ocr.server.workers import Workers

_TLS = b"\x16"
"""The first byte of a TLS handshake, and of no request."""

_PIECE = 64 * 1024


class Entrance:
    """Lets connections in without waiting for any of them; all of it is called by the loop."""

    def __init__(
        self, https: Https, waiting: WaitingRoom, workers: Workers, ring: Callable[[], None], bounds: Bounds
    ) -> None:
        """Decide by `https`. `ring` wakes up the loop, which then calls :meth:`resume`."""
        self._https = https
        self._waiting = waiting
        self._workers = workers
        self._ring = ring
        self._bounds = bounds
        self._is_preparing = False

    def receive(self, one: Waiting) -> bytes:
        """Return what has come of a request in plain text; b"" when the client has closed its side.

        Raises:
            BlockingIOError: nothing has.
            NotHTTP: it speaks TLS, and must not, or there is none here.
            OSError: the connection is broken.
        """
        if one.is_new:
            self._tell_tls(one)
        if one.shakes_hands:
            _shake_hands(one)
        return one.connection.recv(_PIECE)

    def begins_anew(self, one: Waiting, request: h11.Request) -> bool:
        """Answer CONNECT to an emulated host: what follows is a connection like any other. False: it passes to others.

        Raises:
            NotHTTP: it is refused.
            OSError: the connection is broken.
        """
        if one.is_tunnel or one.is_encrypted:
            raise NotHTTP("CONNECT within TLS, or behind another CONNECT, leads nowhere", 405)
        if one.head is not None and one.head.parser.trailing_data[0]:
            raise NotHTTP("a client goes on before its CONNECT is answered")
        if not self._https.leads_here(request.target.decode("ascii"), one.client[0]):
            return False
        one.connection.send(ESTABLISHED)
        one.head = Head(self._bounds.head_bytes)
        one.until = time.monotonic() + self._bounds.head_seconds
        one.is_tunnel = one.is_new = True
        return True

    def resume(self) -> None:
        """Go on with those that have waited for TLS to be ready, if it is."""
        if not self._is_preparing:
            self._waiting.unpark()

    def _tell_tls(self, one: Waiting) -> None:
        if one.connection.recv(1, socket.MSG_PEEK) != _TLS:
            one.is_new = False
            return
        self._https.check()
        if not self._https.is_ready and not one.was_parked:
            one.was_parked = True
            self._waiting.park(one)
            self._prepare()
            raise BlockingIOError
        one.connection = self._https.wrap(one.connection)
        one.is_new, one.shakes_hands, one.is_encrypted = False, True, True

    def _prepare(self) -> None:
        """Bring what TLS needs in a thread: the first time it takes as long as a hundred answers."""
        if self._is_preparing:
            return
        self._is_preparing = True
        try:
            self._workers.run(self._prepare_and_ring)
        except RuntimeError:
            # The system has no thread left; those that wait are told that there is no TLS.
            self._is_preparing = False
            self._ring()

    def _prepare_and_ring(self) -> None:
        self._https.prepare()
        self._is_preparing = False
        self._ring()


def _shake_hands(one: Waiting) -> None:
    """Go on with the handshake.

    Raises:
        BlockingIOError: the client has to say more.
        OSError: it does not speak TLS as we do, or does not trust us.
    """
    connection = one.connection
    assert isinstance(connection, ssl.SSLSocket)  # noqa: S101 - for the type checker
    try:
        connection.do_handshake()
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
        raise BlockingIOError from error
    one.shakes_hands = False
