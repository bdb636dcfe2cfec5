"""What has been changed since a fresh start, so that nobody wonders why a call fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.control.operation import ControlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudbase_ocr.control.operations.clock import ClockControl, ClockState
    from cloudbase_ocr.control.operations.faults import FaultsControl
    from cloudbase_ocr.control.operations.scenarios import ScenariosControl
    from cloudbase_ocr.state.emulator import Emulator
    from cloudbase_ocr.state.faults import FaultState

_NAMED = 3


@dataclass(frozen=True)
class TurnedState:
    """One thing that is turned, how many of it there are, and in short which.

    `what` is ``clock`` (turned), ``clock_frozen``, ``tokens`` (ended before their time, and no newer one was fetched),
    ``quota`` (a limit of its own, or used up), ``faults``, ``scenarios`` or ``fixtures`` (added or removed).
    """

    what: str
    count: int
    which: str


@dataclass(frozen=True)
class Overview:
    """What is turned, in the order of the page Control; empty when everything is as after a fresh start."""

    turned: list[TurnedState]


def overview(
    emulator: Emulator, clock: ClockControl, faults: FaultsControl, scenarios: ScenariosControl
) -> Overview:
    """Tell what is turned."""
    parts: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("tokens", lambda: _tokens(emulator)),
        ("quota", lambda: _quotas(emulator)),
        (
            "faults",
            lambda: [_fault(fault) for fault in faults.list().faults if not fault.spent],
        ),
        ("scenarios", lambda: _scenarios(scenarios)),
        ("fixtures", lambda: _fixtures(emulator)),
    )
    turned = [*_clock(clock)]
    for what, find in parts:
        if found := find():
            names = list(dict.fromkeys(found))
            which = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
            turned.append(TurnedState(what, len(found), which))
    return Overview(turned)


def is_turned(clock: ClockState) -> bool:
    """Tell whether a clock does not show the system's time."""
    return clock.frozen or abs(clock.offset) >= 1


def _clock(control: ClockControl) -> Iterator[TurnedState]:
    try:
        clock = control.get()
    except ControlError:
        return  # a clock of the owner's own, which nobody here has turned
    if is_turned(clock):
        shown = clock.time.replace("T", " ").partition(".")[0]
        yield TurnedState("clock_frozen" if clock.frozen else "clock", 1, shown)


def _tokens(emulator: Emulator) -> list[str]:
    latest: dict[tuple[str, str], bool] = {}
    for token in emulator.tokens.states():
        latest.setdefault((token.appid, token.kind), token.ended)
    return [appid for (appid, _), ended in latest.items() if ended]


def _quotas(emulator: Emulator) -> list[str]:
    return [appid for appid, *_ in emulator.quotas.changed()]


def _fault(fault: FaultState) -> str:
    for name, unit in (("errcode", ""), ("ms", " ms"), ("status", "")):
        value = getattr(fault, name)
        if value is not None:
            return f"{fault.type} {value:g}{unit}"
    return fault.type


def _scenarios(control: ScenariosControl) -> list[str]:
    return [
        scenario.name
        for scenario in control.list().scenarios
        if scenario.after != "normal" or scenario.answered < len(scenario.answers)
    ]


def _fixtures(emulator: Emulator) -> list[str]:
    added = [fixture.name for _, fixture in emulator.answers.book.added]
    return [*added, *emulator.answers.book.removed]
