"""Every line of printed text, in reading order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.fields.punctuation import with_right_marks
from cloudbase_ocr.recognizer.fields.reading import Reading
from cloudbase_ocr.recognizer.layout.pieces import pieces, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudbase_ocr.recognizer.image.geometry import Line, Picture
    from cloudbase_ocr.recognizer.page.page import Page

# Under this mean confidence a line is texture, not text: a wrong line is worse than a missing one.
READABLE = 0.5
# A mark's blank half is outside the line's box at the end of a line, so its width cannot be seen there.
# After a Chinese character it is the wide one.
WIDE = dict(zip(":,;!?", "：，；！？", strict=True))
# What looks alike, told apart by what stands around it: the dash between digits (800一1500) is no character, behind
# an amount stands the unit, not a number (750m1), and before one the currency (价值V49.90).
_CONFUSED = (
    (re.compile("(?<=[0-9])一(?=[0-9])"), "—"),
    (re.compile("(?<=[0-9])m1(?![0-9A-Za-z])"), "ml"),
    (re.compile("(?<=[价值额款费金付售收])[VY](?=[0-9])"), "￥"),
)
_BETWEEN = re.compile("(?<=[\u4e00-\u9fff])[:,;!?](?=[\u4e00-\u9fff])")


@dataclass(frozen=True)
class PrintedTextParams:
    """The chance that a picture is to be read as text.

    `text`, `no_text`: a picture with text shows at least text; one without may be anything. `running`: each line of
    `long_line` characters is a sign of running text.
    """

    text: float = 0.3
    no_text: float = 0.01
    running: float = 0.04
    long_line: int = 15


PRINTED_TEXT = PrintedTextParams()


def read(page: Page) -> Reading:
    """``items`` of text and quad, ``img_size``. No text gives no items (ruling R19), never an error (R18)."""
    lines = [line for line in page.lines() if line.score >= READABLE]
    found = [
        piece for row in rows(pieces(lines)) for piece in row if len(row) > 1 or not _is_speck(piece.text)
    ]
    items = [
        {"text": _told_apart(with_right_marks(page, piece)), "pos": page.quad(piece.line.quad)}
        for piece in found
    ]
    return Reading(
        {"items": items, "img_size": {"w": page.width, "h": page.height}},
        {f"items[{number}].text": page.evidence([piece]) for number, piece in enumerate(found)},
    )


def _is_speck(text: str) -> bool:
    """A single mark alone in its row is an edge or a stain."""
    return len(text) == 1 and not text.isalnum()


def _told_apart(text: str) -> str:
    for pattern, right in _CONFUSED:
        text = pattern.sub(right, text)
    text = _BETWEEN.sub(lambda mark: WIDE[mark[0]], text)
    if len(text) > 1 and text[-1] in WIDE and text[-2] > "\u4e00":
        return text[:-1] + WIDE[text[-1]]
    return text


def _score(lines: Sequence[Line], _picture: Picture) -> Iterator[float]:
    yield PRINTED_TEXT.text if lines else PRINTED_TEXT.no_text
    yield from (PRINTED_TEXT.running for line in lines if len(line.text) >= PRINTED_TEXT.long_line)


READER = DocumentReader(
    key="comm",
    read=read,
    checks=None,
    score=_score,
    long_side=1280,  # pages carry more and smaller text than cards
    every_script=True,
)
