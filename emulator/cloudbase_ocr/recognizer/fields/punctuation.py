"""Punctuation that a line's box cuts off or a long line makes too small: it is read again by itself.

A full stop or a bracket at the end of a line is narrow ink in a wide cell, and the detector's box ends at the ink. In
the long lines of a page, per mille and the full stop behind Latin letters have few pixels: the stretch around them is
read again enlarged, and changed only when the augmented readings agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.fields.dashes import DASH, dashes
from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.image.geometry import lengthened
from cloudbase_ocr.recognizer.layout.pieces import part, pieces, quad_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

# What may stand at the end of a line.
END_MARKS = "。；，、：）)”》.;,:"
# What no other mark follows.
LAST_MARKS = "。；，、：;,:"
# The second ring of ‰ is read as one of these behind %, or not at all.
RINGS = "0oO"
_PERCENT = re.compile(f"(?<=[0-9])%([{RINGS}]?)(?![0-9A-Za-z])")
_STOP = re.compile(r"(?<=[A-Za-z])\.$")


@dataclass(frozen=True)
class PunctuationParams:
    """What reading punctuation again goes by; lengths are in heights of the line.

    `min_confidence`: a mark is taken that is read with it. `beyond`: a mark is looked for so far behind the end of a
    line. `ink`: ink is darker than the paper by this share of what the line's own ink is darker.

    `context`: so many characters before a mark are read with it, and one behind it. `room`: so much is read behind the
    last mark of a line. `ring`: the share of the probability that makes % a ‰. Behind a real % no ring has more than
    0.02 of it; behind a blurred ‰ it has 0.1 and more.
    """

    min_confidence: float = 0.6
    beyond: float = 0.7
    ink: float = 0.25
    context: int = 4
    room: float = 0.6
    ring: float = 0.1


PUNCTUATION = PunctuationParams()


def with_end_mark(page: Page, piece: Piece, params: PunctuationParams = PUNCTUATION) -> Piece:
    """The piece with the mark that follows it, if there is one and it is read with confidence; else as it is."""
    if not piece.text or piece.text[-1] in LAST_MARKS or piece.end < len(piece.line.text):
        return piece
    quad = quad_of(piece)
    if not _ink_beyond(page.picture, quad, params):
        return piece
    line = page.recognize_again(lengthened(quad, params.beyond))
    same = line.text[-3:-1] == piece.text[-2:]
    if same and line.text[-1] in END_MARKS and line.scores[-1] >= params.min_confidence:
        return pieces([line], page.rectification)[0]
    return piece


def with_right_marks(page: Page, piece: Piece, params: PunctuationParams = PUNCTUATION) -> str:
    """The text of a piece, its doubtful marks read again."""
    text = piece.text
    right = [(start, end, DASH) for start, end in dashes(page.picture, piece)]
    right += [
        (found.start(), found.end(), "‰")
        for found in _PERCENT.finditer(text)
        if _has_ring(page, piece, found, params)
    ]
    for start, end, mark in sorted(right, reverse=True):
        text = f"{text[:start]}{mark}{text[end:]}"
    if _STOP.search(text) and _is_round(page, piece, params):
        text = f"{text[:-1]}。"
    return text


def _ink_beyond(picture: Picture, quad: Quad, params: PunctuationParams) -> bool:
    """Whether there is ink close behind the end of a line."""
    crop = cv2.cvtColor(straighten(picture, lengthened(quad, params.beyond)), cv2.COLOR_BGR2GRAY)
    tail = max(1, round(crop.shape[0] * params.beyond))
    inside, behind = crop[:, :-tail], crop[crop.shape[0] // 8 : -max(1, crop.shape[0] // 8), -tail:]
    if not inside.size or not behind.size:
        return False
    paper, ink = np.percentile(inside, (80, 2))
    return bool(paper - np.percentile(behind, 1) > params.ink * (paper - ink))


def _has_ring(page: Page, piece: Piece, found: re.Match[str], params: PunctuationParams) -> bool:
    """Whether a ring stands behind the per cent mark: then it is ‰."""
    if found[1]:
        return True
    start, end = max(0, found.start() - params.context), min(len(piece.text), found.end() + 1)
    around = piece.text[start:end]
    texts = page.hypotheses(quad_of(part(piece, start, end)), {*around, *RINGS, "‰"})
    ring = re.compile(f"%[{RINGS}]|‰")
    with_it = sum(probability for text, probability in texts if ring.search(text))
    without = sum(probability for text, probability in texts if "%" in text and not ring.search(text))
    return with_it >= params.ring * (with_it + without) and with_it > 0


def _is_round(page: Page, piece: Piece, params: PunctuationParams) -> bool:
    """Whether the last mark of a line is the Chinese full stop, whose blank half is outside the line's box."""
    length = len(piece.text)
    quad = lengthened(quad_of(part(piece, max(0, length - params.context), length)), params.room)
    ends = ((line.text[-1:], line.scores[-1:]) for line in page.augmented(quad))
    return _agreed(ends, params.min_confidence)


def _agreed(ends: Iterable[tuple[str, tuple[float, ...]]], confidence: float) -> bool:
    return all(text == "。" and scores[0] >= confidence for text, scores in ends)
