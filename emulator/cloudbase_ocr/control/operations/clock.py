"""Operations on the clock. There is one clock for all accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cloudbase_ocr.control.operation import ControlError, operation
from cloudbase_ocr.core.clock import SHANGHAI, TurnableClock

if TYPE_CHECKING:
    from cloudbase_ocr.state.emulator import Emulator

_TIME = "ISO 8601 (without an offset it is Shanghai's time), or seconds since 1970"


@dataclass(frozen=True)
class ClockState:
    """What the clock shows: `now` in seconds since 1970, `time` in Shanghai, `offset` seconds ahead of the system."""

    now: float
    time: str
    frozen: bool
    offset: float


class ClockControl:
    """Controls the clock: tokens expire and quotas start again by the time that it shows."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the clock of `emulator`."""
        self._emulator = emulator

    @operation("clock.get", "GET", "clock")
    def get(self) -> ClockState:
        """Tell what the clock shows."""
        clock = self._turnable()
        now = clock.now()
        shown = datetime.fromtimestamp(now, SHANGHAI).isoformat(timespec="milliseconds")
        return ClockState(now, shown, clock.frozen, clock.offset)

    @operation("clock.freeze", "POST", "clock/freeze", time=f"stop at this time instead of now: {_TIME}")
    def freeze(self, time: str | float | None = None) -> ClockState:
        """Stop the clock."""
        moment = None if time is None else _parse(time)
        self._turnable().freeze()
        if moment is not None:
            self._set(moment)
        return self.get()

    @operation("clock.resume", "POST", "clock/resume")
    def resume(self) -> ClockState:
        """Let a frozen clock run on from what it shows."""
        self._turnable().resume()
        return self.get()

    @operation(
        "clock.advance",
        "POST",
        "clock/advance",
        days="days",
        hours="hours",
        minutes="minutes",
        seconds="seconds",
    )
    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> ClockState:
        """Move the clock forward, frozen or not; delays in progress get shorter by the same time."""
        try:
            self._turnable().advance(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
        except (ValueError, OverflowError) as error:
            raise ControlError(str(error)) from error
        return self.get()

    @operation("clock.set", "POST", "clock/set", time=_TIME)
    def set(self, time: str | float) -> ClockState:
        """Let the clock show a time, also an earlier one; it stays frozen or running."""
        self._set(_parse(time))
        return self.get()

    @operation("clock.reset", "POST", "clock/reset")
    def reset(self) -> ClockState:
        """Let the clock show the system's time again, and run."""
        self._turnable().reset()
        return self.get()

    def restore(self) -> None:
        """Reset the clock if it is one that can be turned."""
        if isinstance(self._emulator.clock, TurnableClock):
            self._emulator.clock.reset()

    def _set(self, moment: float) -> None:
        try:
            self._turnable().set(moment)
        except ValueError as error:
            raise ControlError(f"time: {error}") from error

    def _turnable(self) -> TurnableClock:
        clock = self._emulator.clock
        if not isinstance(clock, TurnableClock):
            raise ControlError(
                f"this emulator was given a {type(clock).__name__}, which only its owner can turn; "
                "leave `clock` out of create_app"
            )
        return clock


def _parse(time: str | float) -> float:
    try:
        return float(time)
    except ValueError:
        pass
    try:
        # "Z" is known to fromisoformat only since Python 3.11.
        moment = datetime.fromisoformat(str(time).strip().replace("Z", "+00:00"))
    except ValueError:
        raise ControlError(f"time: {str(time)[:80]!r} is none; write 2025-01-31T23:59:00+08:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).timestamp()
