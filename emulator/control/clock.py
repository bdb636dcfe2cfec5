"""Time, injected: nothing else in the emulator asks the operating system what time it is.

WeChat counts days in Asia/Shanghai, which has been UTC+8 without daylight saving since 1991; so a fixed
offset is exact and needs no time-zone database.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


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


def shanghai_day(now: float) -> str:
    """Return the date in Asia/Shanghai at `now`, as YYYY-MM-DD."""
    return datetime.fromtimestamp(now, SHANGHAI).strftime("%Y-%m-%d")


def shanghai_month(now: float) -> str:
    """Return the month in Asia/Shanghai at `now`, as YYYY-MM."""
    return datetime.fromtimestamp(now, SHANGHAI).strftime("%Y-%m")


def minute(now: float) -> str:
    """Return a name for the minute that `now` falls into."""
    return str(int(now // 60))
