"""Who is read next: so many pictures at a time, a bounded queue behind them, first come first served; and the end."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.errors import RecognizerBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_CLOSE = 5.0
"""Seconds that closing waits at most for those inside."""


class Admission:
    """Lets `at_once` callers in; `queue` others may wait, each at most `timeout` seconds. Thread-safe.

    Once closed it lets nobody in, those that wait included.
    """

    def __init__(self, at_once: int, queue: int, timeout: float) -> None:
        """Begin open, with nobody inside."""
        self.queue = queue
        self._at_once = at_once
        self._timeout = timeout
        self._reading = self._beside = 0
        self._waiting: deque[threading.Event] = deque()
        self._closed = False
        self._changed = threading.Condition()

    @property
    def reading(self) -> int:
        """How many have a turn."""
        return self._reading

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    @property
    def closed(self) -> bool:
        """Whether nobody may come in any more."""
        return self._closed

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and end it.

        Raises `RecognizerBusy`: at once when too many wait, else after the timeout, and when it is closed.
        """
        self._enter()
        try:
            self.refuse_when_closed()
            yield
        finally:
            self._leave()

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Be inside without a turn, as loading is: closing waits for it. Raises `RecognizerBusy` when closed."""
        with self._changed:
            self.refuse_when_closed()
            self._beside += 1
        try:
            yield
        finally:
            with self._changed:
                self._beside -= 1
                self._changed.notify_all()

    def refuse_when_closed(self) -> None:
        """Raise `RecognizerBusy` when closed."""
        if self._closed:
            raise RecognizerBusy("the recognizer is closed; it reads no more pictures")

    def close(self) -> None:
        """Let nobody in any more, and wait (a bounded time) until everybody has left."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(
                lambda: not (self._reading or self._waiting or self._beside), LONGEST_CLOSE
            )

    def _enter(self) -> None:
        mine = threading.Event()
        with self._changed:
            self.refuse_when_closed()
            if self._reading < self._at_once:
                self._reading += 1
                return
            if len(self._waiting) >= self.queue:
                raise RecognizerBusy(
                    f"{self._reading} being read and {len(self._waiting)} waiting is all that the recognizer takes; "
                    "send fewer pictures at a time, or raise --recognizer-queue"
                )
            self._waiting.append(mine)
        if mine.wait(self._timeout):
            return
        with self._changed:
            if mine.is_set():
                return
            self._waiting.remove(mine)
            self._changed.notify_all()
        raise RecognizerBusy(
            f"other pictures kept the recognizer busy for {self._timeout:g} s; send fewer at a time"
        )

    def _leave(self) -> None:
        """Hand the place over to whoever waits longest; it never becomes free in between."""
        with self._changed:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._reading -= 1
            self._changed.notify_all()
