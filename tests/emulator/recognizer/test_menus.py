"""Prices as menus print them, and doubtful marks before dishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from emulator.recognizer import Recognizer
from emulator.recognizer.decode import decode
from emulator.recognizer.layout import Piece, pieces
from emulator.recognizer.lines import Line
from emulator.recognizer.menu import PRICE, _digits, _known, _parts
from emulator.recognizer.page import Page

Specimen = Callable[[str], bytes]


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
        ("……45", "45"),
        ("V", ""),
        ("LV51", ""),
        ("3号", ""),
        ("123456", ""),
    ],
)
def test_forms_of_prices(text: str, price: str) -> None:
    assert PRICE.parse(text) == price


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("酱鸭￥48", ["酱鸭", "￥48"]),
        ("酱鸭…………48", ["酱鸭…………", "48"]),
        ("酱鸭………….64.0", ["酱鸭………….", "64.0"]),
        ("酱鸭———48元/份", ["酱鸭———", "48元/份"]),
        ("酱鸭V48", ["酱鸭", "V48"]),
        ("套餐2", ["套餐2"]),
        ("营业时间9:30", ["营业时间9:30"]),
    ],
)
def test_a_line_with_a_dish_and_its_price_is_cut(
    recognizer: Recognizer, specimen: Specimen, text: str, parts: list[str]
) -> None:
    whole = _altered(_a_dish(_page(recognizer, specimen)), text, 1.0)
    assert [piece.text for piece in _parts(whole)] == parts


@pytest.mark.parametrize("mark", ["·", "□"])
def test_a_doubtful_mark_is_looked_at_again(recognizer: Recognizer, specimen: Specimen, mark: str) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    price = _altered(dish, "￥48", 1.0)
    item = _known(page, _altered(dish, mark + dish.text[1:], 0.5), price)
    assert item is not None
    assert (item.name, item.amount) == (dish.text, 48.0)


def test_the_mark_of_the_currency_may_be_doubtful(recognizer: Recognizer, specimen: Specimen) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    price = _altered(dish, "V48", 1.0)
    line = replace(price.line, scores=(0.2, 1.0, 1.0))
    item = _known(page, dish, replace(price, line=line))
    assert item is not None
    assert item.amount == 48.0


def test_blurred_dots_behind_a_dish_do_not_make_it_doubtful(
    recognizer: Recognizer, specimen: Specimen
) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    count = len(dish.text) + 2
    centers = tuple((index + 0.5) / count for index in range(count))
    line = Line(dish.text + "……", dish.line.quad, (*(1.0 for _ in dish.text), 0.2, 0.2), centers)
    item = _known(page, replace(dish, text=line.text, line=line, end=count), _altered(dish, "48", 1.0))
    assert item is not None
    assert page.report.fields[dish.text].certainty == 1.0


def test_a_closer_look_does_not_lose_the_point_of_a_price(recognizer: Recognizer, specimen: Specimen) -> None:
    page = _page(recognizer, specimen)
    number = next(part for piece in pieces(page.lines(), page.frame) for part in _prices(piece))
    doubtful = _altered(number, f"{number.text[:-1]}.{number.text[-1]}", 0.5)
    item = _known(page, _a_dish(page), doubtful)
    assert item is not None
    assert item.amount == float(doubtful.text)


def _prices(piece: Piece) -> list[Piece]:
    """The number of a price without a point, if the piece is one."""
    digits = _digits(piece)
    return [digits] if digits.text.isdigit() and len(digits.text) > 1 else []


def _page(recognizer: Recognizer, specimen: Specimen) -> Page:
    return Page(decode(specimen("menu"), 40_000_000), recognizer._loaded(), 960)


def _a_dish(page: Page) -> Piece:
    return next(piece for piece in pieces(page.lines(), page.frame) if piece.text == "桂花糯米藕")


def _altered(piece: Piece, text: str, first: float) -> Piece:
    """The same place with another text, whose first character has this certainty."""
    count = len(text)
    centers = tuple((index + 0.5) / count for index in range(count))
    line = Line(text, piece.line.quad, (first, *(1.0 for _ in text[1:])), centers)
    return replace(piece, text=text, line=line, start=0, end=count)
