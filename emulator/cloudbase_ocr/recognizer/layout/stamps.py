"""The colour of print: what is a red stamp and what is text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.layout.pieces import quad_of

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece


@dataclass(frozen=True)
class StampParams:
    """What is red ink; brightness and redness in shares of the paper's brightness.

    `dark`: pixels under this, in their darkest channel, are ink. `red`: their red exceeds the other channels by this.
    `stamp`: print of which this share is red is a stamp, and over print with the share `touched` lies some of one.
    `max_height`: lines are shrunk to so many pixels first. `tinge`: pixels whose red exceeds another channel by this
    are taken for red ink when it is taken away.
    """

    dark: float = 0.8
    red: float = 0.16
    stamp: float = 0.25
    touched: float = 0.04
    max_height: int = 32
    tinge: float = 0.1


STAMP = StampParams()


def is_stamp(picture: Picture, piece: Piece, params: StampParams = STAMP) -> bool:
    """Whether a piece of text belongs to a red stamp."""
    return redness(picture, quad_of(piece), params) > params.stamp


def redness(picture: Picture, quad: Quad, params: StampParams = STAMP) -> float:
    """Share of a line's ink that is red, 0 to 1, against the paper's own colour."""
    crop = straighten(picture, quad)
    if crop.shape[0] > params.max_height:
        scale = params.max_height / crop.shape[0]
        crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # of the same kind
    values = crop.reshape(-1, 3).astype(np.float32)
    paper = np.maximum(1.0, np.percentile(values, 85, axis=0))
    blue, green, red = np.moveaxis(values / paper, -1, 0)
    darkest = np.minimum(blue, green)
    level = min(params.dark, float(np.quantile(darkest, 0.12)) + 0.12)
    ink = darkest <= level
    return float((red[ink] - np.maximum(blue, green)[ink] > params.red).mean()) if ink.any() else 0.0


def without_red(crop: Picture, params: StampParams = STAMP) -> Picture:
    """The picture of a line in grey without red ink, which in the red channel is nearly as bright as paper."""
    values = crop.astype(np.float32)
    paper = np.maximum(1.0, np.percentile(values.reshape(-1, 3), 85, axis=0))
    blue, green, red = np.moveaxis(values / paper, -1, 0)
    inked = red - np.minimum(blue, green) > params.tinge
    level = np.minimum(red, np.minimum(blue, green) * 0.5 + red * 0.5)
    if inked.any():
        level[inked] = red[inked] / max(0.3, float(np.median(red[inked])))
    grey = (np.clip(level, 0, 1) * 255).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
