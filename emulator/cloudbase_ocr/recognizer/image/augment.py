"""Test-time augmentation of one line: wider and narrower margins, and softer. Sharper makes noise of blurred print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.image.geometry import bounds, box, grown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad

# Crops are at least this high, twice what the model takes; the softer one is blurred by so many of its pixels.
HEIGHT, SOFT = 96, 2.0
# Long side of the enlarged text of a whole page, and the most that it is enlarged.
MAGNIFIED, LARGEST = 1280, 2.2
# The darkest and brightest hundredth of the pixels become black and white.
TAILS = (1, 99)


def augmented(picture: Picture, quad: Quad) -> Iterator[tuple[Picture, Quad]]:
    """Pictures with the place of the line in them, the least altered first."""
    for margin in (0.0, 0.14, -0.08):
        crop = enlarged(picture, grown(quad, margin))
        yield crop, _whole(crop)
    crop = enlarged(picture, grown(quad, 0.06))
    yield np.asarray(cv2.GaussianBlur(crop, (0, 0), SOFT), np.uint8), _whole(crop)


def _whole(picture: Picture) -> Quad:
    """The quad of a whole picture."""
    height, width = picture.shape[:2]
    return box(0, 0, width, height)


def enlarged(picture: Picture, quad: Quad) -> Picture:
    """The quad's content, upright, enlarged if it is small."""
    crop = straighten(picture, quad)
    scale = HEIGHT / crop.shape[0]
    if scale <= 1:
        return crop
    larger = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, np.uint8)


def _stretched(picture: Picture) -> Picture:
    low, high = np.percentile(picture, TAILS)
    # One sum for each grey level: in floats, a magnified page would take 100 MB.
    levels = np.clip((np.arange(256) - low) * (255 / max(1.0, float(high - low))), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, levels), np.uint8)


def magnified(picture: Picture, places: Quad) -> tuple[Picture, NDArray[np.float64]]:
    """The part of a picture around these places, enlarged, with stretched contrast.

    Gives with it the 2x3 matrix from its pixels to those of `picture`.
    """
    height, width = picture.shape[:2]
    low, high = bounds(places)
    margin = 0.08 * float(max(high - low))
    left, top = np.maximum(0, np.floor(low - margin)).astype(int).tolist()
    right, bottom = np.minimum([width, height], np.ceil(high + margin)).astype(int).tolist()
    part = picture[top:bottom, left:right]
    scale = min(LARGEST, MAGNIFIED / max(part.shape[:2]))
    larger = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    matrix = np.array([[1 / scale, 0, left], [0, 1 / scale, top]], np.float64)
    return _stretched(np.asarray(larger, np.uint8)), matrix
