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
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from cloudbase_ocr.server.entrance import Entrance
from cloudbase_ocr.server.exchange import Exchange, refusal
from cloudbase_ocr.server.heads import Gone, Head, NotHTTP
from cloudbase_ocr.server.https import Https, Refused
from cloudbase_ocr.server.lingering import Lingering, is_finished
from cloudbase_ocr.server.tunnel import Tunnel
from cloudbase_ocr.server.waiting import Waiting, WaitingRoom
from cloudbase_ocr.server.wakeup import woken_by_signals
from cloudbase_ocr.server.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    import h11

    from cloudbase_ocr.server.bounds import Bounds
    from cloudbase_ocr.server.exchange import WsgiApp
    from cloudbase_ocr.server.lingering import Work

_ACCEPTED_AT_ONCE = 64
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE_SECONDS = 0.2
_LOOK_SECONDS = 0.2

BUSY = "the server has as many requests as it bears; ask again"
ENDING = "the server is shutting down"

HEALTHZ = b"/healthz"
"""Answered by the loop itself, without a place or a thread: also when all are taken, and while the server ends."""

_ALIVE = refusal(200, 0, "ok", ("Cache-Control", "no-store"), phrase="OK")

logger = logging.getLogger("cloudbase_ocr.server")


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
        https: Https | None = None,
    ) -> None:
        """Take over `listener`. Targets for which `always` is true are answered also while the server ends.

        `https`: what clients of https get; by default they are refused.
        """
        self._listener = listener
        self._server = server
        self._app = app
        self._bounds = bounds
        self._always = always
        self._busy: set[Work] = set()
        self._lock = threading.Lock()
        self._accepts_again = 0.0
        self._looks_again = 0.0
        self._drained_by: float | None = None
        self._has_ended = False
        self._workers = Workers("emulator-request")
        self._selector = selectors.DefaultSelector()
        self._waiting = WaitingRoom(self._selector, bounds.most_waiting())
        self._lingering = Lingering(self._waiting, bounds)
        self._entrance = Entrance(https or Https(), self._waiting, self._workers, self._ring, bounds)
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
            with woken_by_signals(self._bell):
                while not self._is_over():
                    for key, _ in self._selector.select(self._patience()):
                        self._look_at(key)
                    self._lingering.begin()
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
            return not self._busy and not self._lingering and all(one.head for one in self._waiting)

    def _patience(self) -> float | None:
        """Return how long nothing but bytes can happen, in seconds."""
        if self._drained_by is not None:
            return min(max(self._drained_by - time.monotonic(), 0), _PAUSE_SECONDS)
        if self._accepts_again:
            return _PAUSE_SECONDS
        return _LOOK_SECONDS if len(self._waiting) else None

    def _look_at(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._alarm:
            with suppress(BlockingIOError):
                while self._alarm.recv(4096):
                    pass
            self._entrance.resume()
        elif key.fileobj is self._listener:
            self._accept()
        elif key.data in self._waiting:
            one: Waiting = key.data
            if one.head is None:
                self._lingering.discard(one)
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
            one = Waiting(connection, client, head, until)
            # Most clients have sent their head by now.
            if self._read_head(one, head):
                self._waiting.add(one)

    def _make_room(self) -> None:
        """Out of descriptors: let the oldest go that waits, or stop listening for a moment instead of spinning."""
        if len(self._waiting):
            self._waiting.drop_oldest()
            return
        self._selector.unregister(self._listener)
        self._accepts_again = time.monotonic() + _PAUSE_SECONDS
        logger.warning("no more connections: this process has as many files open as it may have (ulimit -n)")

    def _read_head(self, one: Waiting, head: Head) -> bool:
        """Read what has come of a head; tell whether more has to come."""
        try:
            request = head.take(self._entrance.receive(one))
            if request is None or (request.method == b"CONNECT" and self._entrance.begins_anew(one, request)):
                return True
        except BlockingIOError:
            return True
        except Refused as error:
            logger.warning("%s: %s", one.client[0], error)
            self._refuse(one, refusal(error.status, 40097, error.text, phrase=error.text))
        except NotHTTP as error:
            logger.warning("%s: %s", one.client[0], error)
            self._refuse(one, refusal(error.status, 40097, "invalid args"))
        except (OSError, Gone):
            self._waiting.drop(one)
        else:
            self._waiting.forget(one)
            self._begin(one, request, self._work_of(one, request, head))
        return False

    def _work_of(self, one: Waiting, request: h11.Request, head: Head) -> Work:
        if request.method == b"CONNECT":
            return Tunnel(one.connection, one.client, request.target.decode("ascii"), self._bounds)
        return Exchange(one.connection, one.client, request, head, self._bounds)

    def _begin(self, one: Waiting, request: h11.Request, work: Work) -> None:
        """Answer a whole request in a thread, if there is a place for it."""
        if request.target == HEALTHZ:
            self._refuse(one, _ALIVE if request.method != b"HEAD" else _ALIVE.partition(b"{")[0])
            return
        if self._drained_by is not None and not self._always(request.target):
            self._refuse(one, refusal(503, -1, ENDING, ("Retry-After", "5")))
            return
        with self._lock:
            is_full = len(self._busy) >= self._bounds.places
        if is_full:
            self._refuse(one, refusal(503, -1, BUSY, ("Retry-After", "1")))
            return
        with self._lock:
            self._busy.add(work)
        try:
            self._workers.run(partial(self._work, work, one))
        except RuntimeError:
            # The system has no thread left.
            with self._lock:
                self._busy.discard(work)
            self._refuse(one, refusal(503, -1, BUSY, ("Retry-After", "1")))

    def _work(self, work: Work, one: Waiting) -> None:
        """Answer one request: what runs in a thread."""
        was_answered = work.run(self._app, self._server)
        lingers = was_answered and not is_finished(work)
        with self._lock:
            self._busy.discard(work)
            lingers = lingers and not self._has_ended
            if lingers:
                self._lingering.add(one)
        if not lingers:
            one.connection.close()
        if lingers or self._drained_by is not None:
            self._ring()

    def _refuse(self, one: Waiting, answer: bytes) -> None:
        """Send a short answer, which fits into the buffer of any connection, and read over what still comes."""
        self._waiting.forget(one)
        with suppress(OSError):
            one.connection.setblocking(False)
            one.connection.send(answer)
        self._lingering.add(one)

    def _end_late(self) -> None:
        """Close what takes too long, and listen again after a pause."""
        now = time.monotonic()
        if now < self._looks_again:
            return
        self._looks_again = now + _LOOK_SECONDS
        for one in self._waiting:
            if now >= min(one.until, one.pause_until):
                self._waiting.drop(one)
        if self._accepts_again and now >= self._accepts_again:
            self._accepts_again = 0.0
            self._selector.register(self._listener, selectors.EVENT_READ)

    def _end(self) -> None:
        for one in self._waiting:
            self._waiting.drop(one)
        with self._lock:
            self._has_ended = True
            busy = list(self._busy)
        self._lingering.close()
        for work in busy:
            # Wakes up the thread that reads or writes there; it closes the connection.
            with suppress(OSError):
                work.connection.shutdown(socket.SHUT_RDWR)
