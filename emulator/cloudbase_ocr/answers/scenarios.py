"""Scenarios: an ordered list of answers for a method. They are how one tests a retry.

Each appid goes through the list on its own, so that tests that run side by side do not take each other's answers.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wxcloud.contract import Method

After = Literal["normal", "last", "repeat"]

_MAX_POSITIONS = 10_000


@dataclass(frozen=True)
class Step:
    """One answer: `error` an errcode, `fixture` the name of a fixture, or `reply` all business fields.

    Without any of them the step is the method's documented example, and with `normal` whatever the emulator would
    answer by itself.
    """

    error: int | None = None
    fixture: str | None = None
    reply: dict[str, Any] | None = None
    normal: bool = False

    def as_written(self) -> Any:
        """Return the step as a scenario file has it."""
        if self.error is not None:
            return self.error
        if self.reply is not None:
            return self.reply
        return self.fixture or ("normal" if self.normal else "success")


@dataclass(frozen=True)
class Scenario:
    """Answers for one method, of one appid or (None) of each.

    `after` says what follows the last one: ``normal`` answers, the ``last`` one again and again, or the whole list
    again (``repeat``).
    """

    name: str
    method: Method
    steps: tuple[Step, ...]
    appid: str | None = None
    after: After = "normal"

    @property
    def identity(self) -> tuple[str, str | None]:
        """What tells scenarios apart: two accounts may use the same name."""
        return self.name, self.appid


class Scenarios:
    """The scenarios in force, and how far each appid has come in each. Thread-safe."""

    def __init__(self, scenarios: Iterable[Scenario] = ()) -> None:
        """Begin with `scenarios`; `reset` comes back to them."""
        self._started_with = tuple(scenarios)
        self._lock = threading.Lock()
        self._names = itertools.count(1)
        self._positions: dict[tuple[str, str | None, str], int] = {}
        self._all: tuple[Scenario, ...] = ()
        self._by_method: dict[str, tuple[Scenario, ...]] = {}
        self._use(self._started_with)

    @property
    def all(self) -> tuple[Scenario, ...]:
        """Every scenario, in the order in which they were added."""
        return self._all

    def new_name(self) -> str:
        """Return a name for a scenario that nobody named."""
        return f"s{next(self._names)}"

    def add(self, scenario: Scenario) -> None:
        """Put a scenario in front of the others; one of the same name and appid is replaced."""
        with self._lock:
            self._use(self._without(scenario.identity))  # also forgets how far everybody had come in it
            self._use((*self._all, scenario))

    def remove(self, name: str, appid: str | None = None) -> int:
        """Remove the scenarios of this name, only those of `appid` if one is given; return how many."""
        with self._lock:
            before = len(self._all)
            self._use(
                tuple(
                    scenario
                    for scenario in self._all
                    if scenario.name != name or appid not in (None, scenario.appid)
                )
            )
            return before - len(self._all)

    def next_step(self, key: str, appid: str) -> Step | None:
        """Return the answer that is due, and move on; None when no scenario has one."""
        mine = self._by_method.get(key)
        if mine is None:
            return None
        with self._lock:
            for scenario in mine:
                if scenario.appid not in (None, appid):
                    continue
                step = self._take(scenario, appid)
                if step is not None:
                    return step
        return None

    def position(self, scenario: Scenario, appid: str) -> int:
        """Return how many answers of a scenario an appid has had."""
        return self._positions.get((*scenario.identity, appid), 0)

    def furthest(self, scenario: Scenario) -> int:
        """Return how many answers of a scenario the appid has had that came furthest."""
        with self._lock:
            counts = (count for key, count in self._positions.items() if key[:2] == scenario.identity)
            return max(counts, default=0)

    def reset(self, appid: str | None = None) -> None:
        """Go back to the scenarios of a fresh start, for one account or for all."""
        with self._lock:
            if appid is None:
                self._positions.clear()
                self._use(self._started_with)
                return
            kept = (one for one in self._all if one.appid != appid)
            self._use((*(one for one in self._started_with if one.appid == appid), *kept))
            self._positions = {key: count for key, count in self._positions.items() if key[2] != appid}

    def _take(self, scenario: Scenario, appid: str) -> Step | None:
        place = (*scenario.identity, appid)
        position = self._positions.pop(place, 0)
        if len(self._positions) >= _MAX_POSITIONS:
            self._positions.pop(next(iter(self._positions)))
        self._positions[place] = position + 1
        count = len(scenario.steps)
        if position < count:
            return scenario.steps[position]
        if scenario.after == "normal":
            self._positions[place] = position
            return None
        return scenario.steps[-1 if scenario.after == "last" else position % count]

    def _without(self, identity: tuple[str, str | None]) -> tuple[Scenario, ...]:
        return tuple(scenario for scenario in self._all if scenario.identity != identity)

    def _use(self, scenarios: tuple[Scenario, ...]) -> None:
        """Replace the tables at once; scenarios for one appid go before those for all, later ones before earlier."""
        known = {scenario.identity for scenario in scenarios}
        latest_first = scenarios[::-1]
        ranked = sorted(latest_first, key=lambda scenario: scenario.appid is None)
        by_method: dict[str, tuple[Scenario, ...]] = {}
        for scenario in ranked:
            by_method[scenario.method.key] = (*by_method.get(scenario.method.key, ()), scenario)
        self._all, self._by_method = scenarios, by_method
        self._positions = {key: count for key, count in self._positions.items() if key[:2] in known}
