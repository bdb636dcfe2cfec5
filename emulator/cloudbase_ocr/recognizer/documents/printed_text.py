"""Every line of printed text, in reading order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.fields.punctuation import with_right_marks
from cloudbase_ocr.recognizer.layout.pieces import pieces, rows

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.page.page import Page

# Pages carry more and smaller text than cards.
LONG_SIDE = 1280
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


def read(page: Page) -> dict[str, Any]:
    """``items`` of text and quad, ``img_size``. No text gives no items (ruling R19), never an error (R18)."""
    lines = [line for line in page.lines() if line.score >= READABLE]
    found = [
        piece for row in rows(pieces(lines)) for piece in row if len(row) > 1 or not _is_speck(piece.text)
    ]
    for number, piece in enumerate(found):
        page.note(f"items[{number}].text", [piece])
    return {
        "items": [
            {"text": _told_apart(with_right_marks(page, piece)), "pos": page.quad(piece.line.quad)}
            for piece in found
        ],
        "img_size": {"w": page.width, "h": page.height},
    }


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
