"""A column of prices in one box is read row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from cloudbase_ocr.recognizer.fields.price_column import with_columns_read
from cloudbase_ocr.recognizer.image.deskew import Rectification
from cloudbase_ocr.recognizer.image.geometry import Line, box
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces


def at(text: str, left: float, top: float, right: float, bottom: float) -> Piece:
    return pieces([_line(text, box(left, top, right, bottom))])[0]


def _line(text: str, quad: Any) -> Line:
    centers = tuple((index + 0.5) / len(text) for index in range(len(text)))
    return Line(text, quad, (1.0,) * len(text), centers)


class Paper:
    """A page whose rows, 30 pixels high, hold these prices."""

    rectification = Rectification(np.eye(3))

    def __init__(self, prices: list[str]) -> None:
        self.prices = prices

    def recognize_again(self, quad: Any, only: str) -> Line:
        assert set("0123456789") <= set(only)
        return _line(self.prices[int(quad[:, 1].mean() // 30)], quad)


NAMES = [at("红茶", 0, 0, 60, 30), at("绿茶", 0, 30, 60, 60), at("柠檬茶", 0, 60, 90, 90)]


def texts(found: list[Piece]) -> list[str]:
    return [piece.text.strip() for piece in found]


def test_a_box_as_high_as_several_names_is_read_beside_each() -> None:
    column = at("6025", 300, 0, 340, 90)
    page: Any = Paper(["60", "25 30", "20"])
    assert texts(with_columns_read(page, [*NAMES, column])) == [
        "红茶",
        "绿茶",
        "柠檬茶",
        "60",
        "25",
        "30",
        "20",
    ]


def test_other_boxes_stay_as_they_are() -> None:
    page: Any = Paper([])
    for other in (at("60", 300, 0, 340, 30), at("竖排文字", 300, 0, 340, 90), at("60", 300, 200, 340, 290)):
        assert with_columns_read(page, [*NAMES, other]) == [*NAMES, other]
