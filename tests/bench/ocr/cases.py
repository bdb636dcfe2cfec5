"""The cells of the benchmark: a document at a level, and its numbered pictures."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.bench.ocr import bankcard, business, fonts, idcard, licences, papers, people, photo, plates
from tests.bench.ocr.photo import Placed
from tests.bench.ocr.picture import Picture
from tests.bench.ocr.reallike import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.ocr.canvas import Canvas

CARD, PAGE, PAIR = (1280, 960), (1600, 1200), (2000, 1500)
LEVELS = ("L0", "L1", "L2", "L3", "L1r", "L2r", "L1c")
REAL = "R"
"""The level of drawings that have what real pictures have; they come with their own camera."""
HALVES = ("dev", "test")


@dataclass(frozen=True)
class Document:
    """A kind of document: which method reads it, how it is drawn, and how large its pictures are."""

    name: str
    key: str
    draw: Callable[[random.Random, fonts.Fonts], Canvas]
    frame: tuple[int, int] = CARD

    def has(self, level: str) -> bool:
        """Tell whether it is photographed at this level."""
        return level != REAL

    def picture(self, case: Case) -> Picture:
        """Draw and photograph it; always the same bytes for the same case."""
        rng = random.Random(f"{case.half} {self.name} {case.number}")
        documents, fields, frame = _documents(self, case.half, rng)
        seed = random.Random(f"{case.half} {self.name} {case.level[:2]} {case.number}").randrange(2**32)
        shot = photo.shoot(
            documents,
            frame,
            case.level,
            case.half,
            np.random.default_rng(seed),
            on_car=self.key == "platenum",
        )
        positions = {
            one.canvas.position: quad
            for one, quad in zip(documents, shot.quads, strict=True)
            if one.canvas.position
        }
        return Picture(shot.jpeg, (shot.width, shot.height), fields, positions)


@dataclass(frozen=True)
class RealLike:
    """A kind of document as real pictures show it, drawn and photographed by one function."""

    name: str
    key: str
    take: catalogue.Take

    def has(self, level: str) -> bool:
        """Tell whether it is photographed at this level."""
        return level == REAL

    def picture(self, case: Case) -> Picture:
        """Take it; always the same bytes for the same case."""
        return self.take(random.Random(f"{case.half} {self.name} {case.number}"), case.half)


DOCUMENTS: tuple[Document | RealLike, ...] = (
    Document("idcard-front", "idcard", idcard.front),
    Document("idcard-back", "idcard", idcard.back),
    Document("bankcard-flat", "bankcard", bankcard.flat),
    Document("bankcard-embossed", "bankcard", bankcard.embossed),
    Document("driving-front", "driving", licences.vehicle_front),
    Document("driving-back", "driving", licences.vehicle_back),
    Document("driving-both", "driving", licences.vehicle_front, PAIR),
    Document("drivinglicense", "drivinglicense", licences.driver),
    Document("bizlicense-landscape", "bizlicense", business.landscape, PAGE),
    Document("bizlicense-portrait", "bizlicense", business.portrait, PAGE[::-1]),
    Document("platenum", "platenum", plates.plate),
    Document("menu", "menu", papers.menu, PAGE[::-1]),
    Document("comm", "comm", papers.page, PAGE),
    *(RealLike(f"real-{name}", key, take) for name, (key, take) in catalogue.KINDS.items()),
)


@dataclass(frozen=True)
class Case:
    """One picture. The same number shows the same document at every level, and L1r is L1 turned."""

    document: Document | RealLike
    level: str
    half: str
    number: int

    @property
    def name(self) -> str:
        """Unique name, also of its file."""
        return f"{self.half}-{self.document.name}-{self.level}-{self.number:03}"

    def picture(self) -> Picture:
        """Draw and photograph it; always the same bytes for the same case."""
        return self.document.picture(self)


def cases(documents: tuple[str, ...], levels: tuple[str, ...], half: str, images: int) -> Iterator[Case]:
    """All cases of a run; `documents` are names or the beginnings of names, empty for all."""
    for number in range(images):
        for document in DOCUMENTS:
            if documents and not document.name.startswith(documents):
                continue
            for level in filter(document.has, levels):
                yield Case(document, level, half, number)


def _documents(
    document: Document, half: str, rng: random.Random
) -> tuple[list[Placed], dict[str, Any], tuple[int, int]]:
    chosen = fonts.choose(half, rng)
    if document.name != "driving-both":
        canvas = document.draw(rng, chosen)
        return [Placed(canvas)], canvas.fields, document.frame
    plate = people.plate(rng)
    first = licences.vehicle_front(rng, chosen, plate)
    second = licences.vehicle_back(rng, chosen, plate)
    below = rng.random() < 0.5
    where = (
        (rng.uniform(-2, 2), 60 + rng.uniform(2, 7))
        if below
        else (88 + rng.uniform(2, 7), rng.uniform(-2, 2))
    )
    placed = [Placed(first), Placed(second, *where, rng.uniform(-1.5, 1.5))]
    frame = document.frame[::-1] if below else document.frame
    return placed, first.fields | second.fields, frame
