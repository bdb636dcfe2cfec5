"""A column of prices that the detector took for one box, because its rows stand close: it is read row by row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields.priced import is_dish
from cloudbase_ocr.recognizer.fields.prices import is_price, parts
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.page.page import Page

_HAN = re.compile("[\u3400-\u9fff]")
_DIGITS = "0123456789.,￥$ "


@dataclass(frozen=True)
class ColumnParams:
    """When a box is a column: it is `tall` times as high as the names beside it, of which there are `fewest`."""

    tall: float = 2.2
    fewest: int = 2


COLUMN = ColumnParams()


def with_columns_read(page: Page, found: Sequence[Piece], params: ColumnParams = COLUMN) -> list[Piece]:
    """The pieces, with prices in place of a box that holds a column of them."""
    dishes = [piece for piece in found if is_dish(piece)]
    cut: list[Piece] = []
    for piece in found:
        beside = [
            dish
            for dish in dishes
            if dish.right < piece.left and abs(dish.middle - piece.middle) < piece.height / 2
        ]
        if _is_column(piece, beside, params):
            cut += _read(page, piece, beside) or [piece]
        else:
            cut.append(piece)
    return cut


def _is_column(piece: Piece, beside: Sequence[Piece], params: ColumnParams) -> bool:
    if len(beside) < params.fewest or _HAN.search(piece.text):
        return False
    return piece.height > params.tall * median(dish.height for dish in beside)


def _read(page: Page, column: Piece, beside: Sequence[Piece]) -> list[Piece]:
    """What stands in the column in the row of each name."""
    # Where there are names in several columns, those next to the prices have them.
    nearest = max(dish.left for dish in beside)
    names = sorted((dish for dish in beside if dish.right > nearest), key=lambda dish: dish.middle)
    pitch = min(
        [after.middle - before.middle for before, after in pairwise(names)] or [names[0].height],
    )
    half = min(pitch, median(dish.height for dish in names)) / 2
    places = (
        page.rectification.box(column.left, name.middle - half, column.right, name.middle + half)
        for name in names
    )
    lines = [page.recognize_again(place, _DIGITS) for place in places]
    read = [each for piece in pieces(lines, page.rectification) for each in parts(piece)]
    return [piece for piece in read if is_price(piece)]
