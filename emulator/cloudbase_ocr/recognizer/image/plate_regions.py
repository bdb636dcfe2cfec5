"""Where number plates may be, from colours and edges alone: quads of about their proportions, the likeliest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.geometry import bounds, in_reading_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad


@dataclass(frozen=True)
class RegionParams:
    """How plates are looked for.

    `long_side`: in a picture shrunk to this, in pixels. `hues`: ranges of blue, yellow and green as OpenCV counts them,
    each with the least saturation and brightness.

    `ratio`: a plate's width over its height, as seen askew. `min_height`: in pixels of that picture; `max_height`:
    as a share of the picture's. `max_slant`: in degrees. `close`: so far apart stand a plate's strokes, in pixels, for
    small plates and for larger ones. `filled`: a region fills so much of its quad. `clear_height`: lower plates count
    less, in proportion. `most`: so many regions are given.
    """

    long_side: int = 1024
    hues: tuple[tuple[int, int, int, int], ...] = ((98, 128, 90, 35), (13, 34, 90, 60), (38, 92, 40, 60))
    ratio: tuple[float, float] = (1.7, 6.5)
    min_height: float = 9.0
    max_height: float = 0.5
    max_slant: float = 25.0
    close: tuple[int, ...] = (9, 19)
    filled: float = 0.5
    clear_height: float = 16.0
    most: int = 6


REGIONS = RegionParams()


def plate_regions(picture: Picture, params: RegionParams = REGIONS) -> list[Quad]:
    """Quads that may hold a plate, in pixels of `picture`."""
    scale = min(1.0, params.long_side / max(picture.shape[:2]))
    small = (
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    )
    edges = _upright_edges(np.asarray(small, np.uint8))
    found: list[tuple[float, Quad]] = []
    for mask in _masks(np.asarray(small, np.uint8), edges, params):
        for quad, score in _plate_shaped(mask, edges, params):
            found.append((score, quad))
    found.sort(key=lambda each: -each[0])
    kept: list[Quad] = []
    for _, quad in found:
        if len(kept) < params.most and not any(_same(quad, other) for other in kept):
            kept.append(quad)
    return [quad / scale for quad in kept]


def is_coloured(picture: Picture, quad: Quad, saturated: int, params: RegionParams = REGIONS) -> bool:
    """Whether what is around the characters is blue, green or yellow, of at least this saturation (0 to 255)."""
    low, high = bounds(quad)
    left, top = np.clip(np.floor(low), 0, None).astype(int)
    right, bottom = np.ceil(high).astype(int)
    part = picture[top:bottom, left:right]
    if not part.size:
        return False
    hue, saturation, _ = np.median(cv2.cvtColor(part, cv2.COLOR_BGR2HSV).reshape(-1, 3), axis=0)
    colourful = saturation >= saturated
    return bool(colourful and any(low <= hue <= high for low, high, _, _ in params.hues))


def _upright_edges(picture: Picture) -> NDArray[np.float32]:
    """How steep the grey levels are from left to right."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    return np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0))


def _masks(picture: Picture, edges: NDArray[np.float32], params: RegionParams) -> Iterator[NDArray[np.uint8]]:
    hue, saturation, value = cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV))
    for low, high, colourful, bright in params.hues:
        mask = (hue >= low) & (hue <= high) & (saturation >= colourful) & (value >= bright)
        coloured = mask.astype(np.uint8) * 255
        if mask.any():
            yield np.asarray(cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, np.ones((3, 7), np.uint8)), np.uint8)
    strong = edges > max(40.0, float(np.percentile(edges, 90)))
    strokes = strong.astype(np.uint8) * 255
    for close in params.close:
        joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((3, close), np.uint8))
        yield np.asarray(cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((5, 9), np.uint8)), np.uint8)


def _plate_shaped(
    mask: NDArray[np.uint8], edges: NDArray[np.float32], params: RegionParams
) -> Iterator[tuple[Quad, float]]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        if cv2.boundingRect(contour)[3] < params.min_height:
            continue
        centre, (wide, high), angle = cv2.minAreaRect(contour)
        if wide < high:
            wide, high, angle = high, wide, angle - 90
        angle = (angle + 90) % 180 - 90
        shaped = params.ratio[0] <= wide / max(high, 1e-6) <= params.ratio[1]
        if not shaped or high < params.min_height or abs(angle) > params.max_slant:
            continue
        if high > params.max_height * mask.shape[0] or cv2.contourArea(contour) < params.filled * wide * high:
            continue
        quad = in_reading_order(cv2.boxPoints((centre, (wide, high), angle)).astype(np.float64))
        left, top, across, down = cv2.boundingRect(contour)
        inside = edges[top : top + down, left : left + across]
        yield quad, _stroke_score(inside, down, params)


def _stroke_score(edges: NDArray[np.float32], high: float, params: RegionParams) -> float:
    """How much a region looks as if seven characters stood in it: strong upright edges all along it."""
    columns = np.array([float(part.mean()) for part in np.array_split(edges, 7, axis=1)])
    return float(np.sort(columns)[:4].mean()) * min(1.0, high / params.clear_height)


def _same(first: Quad, second: Quad) -> bool:
    one, two = (np.concatenate([each.min(axis=0), each.max(axis=0)]) for each in (first, second))
    low, high = np.maximum(one[:2], two[:2]), np.minimum(one[2:], two[2:])
    both = float(np.prod(np.clip(high - low, 0, None)))
    areas = [float(np.prod(each[2:] - each[:2])) for each in (one, two)]
    return both > 0.75 * (sum(areas) - both)
