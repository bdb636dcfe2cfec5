"""Marks of printed text that need a closer reading: per mille, and the full stop behind Latin letters.

A page's lines are long, so a small mark has few pixels in them. The stretch around it is read again by itself, enlarged
and with room behind it. A mark is changed only when the augmented readings agree on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.image.geometry import lengthened
from cloudbase_ocr.recognizer.layout.pieces import part, quad_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

# The second ring of ‰ is read as one of these behind %, or not at all.
RINGS = "0oO"
_PERCENT = re.compile(f"(?<=[0-9])%([{RINGS}]?)(?![0-9A-Za-z])")
_STOP = re.compile(r"(?<=[A-Za-z])\.$")
# Behind a real % no ring has more than 0.02 of the probability; behind a blurred ‰ it has 0.1 and more.
RING = 0.1
# So many characters before a mark are read with it, and one behind it.
BEFORE = 4
# Room behind the last mark of a line, in its heights: the detector's box ends at the ink.
ROOM = 0.6
# Each augmented reading must give the full stop with this confidence.
MARK_CONFIDENCE = 0.6


def closely(page: Page, piece: Piece) -> str:
    """The text of a piece, its doubtful marks read again."""
    text = piece.text
    for found in reversed(list(_PERCENT.finditer(text))):
        if _has_ring(page, piece, found):
            text = f"{text[: found.start()]}‰{text[found.end() :]}"
    if _STOP.search(text) and _is_round(page, piece):
        text = f"{text[:-1]}。"
    return text


def _has_ring(page: Page, piece: Piece, found: re.Match[str]) -> bool:
    """Whether a ring stands behind the per cent mark: then it is ‰."""
    if found[1]:
        return True
    start, end = max(0, found.start() - BEFORE), min(len(piece.text), found.end() + 1)
    around = piece.text[start:end]
    texts = page.hypotheses(quad_of(part(piece, start, end)), {*around, *RINGS, "‰"})
    ring = re.compile(f"%[{RINGS}]|‰")
    with_it = sum(probability for text, probability in texts if ring.search(text))
    without = sum(probability for text, probability in texts if "%" in text and not ring.search(text))
    return with_it >= RING * (with_it + without) and with_it > 0


def _is_round(page: Page, piece: Piece) -> bool:
    """Whether the last mark of a line is the Chinese full stop, whose blank half is outside the line's box."""
    length = len(piece.text)
    quad = lengthened(quad_of(part(piece, max(0, length - BEFORE), length)), ROOM)
    return _agreed((line.text[-1:], line.scores[-1:]) for line in page.augmented(quad))


def _agreed(ends: Iterable[tuple[str, tuple[float, ...]]]) -> bool:
    return all(text == "。" and scores[0] >= MARK_CONFIDENCE for text, scores in ends)
