"""Where text is: a picture in, the quads of its lines out (the post-processing of a DB text detector)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.ocr.input_sizes import fitting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad

# A pixel belongs to text above this probability, and a region is a line above that mean probability.
PIXEL_LEVEL = 0.3
REGION_LEVEL = 0.5
# The model marks the core of a line; its border lies this much further out (area / perimeter * ratio).
GROWTH = 1.6
# Regions thinner than this many pixels of the probability map are specks.
THINNEST = 3.0
MOST_REGIONS = 1000
# The brightest hundredth of a good photo; a darker one is brightened, but not by more than noise allows.
BRIGHT, MOST_GAIN, LEAST_GAIN = 230.0, 3.0, 1.15


class TextDetector:
    """Detects lines of text. `infer` maps (1, height, width, 3) uint8 to a probability map (1, 1, height, width)."""

    def __init__(self, infer: Any) -> None:
        """Use this network; it is given pictures of the sizes in `CANVASES`."""
        self._infer = infer

    def detect(self, picture: Picture, long_side: int) -> list[Quad]:
        """Quads of the lines in `picture`, in its pixels, top to bottom.

        The picture is shrunk until its longer side has at most `long_side` pixels and it fits on a canvas.
        """
        height, width = picture.shape[:2]
        fit = fitting(height, width, long_side)
        # INTER_AREA averages; plain bilinear sampling would drop thin strokes when shrinking by more than
        # two.
        small = cv2.resize(picture, (fit.width, fit.height), interpolation=cv2.INTER_AREA)
        below, beside = fit.canvas[0] - fit.height, fit.canvas[1] - fit.width
        # The picture's last row and column go on: a small picture on a plain ground would itself look like a word.
        canvas = cv2.copyMakeBorder(
            lit(np.asarray(small, np.uint8)), 0, below, 0, beside, cv2.BORDER_REPLICATE
        )
        probability = self._infer(canvas[np.newaxis])[0, 0, : fit.height, : fit.width]
        stretch = np.array([width / fit.width, height / fit.height])
        quads = [quad * stretch for quad in _regions(probability)]
        return sorted(quads, key=lambda quad: (quad[:, 1].mean(), quad[:, 0].mean()))


def lit(picture: Picture) -> Picture:
    """The picture with its paper at the brightness of a good photo: in the dark, faint lines are not found."""
    brightest = float(np.percentile(picture[::4, ::4], 99))
    gain = min(MOST_GAIN, BRIGHT / max(1.0, brightest))
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8) if gain > LEAST_GAIN else picture


def _regions(probability: NDArray[np.float32]) -> list[Quad]:
    mask = (probability > PIXEL_LEVEL).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours[:MOST_REGIONS]:
        center, sides, angle = cv2.minAreaRect(contour)
        if min(sides) < THINNEST:
            continue
        if _mean_inside(probability, cv2.boxPoints((center, sides, angle))) < REGION_LEVEL:
            continue
        margin = sides[0] * sides[1] / (2 * (sides[0] + sides[1])) * GROWTH
        grown = (sides[0] + 2 * margin, sides[1] + 2 * margin)
        found.append(in_reading_order(cv2.boxPoints((center, grown, angle)).astype(np.float64)))
    return found


def _mean_inside(probability: NDArray[np.float32], corners: NDArray[Any]) -> float:
    height, width = probability.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, [width - 1, height - 1])
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, [width - 1, height - 1])
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [np.round(corners - [left, top]).astype(np.int32)], (1,))
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], mask)[0])


def in_reading_order(corners: Quad) -> Quad:
    """Turn the corner list so that it begins left-top and runs clockwise, for text that is roughly horizontal."""
    center = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - center[1], corners[:, 0] - center[0])
    clockwise = corners[np.argsort(angles)]
    edges = np.roll(clockwise, -1, axis=0) - clockwise
    # Of the two edges that run rightwards, the top one is the one nearest to the direction of reading.
    directions = edges[:, 0] / np.maximum(np.linalg.norm(edges, axis=1), 1e-9)
    return np.roll(clockwise, -int(np.argmax(directions)), axis=0)
