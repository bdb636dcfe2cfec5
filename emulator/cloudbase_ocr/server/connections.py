"""All connections of one port: one loop accepts them, reads their heads, and hands whole requests to threads.

Who sends slowly costs a descriptor and no thread; a thread and a place are taken when a head is complete.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.server.exchange import Exchange, refusal
from cloudbase_ocr.server.heads import Gone, Head, NotHTTP
from cloudbase_ocr.server.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    import h11

    from cloudbase_ocr.server.bounds import Bounds
    from cloudbase_ocr.server.exchange import WsgiApp

_PIECE = 64 * 1024
_ACCEPTED_AT_ONCE = 64
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE_SECONDS = 0.2
_LOOK_SECONDS = 0.2

BUSY = "the server has as many requests as it bears; ask again"
ENDING = "the server is shutting down"

logger = logging.getLogger("cloudbase_ocr.server")


@dataclass(eq=False)
class _Waiting:
    """A connection that the loop reads: its head, or, when `head` is None, what comes after its answer."""

    connection: socket.socket
    client: Any
    head: Head | None
    until: float
    pause_until: float = float("inf")
    bytes_left: int = 0


class Connections:
    """Serves `app` on a listening socket until it is told to end."""

    def __init__(
        self,
        listener: socket.socket,
        server: tuple[str, int],
        app: WsgiApp,
        bounds: Bounds,
        *,
        always: Callable[[bytes], bool],
    ) -> None:
        """Take over `listener`. Targets for which `always` is true are answered also while the server ends."""
        self._listener = listener
        self._server = server
        self._app = app
        self._bounds = bounds
        self._always = always
        self._most_waiting = bounds.most_waiting()
        self._waiting: dict[_Waiting, None] = {}
        self._busy: set[Exchange] = set()
        self._lock = threading.Lock()
        self._answered: deque[_Waiting] = deque()
        self._accepts_again = 0.0
        self._looks_again = 0.0
        self._drained_by: float | None = None
        self._has_ended = False
        self._workers = Workers("emulator-request")
        self._selector = selectors.DefaultSelector()
        self._alarm, self._bell = socket.socketpair()
        for end in (self._alarm, self._bell, listener):
            end.setblocking(False)

    @property
    def under_way(self) -> int:
        """How many requests have a place."""
        return len(self._busy)

    def run(self) -> None:
        """Serve until :meth:`drain`, and then until the last request under way is answered or its time is over.

        Requests that are still under way then lose their connection.
        """
        self._selector.register(self._alarm, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)
        try:
            while not self._is_over():
                for key, _ in self._selector.select(self._patience()):
                    self._look_at(key)
                self._take_answered()
                self._end_late()
        finally:
            self._end()

    def drain(self, seconds: float) -> None:
        """End when the requests under way are answered, `seconds` from now at the latest; new ones get 503.

        Returns at once. May be called from any thread, and from a signal handler.
        """
        self._drained_by = time.monotonic() + seconds
        self._ring()

    def close(self) -> None:
        """Release what the loop needed; to be called after it has ended."""
        self._workers.close()
        self._selector.close()
        self._alarm.close()
        self._bell.close()

    def _ring(self) -> None:
        # Full: it has been rung already. Closed: nobody needs to hear it any more.
        with suppress(OSError):
            self._bell.send(b"!")

    def _is_over(self) -> bool:
        if self._drained_by is None:
            return False
        if time.monotonic() >= self._drained_by:
            return True
        with self._lock:
            return not self._busy and not self._answered and all(one.head for one in self._waiting)

    def _patience(self) -> float | None:
        """Return how long nothing but bytes can happen, in seconds."""
        if self._drained_by is not None:
            return min(max(self._drained_by - time.monotonic(), 0), _PAUSE_SECONDS)
        if self._accepts_again:
            return _PAUSE_SECONDS
        return _LOOK_SECONDS if self._waiting else None

    def _look_at(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._alarm:
            with suppress(BlockingIOError):
                while self._alarm.recv(4096):
                    pass
        elif key.fileobj is self._listener:
            self._accept()
        elif key.data in self._waiting:
            one: _Waiting = key.data
            if one.head is None:
                self._discard(one)
            else:
                self._read_head(one, one.head)

    def _accept(self) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                connection, client = self._listener.accept()
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._make_room()
                return
            connection.setblocking(False)
            with suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            until = time.monotonic() + self._bounds.head_seconds
            head = Head(self._bounds.head_bytes)
            one = _Waiting(connection, client, head, until)
            # Most clients have sent their head by now.
            if self._read_head(one, head):
                self._wait_for(one)

    def _make_room(self) -> None:
        """Out of descriptors: let the oldest go that waits, or stop listening for a moment instead of spinning."""
        if self._waiting:
            self._drop(next(iter(self._waiting)))
            return
        self._selector.unregister(self._listener)
        self._accepts_again = time.monotonic() + _PAUSE_SECONDS
        logger.warning("no more connections: this process has as many files open as it may have (ulimit -n)")

    def _wait_for(self, one: _Waiting) -> None:
        if len(self._waiting) >= self._most_waiting:
            self._drop(next(iter(self._waiting)))
        self._waiting[one] = None
        self._selector.register(one.connection, selectors.EVENT_READ, one)

    def _forget(self, one: _Waiting) -> None:
        if self._waiting.pop(one, self) is None:
            self._selector.unregister(one.connection)

    def _drop(self, one: _Waiting) -> None:
        self._forget(one)
        one.connection.close()

    def _read_head(self, one: _Waiting, head: Head) -> bool:
        """Read what has come of a head; tell whether more has to come."""
        try:
            request = head.take(one.connection.recv(_PIECE))
        except BlockingIOError:
            return True
        except (OSError, Gone):
            self._drop(one)
        except NotHTTP as error:
            logger.warning("%s: %s", one.client[0], error)
            self._refuse(one, refusal(error.status, 40097, "invalid args"))
        else:
            if request is None:
                return True
            self._forget(one)
            self._begin(one, request, head)
        return False

    def _begin(self, one: _Waiting, request: h11.Request, head: Head) -> None:
        """Answer a whole request in a thread, if there is a place for it."""
        if self._drained_by is not None and not self._always(request.target):
            self._refuse(one, refusal(503, -1, ENDING, ("Retry-After", "5")))
            return
        with self._lock:
            is_full = len(self._busy) >= self._bounds.places
        if is_full:
            self._refuse(one, refusal(503, -1, BUSY, ("Retry-After", "1")))
            return
        exchange = Exchange(one.connection, one.client, request, head, self._bounds)
        with self._lock:
            self._busy.add(exchange)
        try:
            self._workers.run(partial(self._work, exchange, one))
        except RuntimeError:
            # The system has no thread left.
            with self._lock:
                self._busy.discard(exchange)
            self._refuse(one, refusal(503, -1, BUSY, ("Retry-After", "1")))

    def _work(self, exchange: Exchange, one: _Waiting) -> None:
        """Answer one request: what runs in a thread."""
        was_answered = exchange.run(self._app, self._server)
        lingers = was_answered and not _is_finished(exchange)
        with self._lock:
            self._busy.discard(exchange)
            lingers = lingers and not self._has_ended
            if lingers:
                one.head = None
                self._answered.append(one)
        if not lingers:
            one.connection.close()
        if lingers or self._drained_by is not None:
            self._ring()

    def _refuse(self, one: _Waiting, answer: bytes) -> None:
        """Send a short answer, which fits into the buffer of any connection, and read over what still comes."""
        self._forget(one)
        with suppress(OSError):
            one.connection.setblocking(False)
            one.connection.send(answer)
        one.head = None
        self._answered.append(one)

    def _take_answered(self) -> None:
        """Read over what clients still send that have their answer."""
        while self._answered:
            one = self._answered.popleft()
            now = time.monotonic()
            one.until = now + self._bounds.linger_seconds
            one.pause_until = now + self._bounds.linger_pause
            one.bytes_left = self._bounds.linger_bytes
            try:
                one.connection.setblocking(False)
                one.connection.shutdown(socket.SHUT_WR)
                self._wait_for(one)
            except (OSError, ValueError):
                # The client has closed it before; or a fault has, and nothing is left to close.
                one.connection.close()

    def _discard(self, one: _Waiting) -> None:
        try:
            data = one.connection.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        one.bytes_left -= len(data)
        one.pause_until = time.monotonic() + self._bounds.linger_pause
        if not data or one.bytes_left < 0:
            self._drop(one)

    def _end_late(self) -> None:
        """Close what takes too long, and listen again after a pause."""
        now = time.monotonic()
        if now < self._looks_again:
            return
        self._looks_again = now + _LOOK_SECONDS
        for one in [one for one in self._waiting if now >= min(one.until, one.pause_until)]:
            self._drop(one)
        if self._accepts_again and now >= self._accepts_again:
            self._accepts_again = 0.0
            self._selector.register(self._listener, selectors.EVENT_READ)

    def _end(self) -> None:
        for one in list(self._waiting):
            self._drop(one)
        with self._lock:
            self._has_ended = True
            busy = list(self._busy)
        while self._answered:
            self._answered.popleft().connection.close()
        for exchange in busy:
            # Wakes up the thread that reads or writes there; it closes the connection.
            with suppress(OSError):
                exchange.connection.shutdown(socket.SHUT_RDWR)


def _is_finished(exchange: Exchange) -> bool:
    """Tell whether a connection may be closed: nothing of it is unread, which would reset it under the answer."""
    if not exchange.is_read():
        return False
    try:
        exchange.connection.setblocking(False)
        return not exchange.connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return True
