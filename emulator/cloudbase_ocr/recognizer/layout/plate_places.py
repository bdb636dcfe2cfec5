"""Where number plates may be, from the lines of text that were found: whole rows, and rows that lost an end.

Detectors cut a plate's province off, or find the rest in two parts. The proportions of GA 36 tell where the plate goes
on: cells of 45 x 90 mm stand 57 mm apart, with 22 mm more around the point behind the second one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.image.geometry import box, centre, height, unit, width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudbase_ocr.recognizer.image.geometry import Line, Quad

_PART = re.compile(r"[A-Z0-9\u4e00-\u9fff·•.\s:：_,—-]{1,12}")
_MARKS = re.compile(r"[\s·•.\-—_:：,]")
_LATIN = re.compile("[A-Z0-9]")
_WITH_PROVINCE = re.compile("[\u4e00-\u9fff][A-Z]")


@dataclass(frozen=True)
class PlacesParams:
    """Proportions of plates; lengths in heights of a line, which the detector makes wider than the characters.

    `telling`: a part has so many letters and digits at least. `longest`: no row is longer. `character`: what one more
    character takes, `two` what two with the point between them. `overlap`, `apart`: parts of a row overlap at most so
    much and stand at most so far apart. `below`: the second row stands at most so far below the first.
    """

    telling: int = 3
    longest: float = 9.0
    character: float = 0.6
    two: float = 1.3
    overlap: float = 0.7
    apart: float = 1.5
    below: float = 2.2


PLACES = PlacesParams()


def rows_of_plates(lines: Sequence[Line], params: PlacesParams = PLACES) -> Iterator[Quad]:
    """Quads of rows that may be a plate, the likeliest of each line first."""
    parts = [line for line in lines if _PART.fullmatch(line.text)]
    for line in parts:
        yield from _with_lost_ends(line, params)
        for other in parts:
            if _beside(line, other, params) and _tells(other, params):
                yield _together(line, other)


def two_rows_of_plates(lines: Sequence[Line], params: PlacesParams = PLACES) -> Iterator[Quad]:
    """Quads of plates of which the two rows were found."""
    parts = [line for line in lines if _PART.fullmatch(line.text)]
    for lower in parts:
        above = [upper for upper in parts if _tells(lower, params) and _under(upper, lower, params)]
        if len(above) > 1:  # the upper row came in two parts, or one of them is none of the plate's
            yield _together(*above, lower)
        for upper in above:
            yield _together(upper, lower)


def _with_lost_ends(line: Line, params: PlacesParams) -> Iterator[Quad]:
    if not _tells(line, params) or line.width > params.longest * line.height:
        return
    text = _MARKS.sub("", line.text)
    yield line.quad
    if not _WITH_PROVINCE.match(text):
        yield _longer(line.quad, params.character, 0.0)
        if len(text) <= 5:
            yield _longer(line.quad, params.two, 0.0)
    if len(text) <= 6:
        yield _longer(line.quad, 0.0, params.character)


def _tells(line: Line, params: PlacesParams) -> bool:
    return len(_LATIN.findall(line.text)) >= params.telling


def _longer(quad: Quad, left: float, right: float) -> Quad:
    along = unit(quad[1] - quad[0] + quad[2] - quad[3]) * height(quad)
    return np.asarray(quad + np.stack((-left * along, right * along, right * along, -left * along)))


def _together(*lines: Line) -> Quad:
    """The quad around some lines, along the longest one."""
    longer = max(lines, key=lambda line: width(line.quad))
    along = unit(longer.quad[1] - longer.quad[0] + longer.quad[2] - longer.quad[3])
    axes = np.stack((along, np.array([-along[1], along[0]])))
    places = np.concatenate([line.quad for line in lines]) @ axes.T
    (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
    return np.asarray(box(left, top, right, bottom) @ axes)


def _beside(first: Line, second: Line, params: PlacesParams) -> bool:
    if first is second:
        return False
    high = max(first.height, second.height)
    one, two = centre(first.quad), centre(second.quad)
    gap = float(second.quad[0, 0] - first.quad[1, 0])
    level = abs(one[1] - two[1]) < 0.5 * high
    return bool(level and one[0] < two[0] and -params.overlap * high < gap < params.apart * high)


def _under(upper: Line, lower: Line, params: PlacesParams) -> bool:
    if upper is lower:
        return False
    high = max(upper.height, lower.height)
    down = float(centre(lower.quad)[1] - centre(upper.quad)[1])
    return bool(
        0.4 * high < down < params.below * high
        and lower.quad[0, 0] - high < upper.quad[0, 0]
        and upper.quad[1, 0] < lower.quad[1, 0] + high
    )
