"""What a reading rests on: times of the stages, certainty and place of each field. Never part of WeChat's JSON."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.recognizer.errors import TookTooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Evidence:
    """How sure a field's value is (0 to 1), and the quads it was read from, in WeChat's form."""

    certainty: float
    quads: list[dict[str, dict[str, int]]]


@dataclass
class Report:
    """Filled while a picture is read. `stages` are seconds by name, `fields` the evidence by field.

    With `limit`, in seconds, a picture that takes longer is given up between two stages: `TookTooLong`.
    """

    limit: float | None = None
    clock: Callable[[], float] = time.monotonic
    stages: dict[str, float] = field(default_factory=dict)
    fields: dict[str, Evidence] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the time."""
        self._start = self.clock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside to the stage `name`. Raises `TookTooLong` when the time is already over."""
        self.check()
        start = self.clock()
        try:
            yield
        finally:
            self.stages[name] = self.stages.get(name, 0.0) + self.clock() - start

    def check(self) -> None:
        """Raise `TookTooLong` when the picture has had its time."""
        if self.limit is not None and self.clock() - self._start > self.limit:
            raise TookTooLong(
                f"the picture takes longer than the limit of {self.limit:g} s; send a smaller one, or raise the limit"
            )

    def note(self, name: str, certainty: float, quads: list[dict[str, dict[str, int]]]) -> None:
        """Say what a field rests on."""
        self.fields[name] = Evidence(round(certainty, 4), quads)

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return self.clock() - self._start


@dataclass(frozen=True)
class Explanation:
    """A reading and what it rests on. `stages` are in seconds; their sum is less than `seconds`."""

    fields: dict[str, Any]
    evidence: dict[str, Evidence]
    stages: dict[str, float]
    seconds: float
