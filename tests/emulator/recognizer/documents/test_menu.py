"""Prices as menus print them, and doubtful marks before dishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageDraw, ImageFont

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.documents import menu
from cloudbase_ocr.recognizer.documents.menu import MENU, _evidence, _Item, _known, _Looks
from cloudbase_ocr.recognizer.fields.prices import digits
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces
from cloudbase_ocr.recognizer.ocr.scripts import Script
from cloudbase_ocr.recognizer.page.page import Page
from tests.emulator.recognizer.pictures import opened, saved

Specimen = Callable[[str], bytes]


@pytest.mark.check
@pytest.mark.parametrize("mark", ["·", "□"])
def test_a_doubtful_mark_is_looked_at_again(recognizer: Recognizer, specimen: Specimen, mark: str) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    price = _altered(dish, "￥48", 1.0)
    item = _read(page, _altered(dish, mark + dish.text[1:], 0.5), price)
    assert item is not None
    assert (item.name, item.amount) == (dish.text, 48.0)


@pytest.mark.check
def test_the_mark_of_the_currency_may_be_doubtful(recognizer: Recognizer, specimen: Specimen) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    price = _altered(dish, "V48", 1.0)
    line = replace(price.line, scores=(0.2, 1.0, 1.0))
    item = _read(page, dish, replace(price, line=line))
    assert item is not None
    assert item.amount == 48.0


@pytest.mark.check
def test_blurred_dots_behind_a_dish_do_not_make_it_doubtful(
    recognizer: Recognizer, specimen: Specimen
) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    count = len(dish.text) + 2
    centers = tuple((index + 0.5) / count for index in range(count))
    line = Line(dish.text + "……", dish.line.quad, (*(1.0 for _ in dish.text), 0.2, 0.2), centers)
    item = _read(page, replace(dish, text=line.text, line=line, end=count), _altered(dish, "48", 1.0))
    assert item is not None
    assert _evidence(page, [item])["content"].confidence == 1.0


@pytest.mark.check
def test_doubtful_names_are_read_again_only_so_often(recognizer: Recognizer, specimen: Specimen) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    doubtful, price = _altered(dish, "·" + dish.text[1:], 0.5), _altered(dish, "￥48", 1.0)
    assert _known(page, doubtful, price, _Looks(0)) is None
    assert _known(page, dish, price, _Looks(0)) is not None


@pytest.mark.check
def test_the_list_of_words_does_not_simplify_a_traditional_name(
    recognizer: Recognizer, specimen: Specimen, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _page(recognizer, specimen)
    dish, price = _a_dish(page), _altered(_a_dish(page), "48", 1.0)
    monkeypatch.setattr(page, "script", Script.TRADITIONAL)
    monkeypatch.setattr(
        menu, "match_lexicon", lambda _page, _found, words: (words[0], 1.0) if words else ("", 0)
    )
    item = _read(page, _altered(dish, "紅烧肉", 0.8), price)
    assert item is not None
    assert item.name == "紅烧肉"
    monkeypatch.setattr(page, "script", Script.SIMPLIFIED)
    item = _read(page, _altered(dish, "紅烧肉", 0.8), price)
    assert item is not None
    assert item.name == "红烧肉"


@pytest.mark.check
def test_blanks_between_latin_words_are_kept(recognizer: Recognizer, specimen: Specimen) -> None:
    page = _page(recognizer, specimen)
    dish = _a_dish(page)
    item = _read(page, _altered(dish, "Iced Green Tea", 1.0), _altered(dish, "48", 1.0))
    assert item is not None
    assert item.name == "Iced Green Tea"


@pytest.mark.check
def test_a_closer_look_does_not_lose_the_point_of_a_price(recognizer: Recognizer, specimen: Specimen) -> None:
    page = _page(recognizer, specimen)
    number = next(part for piece in pieces(page.lines(), page.rectification) for part in _prices(piece))
    doubtful = _altered(number, f"{number.text[:-1]}.{number.text[-1]}", 0.5)
    item = _read(page, _a_dish(page), doubtful)
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
    item = _read(page, dish, price)
    assert item is not None
    assert item.amount == amount


@pytest.mark.check
@pytest.mark.parametrize(("slashes", "known"), [(True, False), (False, True)])
def test_a_one_where_others_have_a_slash_is_left_out(
    recognizer: Recognizer, specimen: Specimen, slashes: bool, known: bool
) -> None:
    page, dish, price = _printed(recognizer, specimen, "471", "471个")
    assert (_read(page, dish, price, slashes) is not None) is known


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
    number = digits(piece)
    return [number] if number.text.isdigit() and len(number.text) > 1 else []


def _read(page: Page, dish: Piece, price: Piece, slashes: bool = False) -> _Item | None:
    return _known(page, dish, price, _Looks(MENU.looks), slashes)


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
