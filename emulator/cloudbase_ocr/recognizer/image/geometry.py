"""The quads of lines of text, what is computed of them, and the pipeline's common data.

Pictures are arrays of shape (height, width, 3), uint8, blue-green-red as the models were trained. A quad
has shape (4, 2), float: the corners left-top, right-top, right-bottom, left-bottom of the text as one reads
it, in pixels. Points have shape (n, 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Quad = NDArray[np.float64]
Points = NDArray[np.float64]
# What is shorter has no direction.
_SHORTEST = 1e-6


@dataclass(frozen=True, eq=False)
class Line:
    """One line of text: what it says, where, and the confidence in each character.

    `scores` (0 to 1) and `centers` (place along the line, 0 at its left end, 1 at its right end) have one
    entry for each character of `text`.
    """

    text: str
    quad: Quad
    scores: tuple[float, ...]
    centers: tuple[float, ...]

    @property
    def score(self) -> float:
        """Mean confidence of the characters, 0 to 1; 0 for an empty line."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0

    @property
    def width(self) -> float:
        """Length along the text, in pixels."""
        return width(self.quad)

    @property
    def height(self) -> float:
        """Height of the text, in pixels."""
        return height(self.quad)


class Sides(NamedTuple):
    """How long the four sides of a quad are, in pixels."""

    top: float
    right: float
    bottom: float
    left: float


def sides(quad: Quad) -> Sides:
    """The lengths of a quad's sides."""
    return Sides(
        length(quad[1] - quad[0]),
        length(quad[2] - quad[1]),
        length(quad[2] - quad[3]),
        length(quad[3] - quad[0]),
    )


def width(quad: Quad) -> float:
    """The mean length of upper and lower side."""
    found = sides(quad)
    return (found.top + found.bottom) / 2


def height(quad: Quad) -> float:
    """The mean length of left and right side."""
    found = sides(quad)
    return (found.left + found.right) / 2


def along(quads: NDArray[np.float64]) -> Points:
    """From left to right, the mean of upper and lower side, of shape (..., 2) for quads of shape (..., 4, 2)."""
    return np.asarray((quads[..., 1, :] - quads[..., 0, :] + quads[..., 2, :] - quads[..., 3, :]) / 2)


def down(quads: NDArray[np.float64]) -> Points:
    """From top to bottom, the mean of left and right side, of shape (..., 2) for quads of shape (..., 4, 2)."""
    return np.asarray((quads[..., 3, :] - quads[..., 0, :] + quads[..., 2, :] - quads[..., 1, :]) / 2)


def length(vector: NDArray[Any]) -> float:
    """The length of one vector."""
    return float(np.linalg.norm(vector))


def lengths(vectors: Points) -> NDArray[np.float64]:
    """The lengths of vectors, of shape (n)."""
    return np.asarray(np.linalg.norm(vectors, axis=-1))


def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector with length 1; next to nothing stays next to nothing."""
    return np.asarray(vector / max(_SHORTEST, length(vector)))


def units(vectors: Points) -> Points:
    """The vectors with length 1 each."""
    return np.asarray(vectors / np.maximum(lengths(vectors), _SHORTEST)[:, np.newaxis])


def centre(quad: Quad) -> NDArray[np.float64]:
    """The mean of the corners."""
    return np.asarray(quad.mean(axis=0))


def bounds(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the largest x and y of points, of shape (..., 2)."""
    flat = points.reshape(-1, 2)
    return flat.min(axis=0), flat.max(axis=0)


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    """The quad of an upright box."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def grown(quad: Quad, margin: float) -> Quad:
    """The quad, larger on every side by `margin` of its height."""
    across, below = quad[1] - quad[0], quad[3] - quad[0]
    x = unit(across) * length(below) * margin
    y = below * margin
    return np.asarray(quad + np.stack((-x - y, x - y, x + y, -x + y)), np.float64)


def lengthened(quad: Quad, share: float) -> Quad:
    """The quad with its right end moved out by a share of its height."""
    more = unit(quad[1] - quad[0]) * length(quad[3] - quad[0]) * share
    return np.asarray(quad + np.stack((0 * more, more, more, 0 * more)), np.float64)


def stretch(quad: Quad, start: float, end: float) -> Quad:
    """The part of a quad between two shares of its length, 0 at its left end and 1 at its right end."""
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    return np.stack(
        (quad[0] + start * top, quad[0] + end * top, quad[3] + end * bottom, quad[3] + start * bottom)
    )


def transformed(points: Points, matrix: NDArray[np.float64]) -> Points:
    """Points through a 2x3 matrix."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float64)


def projected(points: Points, matrix: NDArray[Any]) -> Points:
    """Points through a 3x3 matrix, a homography."""
    whole = np.concatenate((points, np.ones((len(points), 1))), axis=1) @ matrix.T
    return np.asarray(whole[:, :2] / whole[:, 2:], np.float64)


def in_reading_order(corners: Quad) -> Quad:
    """Turn the corner list so that it begins left-top and runs clockwise, for text that is roughly horizontal."""
    middle = centre(corners)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    clockwise = corners[np.argsort(angles)]
    edges = np.roll(clockwise, -1, axis=0) - clockwise
    # Of the two edges that run rightwards, the top one is the one nearest to the direction of reading.
    return np.roll(clockwise, -int(np.argmax(units(edges)[:, 0])), axis=0)


def turned_back(quad: Quad, turns: int, width: float, height: float) -> Quad:
    """A quad of a picture after so many clockwise quarter turns, in the original of `width` x `height` pixels.

    The text's own left-top stays first.
    """
    x, y = quad[:, 0], quad[:, 1]
    places = {0: (x, y), 1: (y, height - x), 2: (width - x, height - y), 3: (width - y, x)}
    return np.stack(places[turns % 4], axis=1)
