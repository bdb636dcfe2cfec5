"""What an answer rests on: confidence and place of each field, the picture, the times. Never part of WeChat's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """The confidence in a field's value (0 to 1), and the quads it was read from, in WeChat's form.

    In an `Explanation` the confidence is calibrated: of values with 0.9, nine in ten are right. `raw` is then what the
    networks gave, by which documents decide what to answer; None before that.
    """

    confidence: float
    quads: list[dict[str, dict[str, int]]]
    raw: float | None = None


@dataclass(frozen=True)
class Candidate:
    """A document that a picture may show: the key of its method, and how likely, 0 to 1."""

    key: str
    score: float


@dataclass(frozen=True)
class Shown:
    """The picture: its size in pixels after its EXIF orientation (1 to 8, 1: none) was applied.

    `turned` is by how many degrees clockwise it was turned then, so that its text stands upright; None when no text
    was looked for. `missing_rows` are those at the lower end, as stored, that the file lacks.
    """

    width: int
    height: int
    orientation: int = 1
    turned: int | None = None
    missing_rows: int = 0


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
