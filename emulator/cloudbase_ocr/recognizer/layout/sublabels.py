"""Small print beneath labels, told by its place alone, so that it need not be read.

Licences repeat each label in English beneath it. These lines are a third of all lines, and say nothing that
the label does not. They are read only when a label or a value is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.image.geometry import along, down, lengths, units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Quad


@dataclass(frozen=True)
class SublabelParams:
    """What is small print beneath a label; lengths in heights of the label.

    It is `lower` than this share of the label, and begins within `flush` left or right of it; its middle is between
    `nearest` and `farthest` below the label's. `longest_label`: labels are at most this long: rows of a value, which go
    on below, are longer. `longest`: and the small print this, in its own heights.
    """

    lower: float = 0.85
    flush: float = 0.7
    nearest: float = 0.4
    farthest: float = 1.4
    longest_label: float = 7.5
    longest: float = 12.0


SUBLABEL = SublabelParams()


def nothing(quads: list[Quad]) -> list[bool]:
    """Leave no line out."""
    return [False] * len(quads)


def sublabels(quads: list[Quad], params: SublabelParams = SUBLABEL) -> list[bool]:
    """For each quad, whether it is small print beneath a label."""
    if not quads:
        return []
    corners = np.stack(quads)
    rows, heights = along(corners), lengths(down(corners))
    directions, long = units(rows), lengths(rows)
    lefts = (corners[:, 0] + corners[:, 3]) / 2
    return [_beneath(index, lefts, directions, long, heights, params) for index in range(len(quads))]


def _beneath(
    index: int,
    lefts: NDArray[np.float64],
    directions: NDArray[np.float64],
    long: NDArray[np.float64],
    heights: NDArray[np.float64],
    params: SublabelParams,
) -> bool:
    """Whether any line is a label whose sub-label this is."""
    apart = lefts[index] - lefts
    right = (apart * directions).sum(axis=1)
    below = apart[:, 1] * directions[:, 0] - apart[:, 0] * directions[:, 1]
    fits = (
        (np.abs(right) < params.flush * heights)
        & (below > params.nearest * heights)
        & (below < params.farthest * heights)
        & (heights[index] < params.lower * heights)
        & (long < params.longest_label * heights)
        & (long[index] < params.longest * heights[index])
    )
    return bool(fits.any())
