"""Counters that begin again with every day, month or minute."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.core.clock import Clock

Key = tuple[str, ...]

UNLIMITED = 2**53
"""What counts as reached where there is no limit: a count that only `put` comes to."""


class Counters:
    """Counts per key; a key's first part is the appid.

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

    def take(self, key: Key, limit: int) -> int | None:
        """Count one more and return the period it counts for, or None if `limit` is reached; 0: no limit."""
        with self._lock:
            self._turn()
            used = self._counts.get(key, 0)
            if used >= (limit or UNLIMITED):
                return None
            self._counts[key] = used + 1
            return self._current

    def give_back(self, key: Key, period: int) -> None:
        """Undo one `take` that returned `period`; nothing happens when that period is over."""
        with self._lock:
            self._turn()
            if period == self._current and self._counts.get(key, 0) > 0:
                self._counts[key] -= 1

    def used(self, key: Key) -> int:
        """Return the count of the current period."""
        with self._lock:
            self._turn()
            return self._counts.get(key, 0)

    def put(self, key: Key, used: int) -> None:
        """Set the count of the current period."""
        with self._lock:
            self._turn()
            self._counts[key] = used

    def clear(self, *prefix: str) -> None:
        """Forget the counts of every key that begins with `prefix`; without one, all counts."""
        with self._lock:
            kept = {key: used for key, used in self._counts.items() if key[: len(prefix)] != prefix}
            self._counts = kept

    def export(self) -> dict[Key, tuple[int, int]]:
        """Return for each key the period and the count, to be kept across a restart."""
        with self._lock:
            return {key: (self._current, used) for key, used in self._counts.items()}

    def restore(self, key: Key, period: int, used: int) -> None:
        """Take back what `export` gave; counts of a period that is over are dropped."""
        with self._lock:
            self._turn()
            if period == self._current:
                self._counts[key] = used

    def _turn(self) -> None:
        period = self._period(self._clock.now())
        if period != self._current:
            self._current = period
            self._counts = {}
