"""Rectification (deskewing): rows of text level and parallel, as they were on the paper.

A tilted photo turns the rows, and one taken from the side makes them meet in a point. Both are undone by one
homography, fitted to the directions of the lines. Values can then be looked for beside and below labels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Line, Quad

# How far the end of a detected line is off, and how strongly photos are usually turned and tapered once the
# median angle is taken out; lengths in units of the page's half diagonal.
_OFF = 0.003
_TURNED, _TAPERED = 0.05, 0.15
_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Rectification:
    """A 3x3 matrix from the upright picture's pixels to the rectified page, whose unit is about a pixel too."""

    matrix: NDArray[np.float64]

    def rectified(self, places: Quad) -> Quad:
        """Points of the picture, shape (n, 2), on the rectified page."""
        return _mapped(self.matrix, places)

    def in_picture(self, places: Quad) -> Quad:
        """Points of the rectified page, shape (n, 2), in the picture."""
        return _mapped(np.asarray(np.linalg.inv(self.matrix), np.float64), places)

    def box(self, left: float, top: float, right: float, bottom: float) -> Quad:
        """The quad in the picture of an upright box on the rectified page."""
        return self.in_picture(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float))


def skew(lines: Sequence[Line]) -> float:
    """Angle of the print in radians, the median over the lines, long ones counting more."""
    angles = []
    for line in lines:
        angles += [_angle(line)] * (1 + round(line.width / max(1.0, line.height)))
    return float(np.median(angles)) if angles else 0.0


def rectification_of(lines: Sequence[Line]) -> Rectification:
    """The rectification of these lines; without lines, the picture's own."""
    angle = skew(lines)
    turn = np.array(
        [[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0], [0, 0, 1]], np.float64
    )
    if not lines:
        return Rectification(turn)
    corners = np.concatenate([line.quad for line in lines])
    quads = _mapped(np.asarray(turn, np.float64), corners).reshape(-1, 4, 2)
    low, high = quads.min(axis=(0, 1)), quads.max(axis=(0, 1))
    centre, unit = (low + high) / 2, max(1.0, float(np.linalg.norm(high - low)) / 2)
    shear, taper = _convergence((quads - centre) / unit)
    to_unit = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, unit]]) / unit
    level = np.array([[1, 0, 0], [-shear, 1, 0], [-taper, 0, 1]])
    return Rectification(np.linalg.inv(to_unit) @ level @ to_unit @ turn)


def _convergence(quads: NDArray[np.float64]) -> tuple[float, float]:
    """Rows that meet in the point (1, s, w) have the slope s - w y at height y: fit s and w."""
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    length = np.maximum(np.linalg.norm(along, axis=1), 1e-6)
    slopes = along[:, 1] / np.where(np.abs(along[:, 0]) < 1e-6, 1e-6, along[:, 0])
    precision = (length / _OFF) ** 2 * (np.abs(slopes) < 0.3)
    terms = np.stack((np.ones(len(quads)), -quads[:, :, 1].mean(axis=1)), axis=1)
    prior = np.diag([1 / _TURNED**2, 1 / _TAPERED**2])
    weights = precision
    for _ in range(_ROUNDS):
        solved = np.linalg.solve(terms.T * weights @ terms + prior, terms.T @ (weights * slopes))
        off = np.abs(slopes - terms @ solved) * np.sqrt(precision)
        weights = precision / np.maximum(1.0, off)
    return float(solved[0]), float(solved[1])


def _angle(line: Line) -> float:
    along = line.quad[1] - line.quad[0] + line.quad[2] - line.quad[3]
    return math.atan2(along[1], along[0])


def _mapped(matrix: NDArray[np.float64], places: Quad) -> Quad:
    whole = np.concatenate((places, np.ones((len(places), 1))), axis=1) @ matrix.T
    return np.asarray(whole[:, :2] / whole[:, 2:], np.float64)
