"""Where text is: a picture in, the quads of its lines out (the post-processing of a DB text detector)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.geometry import bounds, centre, in_reading_order
from cloudbase_ocr.recognizer.ocr.input_sizes import fitting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad


@dataclass(frozen=True)
class DetectionParams:
    """What the post-processing goes by; names as in PaddleOCR, whose DB detector this is.

    `thresh`: a pixel of the probability map belongs to text above this. `box_thresh`: a region is a line above this
    mean probability. `unclip_ratio`: the network marks the core of a line; its border lies area / perimeter times this
    further out. `min_size`: regions thinner than so many pixels of the map are specks. `max_candidates`: regions that
    are looked at.

    `bright`: the brightest hundredth of a good photo, in grey levels; a darker photo is brightened to it when that
    takes a gain of more than `min_gain`, but by no more than `max_gain`, which is as much as noise allows.
    """

    thresh: float = 0.3
    box_thresh: float = 0.5
    unclip_ratio: float = 1.6
    min_size: float = 3.0
    max_candidates: int = 1000
    bright: float = 230.0
    min_gain: float = 1.15
    max_gain: float = 3.0


class TextDetector:
    """Detects lines of text. `infer` maps (1, height, width, 3) uint8 to a probability map (1, 1, height, width)."""

    def __init__(self, infer: Any, params: DetectionParams = DetectionParams()) -> None:
        """Use this network; it is given pictures of the sizes in `CANVASES`."""
        self._infer = infer
        self._params = params

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
            brightened(np.asarray(small, np.uint8), self._params), 0, below, 0, beside, cv2.BORDER_REPLICATE
        )
        probability = self._infer(canvas[np.newaxis])[0, 0, : fit.height, : fit.width]
        stretch = np.array([width / fit.width, height / fit.height])
        quads = [quad * stretch for quad in _boxes(probability, self._params)]
        return sorted(quads, key=lambda quad: tuple(centre(quad)[::-1]))


def brightened(picture: Picture, params: DetectionParams = DetectionParams()) -> Picture:
    """The picture with its paper at the brightness of a good photo: in the dark, faint lines are not found."""
    brightest = float(np.percentile(picture[::4, ::4], 99))
    gain = min(params.max_gain, params.bright / max(1.0, brightest))
    return (
        np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8) if gain > params.min_gain else picture
    )


def _boxes(probability: NDArray[np.float32], params: DetectionParams) -> list[Quad]:
    mask = (probability > params.thresh).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours[: params.max_candidates]:
        center, sides, angle = cv2.minAreaRect(contour)
        if min(sides) < params.min_size:
            continue
        if _mean_inside(probability, cv2.boxPoints((center, sides, angle))) < params.box_thresh:
            continue
        margin = sides[0] * sides[1] / (2 * (sides[0] + sides[1])) * params.unclip_ratio
        unclipped = (sides[0] + 2 * margin, sides[1] + 2 * margin)
        found.append(in_reading_order(cv2.boxPoints((center, unclipped, angle)).astype(np.float64)))
    return found


def _mean_inside(probability: NDArray[np.float32], corners: NDArray[Any]) -> float:
    height, width = probability.shape
    low, high = bounds(corners)
    left, top = np.clip(np.floor(low).astype(int), 0, [width - 1, height - 1])
    right, bottom = np.clip(np.ceil(high).astype(int), 0, [width - 1, height - 1])
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [np.round(corners - [left, top]).astype(np.int32)], (1,))
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], mask)[0])
