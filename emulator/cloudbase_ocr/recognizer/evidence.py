"""What a reading rests on: times of the stages, certainty and place of each field. Never part of WeChat's JSON."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.errors import TookTooLong

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

    With `limit`, in seconds, a picture that takes longer is given up between two stages: `TookTooLong`. `tell` gets
    the name of each stage when it begins.
    """

    limit: float | None = None
    clock: Callable[[], float] = time.monotonic
    stages: dict[str, float] = field(default_factory=dict)
    fields: dict[str, Evidence] = field(default_factory=dict)
    tell: Callable[[str], None] = field(default=lambda _stage: None)

    def __post_init__(self) -> None:
        """Start the time."""
        self._start = self.clock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside to the stage `name`. Raises `TookTooLong` when the time is already over."""
        self.check()
        self.tell(name)
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
class Candidate:
    """A document that a picture may show: the key of its method, and how likely, 0 to 1."""

    key: str
    score: float


@dataclass(frozen=True)
class Shown:
    """The picture: its size in pixels after its EXIF orientation (1 to 8, 1: none) was applied.

    `turned` is by how many degrees clockwise it was turned then, so that its text stands upright; None when no text
    was looked for.
    """

    width: int
    height: int
    orientation: int = 1
    turned: int | None = None


@dataclass(frozen=True)
class Explanation:
    """A reading and what it rests on. `stages` are in seconds; `seconds` is their sum.

    `key` is the method as which the picture was read. `candidates` are there when it was asked what the picture
    shows, the likeliest first. `picture` is None when it could not be decoded.
    """

    fields: dict[str, Any]
    evidence: dict[str, Evidence]
    stages: dict[str, float]
    seconds: float
    key: str = ""
    candidates: tuple[Candidate, ...] = ()
    picture: Shown | None = None
