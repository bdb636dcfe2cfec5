"""Where a document's edges are: the quad of the paper around its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from emulator.recognizer.frame import fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from emulator.recognizer.lines import Line, Picture, Quad
    from emulator.recognizer.page import Page

# Two points of a straight line.
Side = tuple[tuple[float, float], tuple[float, float]]
# The area around the text is looked at in this many pixels on its longer side.
SIDE = 480
# Edges are looked for at most so far outside the text, in shares of the text's width and height.
OUTSIDE = 0.42
# An edge may slant against the print by this share of its length.
SLANT = 0.06
# Without an edge this clear (mean gradient, grey levels a pixel), the paper is taken to end at the margin.
CLEAR = 5.0
MARGIN = 0.05
# Colours on the two sides of an edge are means over so many pixels.
BESIDE = 7
# The picture's own border counts as an edge of this clearness.
BORDER = 7.0


def outline(page: Page, lines: Sequence[Line]) -> Quad:
    """The corners of the paper that these lines stand on, clockwise from the left top, in picture pixels."""
    frame = fitted(lines)
    text = frame.flat(np.concatenate([line.quad for line in lines]))
    low, high = text.min(axis=0), text.max(axis=0)
    around = (high - low) * OUTSIDE
    corners = frame.box(*(low - around), *(high + around))
    scale = SIDE / float(max(high - low + 2 * around))
    width, height = (max(32, round(side)) for side in (high - low + 2 * around) * scale)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    flat = cv2.warpPerspective(page.picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    shown = cv2.warpPerspective(np.ones(page.picture.shape[:2], np.uint8), matrix, (width, height))
    inside = [*(around * scale), *((high - low + around) * scale)]
    return _corners(flat, shown, inside, np.linalg.inv(matrix), page.picture.shape[:2])  # type: ignore[arg-type]


def _corners(
    flat: Picture, shown: Picture, inside: Sequence[float], back: NDArray[np.float64], shape: tuple[int, ...]
) -> Quad:
    down, across = _steps(flat, 0), _steps(flat, 1)
    # Paper that leaves the picture ends at the picture's border, unless there is an edge inside.
    border = cv2.morphologyEx(
        shown, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT
    )
    down[border > 0] = across[border > 0] = BORDER
    left, top, right, bottom = inside
    height, width = down.shape
    edges = [
        _edge(down.T[:, : round(top)][:, ::-1], top),  # distances are counted outwards from the text
        _edge(across[:, round(right) :], width - right),
        _edge(down.T[:, round(bottom) :], height - bottom),
        _edge(across[:, : round(left)][:, ::-1], left),
    ]
    (t0, t1), (r0, r1), (b0, b1), (l0, l1) = edges
    sides: list[Side] = [
        ((0, top - t0), (width, top - t1)),
        ((right + r0, 0), (right + r1, height)),
        ((0, bottom + b0), (width, bottom + b1)),
        ((left - l0, 0), (left - l1, height)),
    ]
    met = np.array(
        [
            _meeting(sides[3], sides[0]),
            _meeting(sides[0], sides[1]),
            _meeting(sides[1], sides[2]),
            _meeting(sides[2], sides[3]),
        ]
    )
    placed = cv2.perspectiveTransform(met[np.newaxis].astype(np.float64), back)[0]
    return np.asarray(np.clip(placed, 0, [shape[1], shape[0]]), np.float64)


def _steps(flat: Picture, axis: int) -> NDArray[np.float32]:
    """How clearly each pixel lies on the border of two areas along `axis`.

    A printed line has a steep gradient too, but the same colour on both sides: the lesser of the gradient and
    of the difference between the two sides counts.
    """
    soft = cv2.GaussianBlur(flat, (0, 0), 1.2).astype(np.float32)
    size = (1, BESIDE) if axis == 0 else (BESIDE, 1)
    means = cv2.blur(soft, size, borderType=cv2.BORDER_REPLICATE)
    apart = BESIDE // 2 + 2
    sides = np.abs(np.roll(means, -apart, axis) - np.roll(means, apart, axis)).max(axis=2)
    gradient = np.abs(np.roll(soft, -1, axis) - np.roll(soft, 1, axis)).max(axis=2)
    both = np.minimum(sides, gradient)
    # What is rolled in from the other end of the picture is no edge.
    both[tuple(slice(None) if each != axis else slice(0, apart) for each in (0, 1))] = 0
    both[tuple(slice(None) if each != axis else slice(-apart, None) for each in (0, 1))] = 0
    return np.asarray(both, np.float32)


def _edge(gradient: NDArray[np.float32], room: float) -> tuple[float, float]:
    """Where the clearest straight line runs in a band: its distance from the text at the band's two ends."""
    length, depth = gradient.shape
    if depth < 4:
        return 0.0, 0.0
    places = np.linspace(0.08, 0.92, 60)
    rows = gradient[np.clip((places * length).astype(int), 0, length - 1)]
    slants = np.linspace(-SLANT, SLANT, 25) * length
    starts = np.arange(1, depth - 1)
    best, found = 0.0, (MARGIN * length, MARGIN * length)
    for slant in slants:
        at = starts[:, None] + (places - 0.5) * slant
        inside = (at >= 0) & (at <= depth - 1)
        picked = rows[np.arange(len(places)), np.clip(np.round(at), 0, depth - 1).astype(int)] * inside
        # Steady edges count: the lower quartile is high all along the paper's border, not along a few letters.
        clear = 0.5 * picked.mean(axis=1) + 0.5 * np.percentile(picked, 30, axis=1)
        place = int(np.argmax(clear))
        if clear[place] > best:
            best, found = float(clear[place]), (starts[place] - slant / 2, starts[place] + slant / 2)
    return found if best >= CLEAR else (min(room, MARGIN * length), min(room, MARGIN * length))


def _meeting(first: Side, second: Side) -> tuple[float, float]:
    """Where two straight lines meet, each given by two of its points."""
    (a, b), (c, d) = first, second
    one, two = np.cross([*a, 1], [*b, 1]), np.cross([*c, 1], [*d, 1])
    point = np.cross(one, two)
    return float(point[0] / point[2]), float(point[1] / point[2])
