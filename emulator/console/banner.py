"""What is turned at the moment, for the banner on every page: nobody should wonder why a call fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.control.operations import ControlError

if TYPE_CHECKING:
    from emulator.control.facade import Control


@dataclass(frozen=True)
class Turned:
    """One thing that is not as a fresh start has it; `key` is its text's, `values` what stands in the text."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)


def turned(control: Control) -> list[Turned]:
    """Tell what is turned: faults, scenarios, clock, quota; empty when everything is as after a start."""
    found = []
    if faults := [fault for fault in control.faults.list()["faults"] if not fault.get("spent")]:
        found.append(Turned("common.turned_faults", {"count": len(faults)}))
    if scenarios := control.scenarios.list()["scenarios"]:
        found.append(Turned("common.turned_scenarios", {"count": len(scenarios)}))
    return found + _clock(control)


def _clock(control: Control) -> list[Turned]:
    try:
        clock = control.clock.get()
    except ControlError:
        return []  # a clock of the owner's own, which nobody here has turned
    shown = clock["time"].replace("T", " ").partition(".")[0]
    if clock["frozen"]:
        return [Turned("common.turned_clock_frozen", {"time": shown})]
    if abs(clock["offset"]) >= 1:
        return [Turned("common.turned_clock", {"time": shown})]
    return []
