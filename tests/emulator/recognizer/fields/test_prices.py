"""Prices as menus print them, and lines that hold a dish and its prices."""

from __future__ import annotations

import pytest

from cloudbase_ocr.recognizer.fields.prices import amount, is_price, parts, prints_slashes, touching
from cloudbase_ocr.recognizer.image.geometry import Line, box
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces


def piece(text: str, centers: tuple[float, ...] = ()) -> Piece:
    count = len(text)
    places = centers or tuple((index + 0.5) / count for index in range(count))
    return pieces([Line(text, box(0, 0, 30 * count, 40), (1.0,) * count, places)])[0]


def texts(found: list[Piece]) -> list[str]:
    return [each.text.strip() for each in found]


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("38", "38"),
        ("￥38.5", "38.5"),
        ("¥ 38.50/份", "38.50"),
        ("V51.5/份", "51.5"),
        ("Y12", "12"),
        ("Y 122.5", "122.5"),
        ("W47", "47"),
        ("￥1,280", "1280"),
        ("68元/半只", "68"),
        ("26/500g", "26"),
        ("18元/杯", "18"),
        ("RMB 45", "45"),
        ("NT$45", "45"),
        ("大杯 45", "45"),
        ("……45", "45"),
        ("| 45", "45"),
        ("V", ""),
        ("LV51", ""),
        ("3号", ""),
        ("0", ""),
        ("0.00", ""),
        ("123456", ""),
    ],
)
def test_forms_of_prices(text: str, price: str) -> None:
    assert amount(text) == price
    assert is_price(piece(text)) is bool(price)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("酱鸭￥48", ["酱鸭", "￥48"]),
        ("酱鸭…………48", ["酱鸭…………", "48"]),
        ("酱鸭………….64.0", ["酱鸭………….", "64.0"]),
        ("酱鸭———48元/份", ["酱鸭———", "48元/份"]),
        ("酱鸭V48", ["酱鸭", "V48"]),
        ("红茶 30 35", ["红茶", "30", "35"]),
        ("Iced Tea | 8", ["Iced Tea |", "8"]),
        ("Iced Tea $4.50", ["Iced Tea", "$4.50"]),
        ("Combo 2", ["Combo 2"]),
        ("套餐2", ["套餐2"]),
        ("套餐 2", ["套餐 2"]),
        ("营业时间9:30", ["营业时间9:30"]),
        ("30 35", ["30", "35"]),
        ("$30 / $35", ["$30", "$35"]),
        ("26/500g", ["26/500g"]),
    ],
)
def test_a_line_is_cut_between_dish_and_prices(text: str, cut: list[str]) -> None:
    assert texts(parts(piece(text))) == cut


def test_two_prices_without_a_blank_are_told_by_the_gap() -> None:
    assert texts(parts(piece("5060", (0.1, 0.25, 0.7, 0.85)))) == ["50", "60"]
    assert texts(parts(piece("1280", (0.1, 0.37, 0.63, 0.9)))) == ["1280"]


def test_a_price_may_touch_its_dish() -> None:
    assert texts(touching(piece("香菇肉羹50"))) == ["香菇肉羹", "50"]
    assert touching(piece("套餐2")) == []
    assert touching(piece("香菇肉羹")) == []


@pytest.mark.parametrize(
    ("prices", "slashes"),
    [
        (["￥38/份", "￥471份"], True),
        (["￥38份", "￥471份"], False),
        (["38/半只", "26/碗", "45份"], True),
        (["38", "45元"], False),
    ],
)
def test_a_menu_with_slashes_before_its_units_is_known(prices: list[str], slashes: bool) -> None:
    assert prints_slashes([piece(text) for text in prices]) is slashes
