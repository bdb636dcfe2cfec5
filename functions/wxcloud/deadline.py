"""Time, chance and the moment by which a call must be over."""

from __future__ import annotations

import random
import time
from typing import Callable, NamedTuple

from .errors import Failure


class Clock(NamedTuple):
    """Time and chance: monotonic seconds, epoch seconds, sleep, a random number in [0, 1)."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


class Deadline:
    """The moment by which a call must be over, and why."""

    def __init__(self, at: float, reason: str, clock: Clock) -> None:
        """End at monotonic second `at`; `reason` says in an error what the bound was."""
        self.at = at
        self.reason = reason
        self._clock = clock

    def remaining(self) -> float:
        """Return the seconds left, never below 0."""
        return max(0.0, self.at - self._clock.monotonic())

    def passed(self) -> Failure:
        """Return the failure to raise when no time is left."""
        return unreachable(f"request timeout: {self.reason}")


def unreachable(text: str, *, retry: bool = False) -> Failure:
    """Return the failure of a call that got no answer: -501001, in the SDK's words."""
    return Failure(-501001, f"-501001 resource system error. {text}", retry=retry)
