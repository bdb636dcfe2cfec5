"""What a second detection changes on a page: which lines stay as they are, and which quads are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.deskew import Rectification
    from cloudbase_ocr.recognizer.image.geometry import Line, Quad


@dataclass(frozen=True)
class RedetectionParams:
    """When two boxes are of the same print, on the rectified page.

    `ends`, `rows`: boxes whose ends, and middles, are off by less than these shares of their height are one line found
    twice: reading it again says the same. `covers`: a box that has this share of another's area, or of its own, in
    common with it takes its place. `inside`: this share of a box lies in an area where something is looked for.
    """

    ends: float = 0.6
    rows: float = 0.3
    covers: float = 0.5
    inside: float = 0.3


REDETECTION = RedetectionParams()


def changes(
    lines: Sequence[Line],
    unread: Sequence[Quad],
    found: Sequence[Quad],
    areas: Sequence[Quad | None],
    rectification: Rectification,
    params: RedetectionParams = REDETECTION,
) -> tuple[list[Line], list[Quad]]:
    """The lines that stay, and which of the `found` quads are to be read: those in one of these areas.

    An area of None is the whole page: there only quads are read that were not known yet, neither as a line nor as
    `unread`. Lines that these quads overlap go, and whatever else was found in their place is to be read too.
    """
    if not found:
        return list(lines), []
    boxes = _boxes(found, rectification)
    known = _boxes([*(line.quad for line in lines), *unread], rectification)
    common = _common(boxes, _boxes([area for area in areas if area is not None], rectification))
    chosen = np.asarray(np.any(common >= params.inside * _sizes(boxes)[:, np.newaxis], axis=1))
    if any(area is None for area in areas):
        chosen |= ~np.any(_same(boxes, known, params), axis=1)
    read = known[: len(lines)]
    covered = _common(boxes, read) >= params.covers * np.minimum(_sizes(boxes)[:, np.newaxis], _sizes(read))
    while True:
        gone = np.asarray(np.any(covered[chosen], axis=0))
        more = np.asarray(chosen | np.any(covered[:, gone], axis=1))
        if more.sum() == chosen.sum():
            break
        chosen = more
    kept = [line for line, out in zip(lines, gone.tolist(), strict=True) if not out]
    return kept, [quad for quad, new in zip(found, chosen.tolist(), strict=True) if new]


def _boxes(quads: Sequence[Quad], rectification: Rectification) -> NDArray[np.float64]:
    """Left, top, right and bottom of each quad on the rectified page, of shape (n, 4)."""
    if not quads:
        return np.zeros((0, 4))
    level = rectification.rectified(np.concatenate(quads)).reshape(-1, 4, 2)
    return np.concatenate([level.min(axis=1), level.max(axis=1)], axis=1)


def _sizes(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(1e-6, np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)))


def _common(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """The area that each of the first boxes has in common with each of the second."""
    low = np.maximum(first[:, np.newaxis, :2], second[:, :2])
    high = np.minimum(first[:, np.newaxis, 2:], second[:, 2:])
    return np.asarray(np.prod(np.maximum(0.0, high - low), axis=2))


def _same(
    first: NDArray[np.float64], second: NDArray[np.float64], params: RedetectionParams
) -> NDArray[np.bool_]:
    """Whether each of the first boxes is of the same line as each of the second."""
    heights = second[:, 3] - second[:, 1]
    ends = np.abs(first[:, np.newaxis, ::2] - second[:, ::2]).max(axis=2)
    rows = np.abs((first[:, 1] + first[:, 3])[:, np.newaxis] - second[:, 1] - second[:, 3]) / 2
    return np.asarray((ends < params.ends * heights) & (rows < params.rows * heights))
