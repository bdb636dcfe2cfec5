"""Test-time augmentation of one line: wider and narrower margins, and softer. Sharper makes noise of blurred print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.image.geometry import bounds, box, grown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture, Points, Quad


@dataclass(frozen=True)
class AugmentParams:
    """How pictures are augmented.

    `margins`: a line is cut out with each of these around it, in heights of the line, and once more with `soft_margin`,
    blurred by `blur` pixels. `min_height`: crops are enlarged to it, in pixels, twice what the network takes.
    `lexicon_pictures`: so many of these pictures are held against a list of words.

    `long_side`: a page is magnified to this long side in pixels, but by no more than `max_scale`, with `around` of its
    longer side around its text. `tails`: these hundredths of its pixels become black and white.
    """

    margins: tuple[float, ...] = (0.0, 0.14, -0.08)
    soft_margin: float = 0.06
    blur: float = 2.0
    min_height: int = 96
    lexicon_pictures: int = 2
    long_side: int = 1280
    max_scale: float = 2.2
    around: float = 0.08
    tails: tuple[float, float] = (1, 99)


AUGMENT = AugmentParams()


def augmented(
    picture: Picture, quad: Quad, params: AugmentParams = AUGMENT
) -> Iterator[tuple[Picture, Quad]]:
    """Pictures with the place of the line in them, the least altered first."""
    for margin in params.margins:
        crop = _enlarged(picture, grown(quad, margin), params)
        yield crop, _whole(crop)
    crop = _enlarged(picture, grown(quad, params.soft_margin), params)
    yield np.asarray(cv2.GaussianBlur(crop, (0, 0), params.blur), np.uint8), _whole(crop)


def _whole(picture: Picture) -> Quad:
    """The quad of a whole picture."""
    height, width = picture.shape[:2]
    return box(0, 0, width, height)


def _enlarged(picture: Picture, quad: Quad, params: AugmentParams) -> Picture:
    """The quad's content, upright, enlarged if it is small."""
    crop = straighten(picture, quad)
    scale = params.min_height / crop.shape[0]
    if scale <= 1:
        return crop
    larger = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, np.uint8)


def _stretched(picture: Picture, tails: tuple[float, float]) -> Picture:
    low, high = np.percentile(picture, tails)
    # One sum for each grey level: in floats, a magnified page would take 100 MB.
    levels = np.clip((np.arange(256) - low) * (255 / max(1.0, float(high - low))), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, levels), np.uint8)


def magnified(
    picture: Picture, places: Points, params: AugmentParams = AUGMENT
) -> tuple[Picture, NDArray[np.float64]]:
    """The part of a picture around these places, enlarged, with stretched contrast.

    Gives with it the 2x3 matrix from its pixels to those of `picture`.
    """
    height, width = picture.shape[:2]
    low, high = bounds(places)
    margin = params.around * float(max(high - low))
    left, top = np.maximum(0, np.floor(low - margin)).astype(int).tolist()
    right, bottom = np.minimum([width, height], np.ceil(high + margin)).astype(int).tolist()
    part = picture[top:bottom, left:right]
    scale = min(params.max_scale, params.long_side / max(part.shape[:2]))
    larger = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    matrix = np.array([[1 / scale, 0, left], [0, 1 / scale, top]], np.float64)
    return _stretched(np.asarray(larger, np.uint8), params.tails), matrix
