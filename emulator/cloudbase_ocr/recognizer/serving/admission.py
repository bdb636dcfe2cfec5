"""Who reads next: so many pictures at a time, a bounded queue behind them, first come first served."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.errors import RecognizerBusy

if TYPE_CHECKING:
    from collections.abc import Iterator


class Turns:
    """Lets `at_once` callers in; `size` others may wait, each at most `timeout` seconds. Thread-safe."""

    def __init__(self, at_once: int, size: int, timeout: float) -> None:
        """Begin with nobody inside."""
        self.size = size
        self._at_once = at_once
        self._timeout = timeout
        self._reading = 0
        self._line: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @property
    def reading(self) -> int:
        """How many are inside."""
        return self._reading

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and end it. Raises `RecognizerBusy`: at once when too many wait, else after the timeout."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        mine = threading.Event()
        with self._lock:
            if self._reading < self._at_once:
                self._reading += 1
                return
            if len(self._line) >= self.size:
                raise RecognizerBusy(
                    f"{self._reading} being read and {len(self._line)} waiting is all that the recognizer takes; "
                    "send fewer pictures at a time, or raise --recognizer-queue"
                )
            self._line.append(mine)
        if mine.wait(self._timeout):
            return
        with self._lock:
            if mine.is_set():
                return
            self._line.remove(mine)
        raise RecognizerBusy(
            f"other pictures kept the recognizer busy for {self._timeout:g} s; send fewer at a time"
        )

    def _leave(self) -> None:
        """Hand the place over to whoever waits longest; it never becomes free in between."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._reading -= 1
