"""A vehicle's number plate: blue, green, yellow, white or black, in one row or two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checks, formats
from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED, Reading, Resolved
from cloudbase_ocr.recognizer.fields.resolve import resolve
from cloudbase_ocr.recognizer.fields.spec import FieldSpec
from cloudbase_ocr.recognizer.image.geometry import bounds
from cloudbase_ocr.recognizer.layout.pieces import Piece, joined, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.image.geometry import Line, Picture
    from cloudbase_ocr.recognizer.page.page import Page

# Blue, green and yellow as OpenCV counts hues.
PLATE_HUES = ((98, 130), (38, 90), (12, 36))
# Characters that a part of a plate may be read with, and the marks among them that are no part of the number.
_PART = re.compile(r"[A-Z0-9\u4e00-\u9fff·•.\s-]{1,12}")
_SEPARATORS = re.compile(r"[\s·•.\-—_:：,]")
# A plate without its first character, and one whose first character is no province: both are read again.
_HEADLESS = re.compile(f"[A-Z][A-Z0-9]{{4,5}}[A-Z0-9{formats.PLATE_ENDS}]")
_WHOLE = re.compile(f"[\u4e00-\u9fff]{_HEADLESS.pattern}")
# Plates of embassies: 使014578 on the black ones, 224578使 on those since 2017 (GA 36).
_EMBASSY = re.compile("使[0-9]{6}|[0-9]{6}使")


@dataclass(frozen=True)
class PlateParams:
    """How the parts of a plate stand; lengths in their heights. The detector's boxes are wider than the characters.

    `overlap`, `apart`: the parts of a row overlap at most so much and stand at most so far apart. `below`: the second
    row stands at most so far below the first. `few`: with so few pieces of text, a picture without a plate is tried in
    the other directions. `character`, `gap`: a character's box is about half as wide as high, and the province stands
    with a gap before the rest.

    `plate`, `plate_large`, `plate_colour`: the chance that a number's form alone tells a plate; that its height does,
    from the share `large` of the picture's; and that its colour does, from the saturation `saturated` (0 to 255).
    """

    overlap: float = 0.7
    apart: float = 1.5
    below: float = 2.2
    few: int = 10
    character: float = 0.5
    gap: float = 0.75
    plate: float = 0.3
    plate_large: float = 0.5
    plate_colour: float = 0.6
    large: float = 0.04
    saturated: int = 90


NUMBER_PLATE = PlateParams()


def number(text: str) -> str:
    """A plate's number without the point in it, or nothing."""
    plain = _SEPARATORS.sub("", text)
    return formats.plate(text) or (plain if _EMBASSY.fullmatch(plain) else "")


NUMBER = FieldSpec(number, formats.PLATE.only)


def read(page: Page) -> Reading:
    """``number``. Of several plates the largest is read. Raises `DocumentNotFound`."""
    found = pieces(page.lines(), page.rectification)
    if contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no number plate is to be seen: this is a document")
    # Two rows of few characters, lying on their side, do not tell which way is up.
    ways = chain([page], page.other_ways() if 0 < len(found) <= NUMBER_PLATE.few else ())
    answer = next((each for each in map(_number, ways) if each.value), UNRESOLVED)
    if not answer.value:
        raise DocumentNotFound("no number plate is to be seen: no text has the form of a plate's number")
    return Reading.of({"number": answer})


def _number(page: Page) -> Resolved:
    """The number of the largest plate that can be read."""
    groups = sorted(_groups(pieces(page.lines(), page.rectification)), key=_size, reverse=True)
    resolved = (_resolved(page, group) for group in groups)
    return next((each for each in resolved if each.value), UNRESOLVED)


def _resolved(page: Page, group: Sequence[Sequence[Piece]]) -> Resolved:
    """The number of one plate, given as its rows, each with its parts from left to right."""
    parts = [piece for row in group for piece in row]
    if number(joined(parts)):
        return resolve(page, parts, NUMBER)
    if len(group) > 1:
        return UNRESOLVED
    # The detector cuts a province off or loses it; in one crop with its row it is read well.
    height = max(piece.height for piece in parts)
    lost = not _WHOLE.fullmatch(_plain(joined(parts)))
    left = parts[0].left - (NUMBER_PLATE.character + NUMBER_PLATE.gap) * height * lost
    middle = float(np.mean([piece.middle for piece in parts]))
    box = page.rectification.box(left, middle - height / 2, parts[-1].right, middle + height / 2)
    again = pieces([page.recognize_again(box, NUMBER.only)], page.rectification)
    return resolve(page, again, NUMBER) if again and number(joined(again)) else UNRESOLVED


def _groups(found: Sequence[Piece]) -> Iterator[list[list[Piece]]]:
    """Pieces that may be a whole plate: a row, or a short row above a longer one."""
    likely = [piece for piece in found if _PART.fullmatch(piece.text)]
    strips = [strip for piece in likely for strip in _strips(piece, likely)]
    for strip in strips:
        text = _plain(joined(strip))
        if number(text) or _WHOLE.fullmatch(text) or _HEADLESS.fullmatch(text):
            yield [strip]
        for other in strips:
            if _under(strip, other) and number(joined([*strip, *other])):
                yield [strip, other]


def _strips(first: Piece, likely: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The row that begins with a piece: it alone, with the next part, and so on."""
    strip = [first]
    yield list(strip)
    while len(strip) < 3:
        following = [piece for piece in likely if piece not in strip and _beside(strip[-1], piece)]
        if not following:
            return
        strip.append(min(following, key=lambda piece: piece.centre))
        yield list(strip)


def _beside(first: Piece, second: Piece) -> bool:
    height = max(first.height, second.height)
    return (
        abs(first.middle - second.middle) < 0.5 * height
        and first.centre < second.centre
        and -NUMBER_PLATE.overlap * height < second.left - first.right < NUMBER_PLATE.apart * height
    )


def _under(above: Sequence[Piece], below: Sequence[Piece]) -> bool:
    height = max(piece.height for piece in [*above, *below])
    down = float(np.mean([piece.middle for piece in below]) - np.mean([piece.middle for piece in above]))
    return (
        0.4 * height < down < NUMBER_PLATE.below * height
        and below[0].left - height < above[0].left
        and above[-1].right < below[-1].right + height
    )


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", text)


def _size(group: Sequence[Sequence[Piece]]) -> float:
    parts = [piece for row in group for piece in row]
    return max(piece.height for piece in parts) * (1 + bool(number(joined(parts))))


def _score(lines: Sequence[Line], picture: Picture) -> Iterator[float]:
    """A number of a plate's form; better a large one, on a plate's colour."""
    found = [line for line in lines if formats.plate(line.text)]
    found += [
        second
        for first in lines
        for second in lines
        if first is not second and len(first.text) <= 3 and formats.plate(first.text + second.text)
    ]
    if not found:
        return
    line = max(found, key=lambda line: line.height)
    yield NUMBER_PLATE.plate
    if line.height >= NUMBER_PLATE.large * picture.shape[0]:
        yield NUMBER_PLATE.plate_large
    if _coloured(picture, line):
        yield NUMBER_PLATE.plate_colour


def _coloured(picture: Picture, line: Line) -> bool:
    """Whether what is around the characters is blue, green or yellow."""
    low, high = bounds(line.quad)
    left, top = np.clip(np.floor(low), 0, None).astype(int)
    right, bottom = np.ceil(high).astype(int)
    part = picture[top:bottom, left:right]
    if not part.size:
        return False
    hue, saturation, _ = np.median(cv2.cvtColor(part, cv2.COLOR_BGR2HSV).reshape(-1, 3), axis=0)
    return bool(saturation >= NUMBER_PLATE.saturated and any(low <= hue <= high for low, high in PLATE_HUES))


def _checks(texts: Texts) -> Found:
    yield from checks.plate("number", texts.get("number", ""))


READER = DocumentReader(key="platenum", read=read, checks=_checks, score=_score)
