"""Time, injected: nothing else in the emulator asks the operating system what time it is.

WeChat counts days in Asia/Shanghai, which has been UTC+8 without daylight saving since 1991; so a fixed
offset is exact and needs no time-zone database.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

_SHANGHAI_OFFSET = timedelta(hours=8)
SHANGHAI = timezone(_SHANGHAI_OFFSET)
_LATEST = 253370736000  # some days before year 10000, which datetime cannot write


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


class TurnableClock(Clock):
    """The system's clock with hands that can be moved: ahead, back, stopped; `now` follows, `monotonic` does not.

    `monotonic` measures how long something took, so it goes on with the system's whatever the hands show.
    """

    def __init__(self) -> None:
        """Show the system's time."""
        self._offset = 0.0
        self._frozen: float | None = None
        self._skipped = 0.0
        self._moved = threading.Condition()

    @property
    def frozen(self) -> bool:
        """Tell whether the clock stands still."""
        return self._frozen is not None

    @property
    def offset(self) -> float:
        """Seconds that the clock is ahead of the system's; negative when it is behind."""
        return self.now() - time.time()

    def now(self) -> float:
        """Return what the clock shows, in seconds since 1970-01-01 UTC."""
        frozen = self._frozen
        return time.time() + self._offset if frozen is None else frozen

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`, of the system's time even while frozen; less when the clock is moved on meanwhile.

        So a test that advances the clock need not sit through a delay, and a frozen clock never hangs anybody.
        """
        with self._moved:
            end, skipped = time.monotonic() + seconds, self._skipped
            while (left := end - time.monotonic() - (self._skipped - skipped)) > 0:
                self._moved.wait(left)

    def freeze(self) -> None:
        """Stop the clock at what it shows."""
        with self._moved:
            if self._frozen is None:
                self._frozen = self.now()

    def resume(self) -> None:
        """Let the clock run on from what it shows."""
        with self._moved:
            if self._frozen is not None:
                self._offset = self._frozen - time.time()
                self._frozen = None

    def advance(self, seconds: float) -> None:
        """Move the clock on, running or frozen.

        Raises:
            ValueError: `seconds` is negative, or leads beyond year 9999; `set` goes back.
        """
        if seconds < 0:
            raise ValueError(f"advance goes forward only, and {seconds} s is backward; set moves to any time")
        with self._moved:
            self._move_to(self.now() + seconds)
            self._skipped += seconds
            self._moved.notify_all()

    def set(self, now: float) -> None:
        """Let the clock show `now`, running or frozen as it was; also back in time.

        Raises:
            ValueError: `now` lies before 1970 or after year 9999.
        """
        with self._moved:
            ahead = now - self.now()
            self._move_to(now)
            if ahead > 0:
                self._skipped += ahead
                self._moved.notify_all()

    def reset(self) -> None:
        """Show the system's time again, and run."""
        with self._moved:
            self._offset, self._frozen = 0.0, None

    def _move_to(self, now: float) -> None:
        if not 0 <= now < _LATEST:
            raise ValueError("the clock can show times from 1970 to 9999 only")
        if self._frozen is None:
            self._offset = now - time.time()
        else:
            self._frozen = now


def shanghai_day(now: float) -> int:
    """Return the number of the day in Asia/Shanghai that `now` falls into, counted from 1970-01-01."""
    return int((now + _SHANGHAI_OFFSET.total_seconds()) // 86400)


def shanghai_month(now: float) -> int:
    """Return the number of the month in Asia/Shanghai that `now` falls into: 12 * year + month."""
    local = datetime.fromtimestamp(now, SHANGHAI)
    return 12 * local.year + local.month


def minute(now: float) -> int:
    """Return the number of the minute that `now` falls into."""
    return int(now // 60)
