"""The row of a card's number: where it is by what was read of it, and views in which embossed digits stand out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.fields import card_numbers
from cloudbase_ocr.recognizer.fields.digit_grid import Grid, grid_of
from cloudbase_ocr.recognizer.image.crop import straighten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cloudbase_ocr.recognizer.image.deskew import Rectification
    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.ocr.ctc import Probabilities
    from cloudbase_ocr.recognizer.page.page import Page


@dataclass(frozen=True)
class CardRowParams:
    """How the row is looked at. Lengths in heights of the row where nothing else is said.

    `beyond`: the row is looked for at least and at most so far beyond what was read of it. `shown`: a place is one of
    its ends when this share of the views shows it, at most `next_group` pitches from the next. `margin`: what is left
    beside the outer digits, in pitches. `view_height`: of a view, in pixels, twice what the network takes.

    `cuts`: each view is cut out with these margins above and below, and stretched sideways so far: the network then
    meets each digit at other steps. `small`: in rows lower than so many pixels print may be blurred: the network that
    knows blurred print looks at them, too.

    `ground`: brightness is compared with its median so far around. `contrast`: the spread of that, which becomes a
    third of all grey levels. `line_art`: what is darker than its surroundings by more than such a part of the spread is
    line art as well as shadow: it is cut off there.

    `early_margin`: by so much a number must be likelier than all others in a few views, else `margin_of_all` in more:
    with the views used here no card of 38 was wrong above 0.1; with other cuts, real ones were up to 2.0, a drawn
    one at 2.2. (Natural logarithms.)
    """

    beyond: tuple[float, float] = (3.0, 9.0)
    shown: float = 0.3
    next_group: float = 2.6
    margin: float = 0.75
    view_height: int = 96
    cuts: tuple[tuple[float, float], ...] = ((0.0, 1.0), (0.12, 0.9), (-0.06, 1.15))
    small: float = 48.0
    ground: float = 0.9
    contrast: float = 70.0
    line_art: tuple[float, ...] = (0.5, 1.0)
    early_margin: float = 4.0
    margin_of_all: float = 2.5


CARD_ROW = CardRowParams()


@dataclass(frozen=True)
class Row:
    """A stretch of the rectified page that holds a number, or a part of it: so many `digits` as read."""

    rectification: Rectification
    left: float
    right: float
    middle: float
    height: float
    digits: int

    @property
    def length(self) -> float:
        """In heights."""
        return (self.right - self.left) / self.height

    @property
    def beyond(self) -> float:
        """How far it may go on at either end, in heights, when it has as many digits as any number."""
        missing = max(card_numbers.LENGTHS) + 1 - self.digits
        return min(CARD_ROW.beyond[1], max(CARD_ROW.beyond[0], missing * self.length / max(1, self.digits)))

    def quad(self, margin: float = 0.0) -> Quad:
        """Where it is in the picture, with a margin above and below."""
        half = (0.5 + margin) * self.height
        return self.rectification.box(self.left, self.middle - half, self.right, self.middle + half)


def row_of(found: Sequence[Piece], rectification: Rectification) -> Row:
    """The row that these pieces of one number stand in."""
    return Row(
        rectification,
        min(piece.left for piece in found),
        max(piece.right for piece in found),
        float(np.median([piece.middle for piece in found])),
        min(piece.height for piece in found),
        sum(character.isdecimal() for piece in found for character in piece.text),
    )


def whole_row(page: Page, row: Row, params: CardRowParams = CARD_ROW) -> Row:
    """The row from its first digit to its last, of which a part was read."""
    across = row.rectification.rectified(
        np.array([[0, row.middle], [page.picture.shape[1], row.middle]], np.float64)
    )
    wide = replace(
        row,
        left=max(float(across[:, 0].min()), row.left - row.beyond * row.height),
        right=min(float(across[:, 0].max()), row.right + row.beyond * row.height),
    )
    cut = _cut(page, wide, params.cuts[0], params)
    grid = grid_of(page.digits([view(cut) for view in VIEWS[:3]]), wide.length)
    if grid is None:
        return row
    first, last = _ends(
        grid, (row.left - wide.left) / row.height, (row.right - wide.left) / row.height, params
    )
    margin = params.margin * grid.pitch
    return replace(
        row,
        left=wide.left + (first - margin) * row.height,
        right=wide.left + (last + margin) * row.height,
    )


def _ends(grid: Grid, left: float, right: float, params: CardRowParams) -> tuple[float, float]:
    """The outer places of the number of which a part stands from `left` to `right`."""
    shown = [place.at for place in grid.places if place.support > params.shown]
    inside = [at for at in shown if left <= at <= right] or [left, right]
    first, last = inside[0], inside[-1]
    for at in reversed(shown):
        if 0 < first - at < params.next_group * grid.pitch:
            first = at
    for at in shown:
        if 0 < at - last < params.next_group * grid.pitch:
            last = at
    return first, last


def grids(page: Page, row: Row, params: CardRowParams = CARD_ROW) -> Iterator[tuple[Grid, float]]:
    """What the views of a whole row show together, and by how much a number must then be likelier than all others.

    A few views are enough for a number that is plain in them. Where dark line art crosses the digits, most views are
    misled in the same way: highlights alone come last.
    """
    cuts = [_cut(page, row, cut, params) for cut in params.cuts]
    seen = page.digits([view(cuts[0]) for view in VIEWS])
    yield from _grid(seen, row, params.early_margin)
    seen += page.digits([view(cut) for cut in cuts[1:] for view in VIEWS])
    if row.height < params.small:
        seen += page.digits(cuts, blurred=True)
    yield from _grid(seen, row, params.margin_of_all)
    bright = page.digits([_highlights(cut, part) for cut in cuts for part in params.line_art])
    yield from _grid(bright, row, params.margin_of_all)


def _grid(seen: list[Probabilities], row: Row, margin: float) -> Iterator[tuple[Grid, float]]:
    grid = grid_of(seen, row.length)
    if grid is not None:
        yield grid, margin


def _cut(page: Page, row: Row, cut: tuple[float, float], params: CardRowParams) -> Picture:
    margin, stretched = cut
    found = straighten(page.picture, row.quad(margin))
    scale = params.view_height / found.shape[0]
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    size = (max(1, round(found.shape[1] * scale * stretched)), params.view_height)
    return np.asarray(cv2.resize(found, size, interpolation=way), np.uint8)


def _plain(picture: Picture) -> Picture:
    return picture


def _red(picture: Picture) -> Picture:
    """The channel in which skin, gold and red print are palest."""
    return _grey(picture[:, :, 2])


def _flat(picture: Picture) -> Picture:
    """Local contrast at one level: dark and bright grounds look alike."""
    grey: Any = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    height = picture.shape[0]
    grey -= cv2.GaussianBlur(grey, (0, 0), height / 6)
    spread = np.sqrt(cv2.GaussianBlur(grey * grey, (0, 0), height / 3)) + 3
    return _grey(np.clip(128 + grey / spread * 50, 0, 255))


def _highlights(
    picture: Picture, line_art: float = CARD_ROW.line_art[0], params: CardRowParams = CARD_ROW
) -> Picture:
    """What is brighter than its ground: the light on raised edges, without the dark lines of a picture below them."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    ground = cv2.medianBlur(grey, int(picture.shape[0] * params.ground) | 1)
    above = grey.astype(np.float32) - ground
    spread = float(np.percentile(np.abs(above), params.contrast)) + 2
    return _grey(np.clip(128 + np.clip(above / spread, -line_art, 3) * (127 / 3), 0, 255))


def _grey(samples: Any) -> Picture:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(samples, np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


VIEWS: tuple[Callable[[Picture], Picture], ...] = (_plain, _flat, _highlights, _red)
