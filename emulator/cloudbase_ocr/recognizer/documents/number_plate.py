"""A vehicle's number plate: blue, green, yellow, white or black, in one row or two.

Plates are looked for by their colours and edges first, and read at once: most photos need no search for text. Where
that tells nothing, text is looked for, and places where a row of it may be a plate are read. Then other directions are
tried, where something like a plate is seen in them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checks
from cloudbase_ocr.recognizer.fields.plate_grammar import plate
from cloudbase_ocr.recognizer.fields.plate_reading import (
    PLATE_READING,
    Place,
    PlateReading,
    likeliest,
    reading_of,
)
from cloudbase_ocr.recognizer.fields.reading import Reading, Resolved
from cloudbase_ocr.recognizer.image.geometry import Line, box, height, width
from cloudbase_ocr.recognizer.image.plate_regions import is_coloured, plate_regions
from cloudbase_ocr.recognizer.layout.pieces import pieces
from cloudbase_ocr.recognizer.layout.plate_places import rows_of_plates, two_rows_of_plates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.image.geometry import Picture
    from cloudbase_ocr.recognizer.page.page import Page


@dataclass(frozen=True)
class PlateParams:
    """Which places are read as plates, and when a picture is taken to show one.

    `one_row`, `two_rows`: from, or up to, which width for its height a place is read as one row, or as two. `longest`:
    no plate is longer. `small`: a picture whose longer side is no longer, in pixels, may be a plate in two rows alone.

    `pale`: at first sight a plate must have a colour of at least this saturation (0 to 255), for documents show numbers
    of plates on white. `upright`: a number with this score tells that the picture stands upright, be it doubtful.

    `few`: with so few lines of text, a picture without a plate is tried in the other directions; so many `turned`
    places are read in each. `larger`: once a plate is certain, only places so many times as high are read.

    `plate`, `plate_large`, `plate_colour`: the chance that a number's form alone tells a plate; that its height does,
    from the share `large` of the picture's; and that its colour does, from the saturation `saturated` (0 to 255).
    """

    one_row: float = 2.1
    two_rows: float = 2.6
    longest: float = 6.5
    small: int = 400
    few: int = 10
    turned: int = 3
    larger: float = 1.3
    pale: int = 40
    upright: float = -8.0
    plate: float = 0.3
    plate_large: float = 0.5
    plate_colour: float = 0.6
    large: float = 0.04
    saturated: int = 90


NUMBER_PLATE = PlateParams()


def read(page: Page) -> Reading:
    """``number``. Of several plates the largest is read. Raises `DocumentNotFound`."""
    known = page.turned is not None
    if known and contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no number plate found in the picture: this is a document")
    sent = page.turned_by(0)
    seen = _readings(sent, _outlines(sent.picture))
    coloured = [
        each
        for each in seen
        if is_coloured(sent.picture, each.place.quad, NUMBER_PLATE.pale) or _fills(sent.picture, each)
    ]
    found = likeliest(coloured, PLATE_READING.sure)
    if found is None:
        return _answer(*_looked_for(page, seen))
    if not known:
        page.take(_line(found))
    return _answer(sent, found)


def _looked_for(page: Page, seen: Sequence[PlateReading]) -> tuple[Page, PlateReading]:
    """A plate on a picture where none is certain at first sight, with the page that it was found on.

    `seen` are the readings of the picture as it was sent.
    """
    lines = page.as_sent().lines()
    if contradicts(READER.key, lines):
        raise DocumentNotFound("no number plate found in the picture: this is a document")
    rows = [Place(quad) for quad in rows_of_plates(lines)]
    places = chain(rows, (Place(quad, 2) for quad in two_rows_of_plates(lines)))
    readings = [*(() if page.turned else seen), *_readings(page, places)]
    found = likeliest(readings, PLATE_READING.enough)
    if found is not None:
        return page, found
    if len(lines) <= NUMBER_PLATE.few and all(each.score < NUMBER_PLATE.upright for each in readings):
        for turned, also in _other_directions(page):
            found = likeliest(
                _readings(turned, chain(also, _outlines(turned.picture, NUMBER_PLATE.turned))),
                PLATE_READING.enough,
            )
            if found is not None:
                return turned, found
    raise DocumentNotFound("no number plate found in the picture: nothing reads as a plate's number")


def _other_directions(page: Page) -> Iterator[tuple[Page, Iterable[Place]]]:
    """The picture in the three other directions; upside down with the text that was found."""
    high, wide = page.picture.shape[:2]
    lines = [replace(line, quad=[wide, high] - np.roll(line.quad, 2, axis=0)) for line in page.lines()]
    rows = [line.quad for line in lines if line.width >= NUMBER_PLATE.one_row * line.height]
    highest = sorted(rows, key=height, reverse=True)[: NUMBER_PLATE.turned]
    around = (page.turned or 0) // 90
    places = [*map(Place, highest), *(Place(quad, 2) for quad in two_rows_of_plates(lines))]
    yield page.turned_by((around + 2) % 4), places
    for more in (1, 3):
        yield page.turned_by((around + more) % 4), ()


def _answer(page: Page, found: PlateReading) -> Reading:
    line = _line(found)
    evidence = page.evidence(pieces([line]), line.score)
    return Reading.of({"number": Resolved(found.best, evidence)})


def _line(found: PlateReading) -> Line:
    """A plate's number as a line of text."""
    length = len(found.best)
    centers = tuple((place + 0.5) / length for place in range(length))
    return Line(found.best, found.place.quad, (found.share,) * length, centers)


def _readings(page: Page, places: Iterable[Place]) -> list[PlateReading]:
    """What the places say that may say a number; once one is certain, only larger ones are read."""
    found: list[PlateReading] = []
    certain = 0.0
    for place in places:
        if height(place.quad) / place.rows < NUMBER_PLATE.larger * certain:
            continue
        reading = reading_of(place, page.plate(place.quad, place.rows))
        if reading is not None:
            found.append(reading)
            if likeliest(found, PLATE_READING.sure) is reading:
                certain = reading.row_height
    return found


def _outlines(picture: Picture, most: int | None = None) -> Iterator[Place]:
    """Places that look like a plate, by colours and edges, or as the whole picture does."""
    high, wide = picture.shape[:2]
    whole = box(0, 0, wide, high)
    if NUMBER_PLATE.one_row <= wide / high <= NUMBER_PLATE.longest or max(high, wide) <= NUMBER_PLATE.small:
        yield from _in_rows(whole)
    for quad in plate_regions(picture)[:most]:
        yield from _in_rows(quad)


def _in_rows(quad: np.ndarray) -> Iterator[Place]:
    ratio = width(quad) / max(1e-6, height(quad))
    if ratio >= NUMBER_PLATE.one_row:
        yield Place(quad)
    if ratio <= NUMBER_PLATE.two_rows:
        yield Place(quad, 2)


def _fills(picture: Picture, reading: PlateReading) -> bool:
    """Whether a reading is of the whole picture."""
    return bool(np.array_equal(reading.place.quad, box(0, 0, picture.shape[1], picture.shape[0])))


def _score(lines: Sequence[Line], picture: Picture) -> Iterator[float]:
    """A number of a plate's form; better a large one, on a plate's colour."""
    found = [line for line in lines if plate(line.text)]
    found += [
        second
        for first in lines
        for second in lines
        if first is not second and len(first.text) <= 3 and plate(first.text + second.text)
    ]
    if not found:
        return
    line = max(found, key=lambda line: line.height)
    yield NUMBER_PLATE.plate
    if line.height >= NUMBER_PLATE.large * picture.shape[0]:
        yield NUMBER_PLATE.plate_large
    if is_coloured(picture, line.quad, NUMBER_PLATE.saturated):
        yield NUMBER_PLATE.plate_colour


def _checks(texts: Texts) -> Found:
    yield from checks.plate("number", texts.get("number", ""))


READER = DocumentReader(key="platenum", read=read, checks=_checks, score=_score)
