"""How a command that serves ends: in order at the first signal, at once at the second."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _, ngettext, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudbase_ocr.server import Listener

_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")
_KILL_SECONDS = 2.0
_STDERR = 2


def counted(requests: int) -> str:
    """Return how many requests there are, in words."""
    return ngettext("{n} request", "{n} requests", requests).format(n=requests)


def _nothing() -> None:
    """There is nothing to be killed."""


@contextmanager
def ended_by_signals(
    listener: Listener,
    seconds: float,
    kill: Callable[[], None] = _nothing,
    line_of: Callable[[str], str] = shown,
) -> Iterator[None]:
    """Let `listener` drain at SIGTERM (``kill``, process managers), SIGINT (Ctrl-C) and SIGHUP (a closed terminal).

    Requests under way have `seconds`. A second signal calls `kill` and ends the process at once. A signal that was
    ignored when the command began, as by ``nohup``, stays so, but for SIGTERM. `line_of` makes a line of stderr from a
    sentence.
    """
    seen = 0

    def handle(number: int, _frame: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > 1:
            _end_now(number, kill)
        listener.drain(seconds)
        if listener.under_way:
            waiting = _("waiting for {requests}, {seconds:g} s at most; once more ends at once")
            text = waiting.format(requests=counted(listener.under_way), seconds=seconds)
            # Not print(): the signal may have come in the middle of one.
            os.write(_STDERR, f"{line_of(text)}\n".encode())

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
