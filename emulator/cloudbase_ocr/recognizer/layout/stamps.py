"""The colour of print: what is a red stamp and what is text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.layout.pieces import quad_of

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece

# Pixels under this share of the paper's brightness, in their darkest channel, are ink.
DARK = 0.8
# Red exceeds the other channels by this share of the paper's brightness.
RED = 0.16
MAX_HEIGHT = 32
# Print of which so much is red is a stamp.
STAMP = 0.25


def is_stamp(picture: Picture, piece: Piece) -> bool:
    """Whether a piece of text belongs to a red stamp."""
    return redness(picture, quad_of(piece)) > STAMP


def redness(picture: Picture, quad: Quad) -> float:
    """Share of a line's ink that is red, 0 to 1, against the paper's own colour."""
    crop = straighten(picture, quad)
    if crop.shape[0] > MAX_HEIGHT:
        scale = MAX_HEIGHT / crop.shape[0]
        crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # of the same kind
    values = crop.reshape(-1, 3).astype(np.float32)
    paper = np.maximum(1.0, np.percentile(values, 85, axis=0))
    blue, green, red = np.moveaxis(values / paper, -1, 0)
    darkest = np.minimum(blue, green)
    level = min(DARK, float(np.quantile(darkest, 0.12)) + 0.12)
    ink = darkest <= level
    return float((red[ink] - np.maximum(blue, green)[ink] > RED).mean()) if ink.any() else 0.0
