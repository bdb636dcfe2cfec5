"""How a command that serves ends: in order at the first signal, at once at the second."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudbase_ocr.server import Listener

_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")
_KILL_SECONDS = 2.0
_STDERR = 2


def counted(requests: int) -> str:
    """Return how many requests there are, in words."""
    return f"{requests} request" + ("s" if requests != 1 else "")


def _nothing() -> None:
    """There is nothing to be killed."""


@contextmanager
def ended_by_signals(
    listener: Listener, seconds: float, kill: Callable[[], None] = _nothing
) -> Iterator[None]:
    """Let `listener` drain at SIGTERM (``kill``, process managers), SIGINT (Ctrl-C) and SIGHUP (a closed terminal).

    Requests under way have `seconds`. A second signal calls `kill` and ends the process at once. A signal that was
    ignored when the command began, as by ``nohup``, stays so, but for SIGTERM.
    """
    seen = 0

    def handle(number: int, _: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > 1:
            _end_now(number, kill)
        listener.drain(seconds)
        if listener.under_way:
            text = (
                f"waiting for {counted(listener.under_way)}, {seconds:g} s at most; once more ends at once\n"
            )
            # Not print(): the signal may have come in the middle of one.
            os.write(_STDERR, text.encode())

    former = {}
    for name in _SIGNALS:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and (name == "SIGTERM" or signal.getsignal(number) != signal.SIG_IGN):
            former[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _end_now(number: int, kill: Callable[[], None]) -> None:
    # In a thread: this one may hold the lock that `kill` needs.
    killing = threading.Thread(target=kill, daemon=True)
    killing.start()
    killing.join(_KILL_SECONDS)
    os._exit(128 + number)
