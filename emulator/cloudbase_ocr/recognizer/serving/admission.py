"""Who is read next: so many pictures at a time, and a bounded queue behind them, in which accounts take turns.

Within an account it is first come, first served. Between accounts it goes round: who sends one picture waits for one of
each other account at most, however many those have sent.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.errors import RecognizerBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_CLOSE = 5.0
"""Seconds that closing waits at most for those inside."""


class Admission:
    """Lets `at_once` callers in; `queue` others may wait, each at most `timeout` seconds. Thread-safe.

    Once closed it lets nobody in, those that wait included.
    """

    def __init__(self, at_once: int, queue: int, timeout: float, *, shared: bool = False) -> None:
        """Begin open, with nobody inside; `shared`: one account may take half of the queue at most."""
        self.queue = queue
        self.queue_of_one = max(1, queue // 2) if shared and queue else queue
        self._at_once = at_once
        self._timeout = timeout
        self._reading = self._beside = 0
        # By account; the one whose turn is next comes first. No line is ever empty.
        self._lines: OrderedDict[str, deque[threading.Event]] = OrderedDict()
        self._closed = False
        self._changed = threading.Condition()

    @property
    def reading(self) -> int:
        """How many have a turn."""
        return self._reading

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return sum(map(len, self._lines.values()))

    @property
    def closed(self) -> bool:
        """Whether nobody may come in any more."""
        return self._closed

    @contextmanager
    def turn(self, account: str = "") -> Iterator[None]:
        """Wait for a turn of `account`, and end it; "" is one account of its own, with no bound but the queue's.

        Raises `RecognizerBusy`: at once when too many wait, else after the timeout, and when it is closed.
        """
        self._enter(account)
        try:
            self.refuse_when_closed()
            yield
        finally:
            self._leave(account)

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
            raise RecognizerBusy(_("the recognizer is closed; it reads no more pictures"))

    def close(self) -> None:
        """Let nobody in any more, and wait (a bounded time) until everybody has left."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not (self._reading or self._lines or self._beside), LONGEST_CLOSE)

    def _enter(self, account: str) -> None:
        mine = threading.Event()
        with self._changed:
            self.refuse_when_closed()
            if self._reading < self._at_once:
                self._reading += 1
                return
            self._refuse_when_full(account)
            self._lines.setdefault(account, deque()).append(mine)
        if mine.wait(self._timeout):
            return
        with self._changed:
            if mine.is_set():
                return
            self._lines[account].remove(mine)
            if not self._lines[account]:
                del self._lines[account]
            self._changed.notify_all()
        raise RecognizerBusy(
            _("other pictures kept the recognizer busy for {timeout:g} s; send fewer at a time").format(
                timeout=self._timeout
            )
        )

    def _refuse_when_full(self, account: str) -> None:
        waiting = self.waiting
        if waiting >= self.queue:
            raise RecognizerBusy(
                _(
                    "{reading} being read and {waiting} waiting is all that the recognizer takes; send fewer "
                    "pictures at a time, or raise --recognizer-queue"
                ).format(reading=self._reading, waiting=waiting)
            )
        own = len(self._lines.get(account, ()))
        if account and own >= self.queue_of_one:
            raise RecognizerBusy(
                _(
                    "{own} pictures of this account are waiting, and one account may take half of the "
                    "{queue} places of --recognizer-queue at most; send fewer pictures at a time, or raise it"
                ).format(own=own, queue=self.queue)
            )

    def _leave(self, account: str) -> None:
        """Hand the place over to the account whose turn it is; it never becomes free in between."""
        with self._changed:
            if account in self._lines:
                self._lines.move_to_end(account)
            if self._lines:
                following, line = next(iter(self._lines.items()))
                line.popleft().set()
                if line:
                    self._lines.move_to_end(following)
                else:
                    del self._lines[following]
            else:
                self._reading -= 1
            self._changed.notify_all()
