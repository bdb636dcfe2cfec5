"""Small print beneath labels, told by its place alone, so that it need not be read.

Licences repeat each label in English beneath it. These lines are a third of all lines, and say nothing that
the label does not. They are read only when a label or a value is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.image.geometry import along, down, lengths, units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Quad

# A sub-label is lower than this share of its label's height, and begins within this share left or right of it.
LOWER, FLUSH = 0.85, 0.7
# Its middle is between so many label heights below the label's.
NEAREST, FARTHEST = 0.4, 1.4
# Labels are at most this long, in their own height: rows of a value, which go on below, are longer.
LONGEST_LABEL = 7.5
LONGEST = 12.0


def nothing(quads: list[Quad]) -> list[bool]:
    """Leave no line out."""
    return [False] * len(quads)


def sublabels(quads: list[Quad]) -> list[bool]:
    """For each quad, whether it is small print beneath a label."""
    if not quads:
        return []
    corners = np.stack(quads)
    rows, heights = along(corners), lengths(down(corners))
    directions, long = units(rows), lengths(rows)
    lefts = (corners[:, 0] + corners[:, 3]) / 2
    return [_beneath(index, lefts, directions, long, heights) for index in range(len(quads))]


def _beneath(
    index: int,
    lefts: NDArray[np.float64],
    directions: NDArray[np.float64],
    long: NDArray[np.float64],
    heights: NDArray[np.float64],
) -> bool:
    """Whether any line is a label whose sub-label this is."""
    apart = lefts[index] - lefts
    right = (apart * directions).sum(axis=1)
    below = apart[:, 1] * directions[:, 0] - apart[:, 0] * directions[:, 1]
    fits = (
        (np.abs(right) < FLUSH * heights)
        & (below > NEAREST * heights)
        & (below < FARTHEST * heights)
        & (heights[index] < LOWER * heights)
        & (long < LONGEST_LABEL * heights)
        & (long[index] < LONGEST * heights[index])
    )
    return bool(fits.any())
