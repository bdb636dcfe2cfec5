"""After an answer: what a client still sends is read over, because closing at once would reset the answer with it."""

from __future__ import annotations

import socket
import time
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from cloudbase_ocr.server.bounds import Bounds
    from cloudbase_ocr.server.exchange import Exchange
    from cloudbase_ocr.server.tunnel import Tunnel
    from cloudbase_ocr.server.waiting import Waiting, WaitingRoom

Work: TypeAlias = "Exchange | Tunnel"
"""What takes a place and a thread."""

_PIECE = 64 * 1024


class Lingering:
    """Reads over what comes behind answers, within bounds; all but :meth:`add` is called by the loop."""

    def __init__(self, waiting: WaitingRoom, bounds: Bounds) -> None:
        """Let connections wait in `waiting` meanwhile."""
        self._waiting = waiting
        self._bounds = bounds
        self._answered: deque[Waiting] = deque()

    def __len__(self) -> int:
        """How many have their answer, and do not wait yet."""
        return len(self._answered)

    def add(self, one: Waiting) -> None:
        """Take a connection whose client has its answer; from any thread."""
        one.head = None
        self._answered.append(one)

    def begin(self) -> None:
        """Say on the new ones that nothing more is sent, and let them wait."""
        while self._answered:
            one = self._answered.popleft()
            now = time.monotonic()
            one.until = now + self._bounds.linger_seconds
            one.pause_until = now + self._bounds.linger_pause
            one.bytes_left = self._bounds.linger_bytes
            try:
                one.connection.setblocking(False)
                one.connection.shutdown(socket.SHUT_WR)
                self._waiting.add(one)
            except (OSError, ValueError):
                # The client has closed it before; or a fault has, and nothing is left to close.
                one.connection.close()

    def discard(self, one: Waiting) -> None:
        """Read over what has come, and let it go when that was all, or too much."""
        try:
            data = one.connection.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        one.bytes_left -= len(data)
        one.pause_until = time.monotonic() + self._bounds.linger_pause
        if not data or one.bytes_left < 0:
            self._waiting.drop(one)

    def close(self) -> None:
        """Close those that do not wait yet."""
        while self._answered:
            self._answered.popleft().connection.close()


def is_finished(work: Work) -> bool:
    """Tell whether a connection may be closed: nothing of it is unread, which would reset it under the answer."""
    if not work.is_read():
        return False
    try:
        work.connection.setblocking(False)
        return not work.connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return True
    except ValueError:
        # TLS cannot peek; its client answers the end with a record of its own.
        return False
