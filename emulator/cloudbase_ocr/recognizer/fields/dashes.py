"""The Chinese dash (——), which the network reads as nothing or as 一: told by its stroke between two characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.crop import straighten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture
    from cloudbase_ocr.recognizer.layout.pieces import Piece

DASH = "——"
_STROKES = "一—-ー―"
# What it is read as, between two other characters.
_READ_AS = re.compile(f"(?<=[^{_STROKES}])[{_STROKES}]?(?=[^{_STROKES}])")


@dataclass(frozen=True)
class DashParams:
    """When a stroke between two characters is a dash.

    Lengths along the line are in pitches, the usual distance from one Chinese character to the next, of which there
    have to be `fewest`: the characters on both sides of a dash are three apart, `nearest` to `farthest`, and half of
    each and a margin, together `side`, is not looked at. Across the line they are in heights of the line: the stroke is
    at most `thickest` and its middle `off` the line's middle at most.

    `covered`: it reaches over this share of what is looked at. `ink` is darker than the paper by this share of what the
    line's own ink is darker; `clean`: of the rest of what is looked at, no more is ink.
    """

    fewest: int = 3
    nearest: float = 2.6
    farthest: float = 3.7
    side: float = 0.65
    thickest: float = 0.2
    off: float = 0.2
    covered: float = 0.85
    ink: float = 0.35
    clean: float = 0.03


DASHES = DashParams()


def dashes(picture: Picture, piece: Piece, params: DashParams = DASHES) -> Iterator[tuple[int, int]]:
    """Where dashes are in the text of a piece: what they take the place of, which may be nothing."""
    centers = np.array(piece.line.centers[piece.start : piece.end])
    pitch = _pitch(piece.text, centers, params)
    if pitch is None:
        return
    crop: NDArray[np.uint8] | None = None
    for found in _READ_AS.finditer(piece.text):
        start, end = found.span()
        apart = (centers[end] - centers[start - 1]) / pitch
        if params.nearest <= apart <= params.farthest:
            crop = _grey(picture, piece) if crop is None else crop
            left, right = centers[start - 1] + params.side * pitch, centers[end] - params.side * pitch
            if _is_stroke(crop, left, right, params):
                yield start, end


def _pitch(text: str, centers: NDArray[np.float64], params: DashParams) -> float | None:
    """How far one Chinese character is from the next, as a share of the line's length."""
    steps = [
        centers[place + 1] - centers[place]
        for place, pair in enumerate(pairwise(text))
        if all("\u4e00" <= each <= "\u9fff" for each in pair) and not set(pair) & set(_STROKES)
    ]
    return float(np.median(steps)) if len(steps) >= params.fewest else None


def _grey(picture: Picture, piece: Piece) -> NDArray[np.uint8]:
    crop: NDArray[np.uint8] = np.asarray(
        cv2.cvtColor(straighten(picture, piece.line.quad), cv2.COLOR_BGR2GRAY)
    )
    return crop


def _is_stroke(crop: NDArray[np.uint8], left: float, right: float, params: DashParams) -> bool:
    """Whether nothing but one thin stroke along the middle is between two places of a line, shares of its length."""
    height, width = crop.shape
    paper = float(np.median(crop))
    depth = np.abs(crop.astype(np.float32) - paper)
    ink = depth[:, round(left * width) : round(right * width)] > params.ink * np.percentile(depth, 98)
    if not ink.size:
        return False
    (rows,) = np.nonzero(ink.mean(axis=1) >= params.covered)
    if not len(rows):
        return False
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    thin = bottom - top <= max(2.0, params.thickest * height)
    level = abs((top + bottom) / 2 - height / 2) <= params.off * height
    around = np.delete(ink, range(max(0, top - 2), min(height, bottom + 2)), axis=0)
    return thin and level and bool(around.mean() <= params.clean)
