"""Rectification (deskewing): rows of text level and parallel, as they were on the paper.

A tilted photo turns the rows, and one taken from the side makes them meet in a point. Both are undone by one
homography, fitted to the directions of the lines. Values can then be looked for beside and below labels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.image.geometry import along, bounds, box, length, lengths, projected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Line, Quad


@dataclass(frozen=True)
class RectificationParams:
    """What a photo is expected to be like; lengths in units of the half diagonal of the page's text.

    `off`: how far the end of a detected line is off. `turned`, `tapered`: how strongly photos are usually turned and
    tapered once the median angle is taken out. `rounds` of the fit leave out what fits badly, and no line steeper than
    `steepest` takes part.
    """

    off: float = 0.003
    turned: float = 0.05
    tapered: float = 0.15
    steepest: float = 0.3
    rounds: int = 3


RECTIFICATION = RectificationParams()


@dataclass(frozen=True, eq=False)
class Rectification:
    """A 3x3 matrix from the upright picture's pixels to the rectified page, whose unit is about a pixel too."""

    matrix: NDArray[np.float64]

    def rectified(self, places: Quad) -> Quad:
        """Points of the picture, shape (n, 2), on the rectified page."""
        return projected(places, self.matrix)

    def in_picture(self, places: Quad) -> Quad:
        """Points of the rectified page, shape (n, 2), in the picture."""
        return projected(places, np.linalg.inv(self.matrix))

    def box(self, left: float, top: float, right: float, bottom: float) -> Quad:
        """The quad in the picture of an upright box on the rectified page."""
        return self.in_picture(box(left, top, right, bottom))


def skew(lines: Sequence[Line]) -> float:
    """Angle of the print in radians, the median over the lines, long ones counting more."""
    angles = []
    for line in lines:
        angles += [_angle(line)] * (1 + round(line.width / max(1.0, line.height)))
    return float(np.median(angles)) if angles else 0.0


def rectification_of(lines: Sequence[Line], params: RectificationParams = RECTIFICATION) -> Rectification:
    """The rectification of these lines; without lines, the picture's own."""
    angle = skew(lines)
    turn = np.array(
        [[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0], [0, 0, 1]], np.float64
    )
    if not lines:
        return Rectification(turn)
    corners = np.concatenate([line.quad for line in lines])
    quads = projected(corners, turn).reshape(-1, 4, 2)
    low, high = bounds(quads)
    centre, unit = (low + high) / 2, max(1.0, length(high - low) / 2)
    shear, taper = _convergence((quads - centre) / unit, params)
    to_unit = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, unit]]) / unit
    level = np.array([[1, 0, 0], [-shear, 1, 0], [-taper, 0, 1]])
    return Rectification(np.linalg.inv(to_unit) @ level @ to_unit @ turn)


def _convergence(quads: NDArray[np.float64], params: RectificationParams) -> tuple[float, float]:
    """Rows that meet in the point (1, s, w) have the slope s - w y at height y: fit s and w."""
    rows = along(quads)
    long = np.maximum(lengths(rows), 1e-6)
    slopes = rows[:, 1] / np.where(np.abs(rows[:, 0]) < 1e-6, 1e-6, rows[:, 0])
    precision = (long / params.off) ** 2 * (np.abs(slopes) < params.steepest)
    terms = np.stack((np.ones(len(quads)), -quads[:, :, 1].mean(axis=1)), axis=1)
    prior = np.diag([1 / params.turned**2, 1 / params.tapered**2])
    weights = precision
    for _ in range(params.rounds):
        solved = np.linalg.solve(terms.T * weights @ terms + prior, terms.T @ (weights * slopes))
        off = np.abs(slopes - terms @ solved) * np.sqrt(precision)
        weights = precision / np.maximum(1.0, off)
    return float(solved[0]), float(solved[1])


def _angle(line: Line) -> float:
    x, y = along(line.quad)
    return math.atan2(y, x)
