"""Cuts the content of a quad out of a picture, upright."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.geometry import box, sides

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad

# Quads this much taller than wide hold text set from top to bottom.
UPRIGHT_RATIO = 1.5


def straighten(picture: Picture, quad: Quad) -> Picture:
    """The quad's content as an upright rectangle, at its own resolution."""
    lengths = sides(quad)
    width = max(1, round(max(lengths.top, lengths.bottom)))
    height = max(1, round(max(lengths.left, lengths.right)))
    target = box(0, 0, width, height)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target.astype(np.float32))
    crop = cv2.warpPerspective(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if height >= UPRIGHT_RATIO * width:
        crop = cv2.rotate(crop, cv2.ROTATE_90_COUNTERCLOCKWISE)
    return crop  # type: ignore[return-value]  # of the same kind
