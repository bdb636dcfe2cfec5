"""The document boundary: the quad of the paper around its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cloudbase_ocr.recognizer.image.deskew import rectification_of
from cloudbase_ocr.recognizer.image.geometry import bounds, box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.image.geometry import Line, Picture, Quad
    from cloudbase_ocr.recognizer.page.page import Page

# The sides of a box, in its order.
LEFT, TOP, RIGHT, BOTTOM = range(4)
# Two points of a straight line.
Side = tuple[tuple[float, float], tuple[float, float]]
# Left, top, right and bottom, in pixels of the rectified picture.
Box = NDArray[np.float64]


@dataclass(frozen=True)
class BoundaryParams:
    """How the paper's edges are found around the text.

    `side`: the area around the text has this many pixels on its longer side. `outside`: it goes so far beyond the text,
    in shares of the text's width and height.

    `slant`, `leaning`: an edge may slant against the print by these shares of its length, level and upright edges: the
    rows are level already, the columns not. `slants`: so many directions are tried. `steady`: so many hundredths of an
    edge may be unclear: rounded corners, fingers, print that touches it.

    `clear`: an edge is at least this clear, in grey levels a pixel; `contrast`: so many times clearer than what lies
    between it and the text; `share`: of the clearest line's clearness, unless it is clear `by_itself`. `apart`: peaks
    are so many pixels apart.

    `printed_frame`: behind a printed frame the paper goes on. An edge at most this share of the text's width and height
    further is the paper's, when it is at least `frame_share` times as clear as the first one.

    `margin`: where no edge is found, the paper is taken to end there, in shares of the side's length. `mean_width`:
    colours on the two sides of an edge are means over so many pixels. `border`: the picture's own border counts as an
    edge of this clearness. `gap`: text beyond a gap of this share of the other text's extent may be none of the
    paper's.
    """

    side: int = 480
    outside: float = 0.42
    slant: float = 0.06
    leaning: float = 0.14
    slants: int = 29
    steady: int = 25
    clear: float = 2.5
    contrast: float = 2.5
    share: float = 0.25
    by_itself: float = 5.0
    apart: int = 3
    printed_frame: float = 0.03
    frame_share: float = 0.8
    margin: float = 0.05
    mean_width: int = 7
    border: float = 2.6
    gap: float = 0.12


BOUNDARY = BoundaryParams()


@dataclass(frozen=True)
class _Edges:
    """What lies around the text, with its rows level: how clear an edge each pixel is, by direction."""

    down: NDArray[np.float32]
    across: NDArray[np.float32]

    def outwards(self, text: Box, side: int) -> NDArray[np.float32]:
        """The band beside a box, of shape (length of the side, depth), from the box to the picture's end.

        Sides are counted as in a box: left, top, right, bottom.
        """
        left, top, right, bottom = (max(0, round(place)) for place in text.tolist())
        bands = (
            self.across[top:bottom, :left][:, ::-1],
            self.down[:top, left:right].T[:, ::-1],
            self.across[top:bottom, right:],
            self.down[bottom:, left:right].T,
        )
        return bands[side]


def document_boundary(page: Page, lines: Sequence[Line], params: BoundaryParams = BOUNDARY) -> Quad:
    """The corners of the paper that these lines stand on, clockwise from the left top, in picture pixels."""
    rectification = rectification_of(lines)
    quads = np.stack([rectification.rectified(line.quad) for line in lines])
    low, high = bounds(quads)
    around = (high - low) * params.outside
    corners = rectification.box(*(low - around), *(high + around))
    scale = params.side / float(max(high - low + 2 * around))
    width, height = (max(32, round(side)) for side in (high - low + 2 * around) * scale)
    target = box(0, 0, width, height)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32))
    rectified = cv2.warpPerspective(page.picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    shown = cv2.warpPerspective(np.ones(page.picture.shape[:2], np.uint8), matrix, (width, height))
    places = (quads - (low - around)) * scale
    boxes = np.concatenate([places.min(axis=1), places.max(axis=1)], axis=1)
    edges = _edges_of(rectified, shown, params)  # type: ignore[arg-type]  # the stubs of OpenCV ask for more than it needs
    met = _corners(edges, _text(edges, boxes, params), params)
    placed = cv2.perspectiveTransform(met[np.newaxis], np.linalg.inv(matrix))[0]
    return np.asarray(np.clip(placed, 0, page.picture.shape[1::-1]), np.float64)


def _corners(edges: _Edges, text: Box, params: BoundaryParams) -> NDArray[np.float64]:
    """Where the four edges around the text meet."""
    left, top, right, bottom = text.tolist()
    sides: list[Side] = []
    printed_frame = params.printed_frame * (right - left + bottom - top)
    for side in (LEFT, TOP, RIGHT, BOTTOM):
        found = _edge(edges.outwards(text, side), side, params, printed_frame)
        first, last = found or (params.margin * _length(text, side),) * 2
        if side in (LEFT, RIGHT):
            out = -1 if side == LEFT else 1
            sides.append(((text[side] + out * first, top), (text[side] + out * last, bottom)))
        else:
            out = -1 if side == TOP else 1
            sides.append(((left, text[side] + out * first), (right, text[side] + out * last)))
    return np.array([_meeting(sides[at - 1], sides[at]) for at in (1, 2, 3, 0)], np.float64)


def _text(edges: _Edges, boxes: Box, params: BoundaryParams) -> Box:
    """The box of the paper's own text: other print, such as a telephone's clock, stands beyond an edge.

    `boxes` has one row for each line of text.
    """
    text = _whole(_densest(boxes, params.gap))
    while True:
        # How far each line stands out of the box, by side; it belongs to the side where it is furthest out.
        out = np.stack([text[LEFT] - boxes[:, LEFT], text[TOP] - boxes[:, TOP]], axis=1)
        out = np.concatenate([out, boxes[:, 2:] - text[2:]], axis=1)
        sides = out.argmax(axis=1)
        beyond = np.flatnonzero(out.max(axis=1) > 1)
        if not len(beyond):
            return text
        nearest = int(beyond[np.argmin(out.max(axis=1)[beyond])])
        side = int(sides[nearest])
        near = (side + 2) % 4
        gap = abs(float(boxes[nearest, near] - text[side]))
        between = edges.outwards(text, side)[:, : round(gap)]
        if gap > params.gap * abs(text[near] - text[side]) and _edge(between, side, params):
            boxes = np.delete(boxes, nearest, axis=0)
        else:
            text = _whole(np.stack([text, boxes[nearest]]))


def _densest(boxes: Box, gap: float) -> Box:
    """Most of the lines: those without a wide gap between them."""
    for axis in (1, 0):
        ordered = boxes[np.argsort(boxes[:, axis])]
        ends = np.maximum.accumulate(ordered[:, axis + 2])
        apart = ordered[1:, axis] - ends[:-1] > gap * (ends[-1] - ordered[0, axis])
        parts = np.split(ordered, np.flatnonzero(apart) + 1)
        boxes = max(parts, key=len)
    return boxes


def _whole(boxes: Box) -> Box:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _length(text: Box, side: int) -> float:
    along = 1 if side in (LEFT, RIGHT) else 0
    return float(text[along + 2] - text[along])


def _edges_of(rectified: Picture, shown: Picture, params: BoundaryParams) -> _Edges:
    down, across = _steps(rectified, 0, params.mean_width), _steps(rectified, 1, params.mean_width)
    # Paper that leaves the picture ends at the picture's border, unless there is an edge inside.
    border = cv2.morphologyEx(
        shown, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT
    )
    down[border > 0] = across[border > 0] = params.border
    return _Edges(down, across)


def _steps(rectified: Picture, axis: int, mean_width: int) -> NDArray[np.float32]:
    """How clearly each pixel lies on the border of two areas along `axis`.

    A printed line has a steep gradient too, but the same colour on both sides: the lesser of the gradient and
    of the difference between the two sides counts.
    """
    soft = cv2.GaussianBlur(rectified, (0, 0), 1.2).astype(np.float32)
    size = (1, mean_width) if axis == 0 else (mean_width, 1)
    means = cv2.blur(soft, size, borderType=cv2.BORDER_REPLICATE)
    apart = mean_width // 2 + 2
    steps = np.zeros(rectified.shape[:2], np.float32)
    # Within this distance of the picture's ends, there are no two sides to compare.
    inner = tuple(slice(apart, -apart) if each == axis else slice(None) for each in (0, 1))
    gradient = _differences(soft, 1, axis)
    near = tuple(slice(apart - 1, 1 - apart) if each == axis else slice(None) for each in (0, 1))
    steps[inner] = np.minimum(_differences(means, apart, axis), gradient[near])
    return steps


def _differences(colours: Any, apart: int, axis: int) -> NDArray[np.float32]:
    """How much the pixels so far before and behind each one differ, in the colour where they differ most.

    What is nearer to the picture's ends is left out.
    """
    behind, before = (
        tuple(slice(*ends) if each == axis else slice(None) for each in (0, 1))
        for ends in ((2 * apart, None), (None, -2 * apart))
    )
    # NumPy's maximum along the short last axis would take ten times as long.
    one, two, three = cv2.split(cv2.absdiff(colours[behind], colours[before]))
    return np.asarray(np.maximum(np.maximum(one, two), three), np.float32)


def _edge(
    band: NDArray[np.float32], side: int, params: BoundaryParams, printed_frame: float = 0.0
) -> tuple[float, float] | None:
    """Where the paper ends in a band beside the text: its distance from the text at the band's two ends.

    Going outwards, the first straight line that stands out against what lies before it is the paper's edge:
    further lines are those of a table, a screen or the picture. `printed_frame` is how far behind a printed
    frame the paper may end.
    """
    length, depth = band.shape
    if depth < 4 or length < 4:
        return None
    lean = params.leaning if side in (LEFT, RIGHT) else params.slant
    slants = np.linspace(-lean, lean, params.slants) * length
    clear = _clearness(band, slants, params.steady)
    best = clear.max(axis=1)
    found: tuple[float, float] | None = None
    last, least = 0.0, 0.0
    share = min(params.by_itself, params.share * float(best.max()))
    for index, start in enumerate(range(1, depth - 1)):
        if found and start - last > printed_frame:
            break
        peak = float(best[max(0, index - params.apart) : index + params.apart + 1].max())
        before = least or params.contrast * float(np.median(best[: max(1, index - 1)]))
        if best[index] == peak and peak >= max(params.clear, before, share):
            tilt = float(slants[int(np.argmax(clear[index]))])
            found, last, least = (start - tilt / 2, start + tilt / 2), start, params.frame_share * peak
    return found


def _clearness(band: NDArray[np.float32], slants: NDArray[np.float64], steady: int) -> NDArray[np.float64]:
    """How clear each straight line through a band is, by the column where its middle is (from the second on) and slant.

    Steady edges count: most of the paper's border is clear, not only where a few letters or bars stand.
    """
    length, depth = band.shape
    places = np.linspace(0.04, 0.96, 60)
    rows = band[np.clip((places * length).astype(int), 0, length - 1)]
    at = np.arange(1, depth - 1)[:, None, None] + (places - 0.5) * slants[:, None]
    inside = (at >= 0) & (at <= depth - 1)
    picked = rows[np.arange(len(places)), np.clip(np.round(at), 0, depth - 1).astype(int)] * inside
    return np.asarray(np.percentile(picked, steady, axis=2))


def _meeting(first: Side, second: Side) -> tuple[float, float]:
    """Where two straight lines meet, each given by two of its points."""
    (a, b), (c, d) = first, second
    one, two = np.cross([*a, 1], [*b, 1]), np.cross([*c, 1], [*d, 1])
    point = np.cross(one, two)
    return float(point[0] / point[2]), float(point[1] / point[2])
