"""Time, injected: nothing else in the emulator asks the operating system what time it is.

WeChat counts days in Asia/Shanghai, which has been UTC+8 without daylight saving since 1991; so a fixed
offset is exact and needs no time-zone database.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone

_SHANGHAI_OFFSET = 8 * 3600


class Clock:
    """The system's clock."""

    def now(self) -> float:
        """Return the time in seconds since 1970-01-01 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        time.sleep(seconds)


class ManualClock(Clock):
    """A clock that stands still until it is moved; `sleep` moves it and returns at once."""

    def __init__(self, start: float = 0.0) -> None:
        """Begin at `start`, seconds since 1970-01-01 UTC."""
        self._now = start
        self._start = start
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the time that the clock was moved to."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds that the clock was moved by."""
        return self._now - self._start

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`; a negative number is refused, time has one direction."""
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s; start a new one")
        with self._lock:
            self._now += seconds


def shanghai_day(now: float) -> int:
    """Return the number of the day in Asia/Shanghai that `now` falls into, counted from 1970-01-01."""
    return int((now + _SHANGHAI_OFFSET) // 86400)


def shanghai_month(now: float) -> int:
    """Return the number of the month in Asia/Shanghai that `now` falls into: 12 * year + month."""
    local = datetime.fromtimestamp(now + _SHANGHAI_OFFSET, timezone.utc)
    return 12 * local.year + local.month


def minute(now: float) -> int:
    """Return the number of the minute that `now` falls into."""
    return int(now // 60)
