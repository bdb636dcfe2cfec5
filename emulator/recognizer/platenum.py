"""`platenum`: a vehicle's number plate, blue, green or yellow, in one row or two."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulator.recognizer import values
from emulator.recognizer.errors import DocumentNotFound
from emulator.recognizer.layout import Piece, joined, pieces
from emulator.recognizer.settle import settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emulator.recognizer.page import Page

LONG_SIDE = 960
# Vehicle licences carry the plate's number too.
PAPERS = re.compile("行驶证|号牌号码|车辆类型|档案编号|身份证|驾驶证|营业执照|经营范围")
# The two parts of a plate in one row stand at most this many heights apart, its two rows this many below.
APART, BELOW = 1.5, 2.2
# Characters that a part of a plate may be read with, before the point between the parts is taken out.
_PART = re.compile(r"[A-Z0-9\u4e00-\u9fff·•.\s-]{1,12}")


def read(page: Page) -> dict[str, Any]:
    """``number``. Of several plates the largest is read. Raises `DocumentNotFound`."""
    found = pieces(page.lines(), page.frame)
    if any(PAPERS.search(piece.text) for piece in found):
        raise DocumentNotFound("no number plate is to be seen: this is a document")
    for group in sorted(_groups(found), key=_size, reverse=True):
        number = settle(page, "number", group, values.PLATE)
        if number:
            return {"number": number}
    raise DocumentNotFound("no number plate is to be seen: no text has the form of a plate's number")


def _groups(found: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Pieces that may be a whole plate: alone, or two of them beside or below each other."""
    likely = [piece for piece in found if _PART.fullmatch(piece.text)]
    for piece in likely:
        length = len(re.sub("[^A-Z0-9\u4e00-\u9fff]", "", piece.text))
        if (
            length in (7, 8)
            and sum(character.isascii() and character.isalnum() for character in piece.text) >= 5
        ):
            yield [piece]
        for other in likely:
            if other is not piece and _together(piece, other) and values.plate(joined([piece, other])):
                yield [piece, other]


def _together(first: Piece, second: Piece) -> bool:
    height = max(first.height, second.height)
    beside = (
        abs(first.middle - second.middle) < 0.5 * height
        and -0.3 * height < second.left - first.right < APART * height
    )
    below = (
        0.4 * height < second.middle - first.middle < BELOW * height
        and second.left - height < first.left < second.right
    )
    return beside or below


def _size(group: Sequence[Piece]) -> float:
    return max(piece.height for piece in group) * (1 + bool(values.plate(joined(group))))
