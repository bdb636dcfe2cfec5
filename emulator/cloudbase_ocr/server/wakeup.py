"""Signals wake up a loop that waits for sockets."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator


@contextmanager
def woken_by_signals(bell: socket.socket) -> Iterator[None]:
    """Let every signal ring the bell, which does not block, while a loop runs in the main thread.

    Python's handlers run in the main thread, when it is back from the system. A signal that comes just before the loop
    waits, or that another thread gets, does not interrupt the wait: its handler would run with the next request.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
