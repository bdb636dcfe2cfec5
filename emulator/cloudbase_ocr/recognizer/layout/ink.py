"""Whether there is print in a place: a blank line of a form is not worth reading.

Print is what is as dark against the paper around it as the labels are, or as light on dark paper; ruled lines, dots
and grounds are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.layout.pieces import quad_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece


@dataclass(frozen=True)
class InkParams:
    """What is print; lengths in pixels of a crop that is `height` pixels high and shows one row with air around it.

    `stroke`: strokes are narrower than this, so that print stands out from what is around it. `contrast`: print stands
    out by this share of what labels do, which is measured on `labels` of them, at their `strongest` hundredth, and is
    at `least` so many grey levels.

    `thick`: upright strokes are at least so high, and ruled lines are not; `tall`: a character has one of at least
    this height. `edge`: what has its middle in this share of the crop, at its top or bottom, is of the rows beside it.
    """

    height: int = 48
    stroke: int = 25
    contrast: float = 0.3
    least: float = 40.0
    labels: int = 6
    strongest: float = 3.0
    thick: int = 7
    tall: int = 11
    edge: float = 0.2


INK = InkParams()


@dataclass(frozen=True)
class Ink:
    """How far print stands out, in grey levels, and whether it is darker than the paper."""

    contrast: float
    dark: bool = True


def ink_of(picture: Picture, labels: Sequence[Piece], params: InkParams = INK) -> Ink:
    """The ink of a form, from its labels as they were read; the least that counts without any."""
    found = []
    for piece in labels[: params.labels]:
        crop = _row(picture, quad_of(piece), params)
        low, paper, high = np.percentile(crop, (params.strongest, 50, 100 - params.strongest)).tolist()
        found.append((paper - low, high - paper))
    if not found:
        return Ink(params.least)
    dark, light = np.median(found, axis=0).tolist()
    return Ink(max(params.least, dark, light), dark >= light)


def has_print(
    picture: Picture,
    quad: Quad,
    ink: Ink,
    covered: Sequence[tuple[float, float]] = (),
    params: InkParams = INK,
) -> bool:
    """Whether anything in the quad looks like characters, apart from the stretches that are `covered`.

    These are shares of the quad's length.
    """
    crop = _row(picture, quad, params)
    mask = (_standing_out(crop, dark=ink.dark, params=params) > params.contrast * ink.contrast).astype(
        np.uint8
    )
    width = mask.shape[1]
    for start, end in covered:
        mask[:, max(0, int(start * width)) : max(0, int(np.ceil(end * width)))] = 0
    upright = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((params.thick, 1), np.uint8))
    _, _, found, middles = cv2.connectedComponentsWithStats(upright)
    return any(
        params.tall <= high < params.height and params.edge < middle / params.height < 1 - params.edge
        for high, middle in zip(found[1:, cv2.CC_STAT_HEIGHT].tolist(), middles[1:, 1].tolist(), strict=True)
    )


def _row(picture: Picture, quad: Quad, params: InkParams) -> NDArray[np.uint8]:
    """A place in grey, at the height that lengths are given for."""
    crop = cv2.cvtColor(straighten(picture, quad), cv2.COLOR_BGR2GRAY)
    width = max(1, round(crop.shape[1] * params.height / crop.shape[0]))
    how = cv2.INTER_AREA if crop.shape[0] > params.height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (width, params.height), interpolation=how), np.uint8)


def _standing_out(row: NDArray[np.uint8], *, dark: bool, params: InkParams) -> NDArray[np.uint8]:
    """By how much each pixel is darker, or lighter, than the paper around it."""
    kernel = np.ones((params.stroke, params.stroke), np.uint8)
    return np.asarray(
        cv2.morphologyEx(row, cv2.MORPH_BLACKHAT if dark else cv2.MORPH_TOPHAT, kernel), np.uint8
    )
