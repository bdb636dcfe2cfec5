"""Marks that a line's box cuts off: a full stop or a bracket at the end is narrow ink in a wide cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.fields.spec import MIN_CONFIDENCE
from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.image.geometry import lengthened
from cloudbase_ocr.recognizer.layout.pieces import pieces, quad_of

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

MARKS = "。；，、：）)”》.;,:"
# No other mark follows these.
LAST = "。；，、：;,:"
# Looked for so far beyond the end of a row, in line heights.
BEYOND = 0.7
# Ink is darker than the paper by this share of what the row's own ink is darker.
INK = 0.25


def to_its_end(page: Page, piece: Piece) -> Piece:
    """The piece with the mark that follows it, if there is one and it is read with confidence; else as it is."""
    if not piece.text or piece.text[-1] in LAST or piece.end < len(piece.line.text):
        return piece
    quad = quad_of(piece)
    if not ink_beyond(page.picture, quad):
        return piece
    line = page.recognize_again(lengthened(quad, BEYOND))
    same = line.text[-3:-1] == piece.text[-2:]
    if same and line.text[-1] in MARKS and line.scores[-1] >= MIN_CONFIDENCE:
        return pieces([line], page.rectification)[0]
    return piece


def ink_beyond(picture: Picture, quad: Quad) -> bool:
    """Whether there is ink close behind the end of a row."""
    crop = cv2.cvtColor(straighten(picture, lengthened(quad, BEYOND)), cv2.COLOR_BGR2GRAY)
    tail = max(1, round(crop.shape[0] * BEYOND))
    inside, behind = crop[:, :-tail], crop[crop.shape[0] // 8 : -max(1, crop.shape[0] // 8), -tail:]
    if not inside.size or not behind.size:
        return False
    paper, ink = np.percentile(inside, (80, 2))
    return bool(paper - np.percentile(behind, 1) > INK * (paper - ink))
