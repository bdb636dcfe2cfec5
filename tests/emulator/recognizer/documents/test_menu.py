"""Prices as menus print them, and doubtful marks before dishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageDraw, ImageFont

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.documents.menu import PRICE, _digits, _evidence, _known, _parts, _prints_slashes
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces
from cloudbase_ocr.recognizer.page.page import Page
from tests.emulator.recognizer.pictures import opened, saved

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


@pytest.mark.check
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


@pytest.mark.check
@pytest.mark.parametrize("mark", ["·", "□"])
def test_a_doubtful_mark_is_looked_at_again(recognizer: Recognizer, specimen: Specimen, mark: str) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    price = _altered(dish, "￥48", 1.0)
    item = _known(page, _altered(dish, mark + dish.text[1:], 0.5), price)
    assert item is not None
    assert (item.name, item.amount) == (dish.text, 48.0)


@pytest.mark.check
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
    assert _evidence(page, [item])["content"].confidence == 1.0


def test_a_closer_look_does_not_lose_the_point_of_a_price(recognizer: Recognizer, specimen: Specimen) -> None:
    page = _page(recognizer, specimen)
    number = next(part for piece in pieces(page.lines(), page.rectification) for part in _prices(piece))
    doubtful = _altered(number, f"{number.text[:-1]}.{number.text[-1]}", 0.5)
    item = _known(page, _a_dish(page), doubtful)
    assert item is not None
    assert item.amount == float(doubtful.text)


@pytest.mark.check
@pytest.mark.parametrize(
    ("printed", "text", "amount"),
    [
        ("36/", "361个", 36.0),
        ("5.5/", "5.51个", 5.5),
        ("21/", "21个", 21.0),
        ("21", "21个", 21.0),
        ("111", "111个", 111.0),
        ("21/", "21/个", 21.0),
        ("111/", "111/个", 111.0),
    ],
)
def test_a_slash_before_the_unit_is_no_figure(
    recognizer: Recognizer, specimen: Specimen, printed: str, text: str, amount: float
) -> None:
    page, dish, price = _printed(recognizer, specimen, printed, text)
    item = _known(page, dish, price)
    assert item is not None
    assert item.amount == amount


@pytest.mark.check
@pytest.mark.parametrize(("slashes", "known"), [(True, False), (False, True)])
def test_a_one_where_others_have_a_slash_is_left_out(
    recognizer: Recognizer, specimen: Specimen, slashes: bool, known: bool
) -> None:
    page, dish, price = _printed(recognizer, specimen, "471", "471个")
    assert (_known(page, dish, price, slashes) is not None) is known


@pytest.mark.check
@pytest.mark.parametrize(
    ("texts", "slashes"),
    [
        (["￥38/份", "￥471份"], True),
        (["￥38份", "￥471份"], False),
        (["38/半只", "26/碗", "45份"], True),
        (["38", "45元"], False),
    ],
)
def test_a_menu_with_slashes_before_its_units_is_known(
    recognizer: Recognizer, specimen: Specimen, texts: list[str], slashes: bool
) -> None:
    dish = _a_dish(_page(recognizer, specimen))
    assert _prints_slashes([_altered(dish, text, 1.0) for text in texts]) is slashes


def _printed(
    recognizer: Recognizer, specimen: Specimen, printed: str, text: str
) -> tuple[Page, Piece, Piece]:
    """The menu with this price and 个 under its title, and a dish and this price, read as `text`, of it."""
    image = opened(specimen("menu"))
    left, top, size = 420, 250, 34
    paper = image.getpixel((left, top))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    right = left + round(font.getlength(printed))
    pen.rectangle((left - 8, top - 8, right + size + 12, top + size + 12), fill=paper)
    pen.text((left, top), printed, fill=(60, 40, 30), font=font)
    _strokes_of_a_unit(pen, right + 4, top + 4, size)
    quad = np.array(
        [(left - 3, top), (right + size + 6, top), (right + size + 6, top + 40), (left - 3, top + 40)]
    )
    page = Page(decode(saved(image), 40_000_000), recognizer._loaded(), 960)
    dish = _a_dish(page)
    price = _altered(dish, text, 1.0)
    return page, dish, replace(price, line=replace(price.line, quad=quad.astype(float)))


def _strokes_of_a_unit(pen: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    """Draw 个: no font with Chinese glyphs has to be installed."""
    ink = (60, 40, 30)
    pen.line([(x + size // 2, y), (x, y + size * 5 // 10)], fill=ink, width=3)
    pen.line([(x + size // 2, y), (x + size, y + size * 5 // 10)], fill=ink, width=3)
    pen.line([(x + size // 2, y + size * 4 // 10), (x + size // 2, y + size)], fill=ink, width=3)


def _prices(piece: Piece) -> list[Piece]:
    """The number of a price without a point, if the piece is one."""
    digits = _digits(piece)
    return [digits] if digits.text.isdigit() and len(digits.text) > 1 else []


def _page(recognizer: Recognizer, specimen: Specimen) -> Page:
    return Page(decode(specimen("menu"), 40_000_000), recognizer._loaded(), 960)


def _a_dish(page: Page) -> Piece:
    return next(piece for piece in pieces(page.lines(), page.rectification) if piece.text == "桂花糯米藕")


def _altered(piece: Piece, text: str, first: float) -> Piece:
    """The same place with another text, whose first character has this confidence."""
    count = len(text)
    centers = tuple((index + 0.5) / count for index in range(count))
    line = Line(text, piece.line.quad, (first, *(1.0 for _ in text[1:])), centers)
    return replace(piece, text=text, line=line, start=0, end=count)
