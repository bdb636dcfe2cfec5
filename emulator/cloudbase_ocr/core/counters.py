"""Counters that begin again with every day, month or minute."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from cloudbase_ocr.core.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.core.clock import Clock

Key = tuple[str, ...]

UNLIMITED = 2**53
"""What counts as reached where there is no limit: a count that only `put` comes to."""


class Counters(Protocol):
    """Counts per key of the present period; a key's first part is the appid. Thread-safe."""

    changes: Changes[Key]
    """The keys whose `kept` is another."""

    def take(self, key: Key, limit: int) -> int | None:
        """Count one more and return the period it counts for, or None if `limit` is reached; 0: no limit."""

    def give_back(self, key: Key, period: int) -> None:
        """Undo one `take` that returned `period`; nothing happens when that period is over."""

    def used(self, key: Key) -> int:
        """Return the count of the current period."""

    def put(self, key: Key, used: int) -> None:
        """Set the count of the current period."""

    def clear(self, *prefix: str) -> None:
        """Forget the counts of every key that begins with `prefix`; without one, all counts."""

    def counts(self) -> dict[Key, int]:
        """Return every count of the period that was counted last."""

    def kept(self, key: Key) -> tuple[int, int] | None:
        """Return period and count, to be kept across a restart; None where nothing is counted."""

    def restore(self, key: Key, period: int, used: int) -> None:
        """Take back what `kept` gave; counts of a period that is over are dropped."""


class MemoryCounters:
    """Counters of one emulator.

    All counts are dropped when `period` gives another number (of the day, month or minute), so memory is bounded by
    what one period brings.
    """

    def __init__(self, clock: Clock, period: Callable[[float], int]) -> None:
        """Count by `clock`; `period` numbers the period that a time falls into."""
        self._clock = clock
        self._period = period
        self._current = -1
        self._counts: dict[Key, int] = {}
        self._lock = threading.Lock()
        self.changes: Changes[Key] = Changes()

    def take(self, key: Key, limit: int) -> int | None:
        """See `Counters`."""
        with self._lock:
            self._turn()
            used = self._counts.get(key, 0)
            if used >= (limit or UNLIMITED):
                return None
            self._counts[key] = used + 1
            self.changes.note(key)
            return self._current

    def give_back(self, key: Key, period: int) -> None:
        """See `Counters`."""
        with self._lock:
            self._turn()
            if period == self._current and self._counts.get(key, 0) > 0:
                self._counts[key] -= 1
                self.changes.note(key)

    def used(self, key: Key) -> int:
        """See `Counters`."""
        with self._lock:
            self._turn()
            return self._counts.get(key, 0)

    def put(self, key: Key, used: int) -> None:
        """See `Counters`."""
        with self._lock:
            self._turn()
            self._counts[key] = used
            self.changes.note(key)

    def clear(self, *prefix: str) -> None:
        """See `Counters`."""
        with self._lock:
            cleared = [key for key in self._counts if key[: len(prefix)] == prefix]
            for key in cleared:
                del self._counts[key]
            self.changes.note(*cleared)

    def counts(self) -> dict[Key, int]:
        """See `Counters`."""
        with self._lock:
            return dict(self._counts)

    def kept(self, key: Key) -> tuple[int, int] | None:
        """See `Counters`."""
        with self._lock:
            used = self._counts.get(key)
            return None if used is None else (self._current, used)

    def restore(self, key: Key, period: int, used: int) -> None:
        """See `Counters`."""
        with self._lock:
            self._turn()
            if period == self._current:
                self._counts[key] = used
                self.changes.note(key)

    def _turn(self) -> None:
        period = self._period(self._clock.now())
        if period != self._current:
            self._current = period
            self.changes.note(*self._counts)
            self._counts = {}
