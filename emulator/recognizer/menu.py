"""`menu`: dishes and their prices."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from emulator.recognizer.errors import DocumentNotFound
from emulator.recognizer.layout import Piece, certainty, part, pieces, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emulator.recognizer.page import Page

LONG_SIDE = 960
# Other documents have numbers at the ends of their rows too.
PAPERS = re.compile(
    "居民身份证|公民身份号码|驾驶证|行驶证|号牌号码|档案编号|营业执照|统一社会信用代码|借记卡|信用卡|VALID THRU"
)
# A dish or a price with a character under this certainty is left out.
SURE = 0.5
_CURRENCY = "￥¥$"
_PRICE = re.compile(
    rf"(?:[{_CURRENCY}]|RMB)?\s*([0-9]{{1,5}}(?:[.．][0-9]{{1,2}})?)\s*(?:元|圆)?(?:起|/?\s*[份个位例只碗杯盘斤两串条瓶壶锅套打件盅扎听])?",
    re.IGNORECASE,
)
_MARKED = re.compile(rf"[{_CURRENCY}]\s*[0-9]|[0-9]\s*(?:元|圆)")
# Leaders between dish and price, and marks around names.
_LEADERS = " .·…。．、:：_-—*★☆●○◆◇■□~～"
# Prices without a currency's mark make a menu only when there are so many.
FEWEST = 3
# A price stands at most this many heights below its dish where menus print it so.
BELOW = 2.0


def read(page: Page) -> dict[str, Any]:
    """``content``: JSON text ``{"menu_items": [{"name": ..., "price": ...}]}`` (ruling R20).

    Raises `DocumentNotFound` when no dish stands beside a price.
    """
    if any(PAPERS.search(line.text) for line in page.lines()):
        raise DocumentNotFound("no menu is to be seen: this is another document")
    found = [each for piece in pieces(page.lines(), page.frame) for each in _parts(piece)]
    items, taken = [], set()
    for row in rows(found):
        for dish, price in _pairs(row):
            taken |= {id(dish), id(price)}
            items.append((dish, price))
    free = [piece for piece in found if id(piece) not in taken]
    items += _below(free)
    known = [(dish, price) for dish, price in items if min(certainty([dish]), certainty([price])) >= SURE]
    if not any(_MARKED.search(price.text) for _, price in known) and len(known) < FEWEST:
        raise DocumentNotFound("no menu is to be seen: no price stands beside a dish")
    for dish, price in known:
        page.note(_name(dish), [dish, price])
    listed = [{"name": _name(dish), "price": _amount(price)} for dish, price in _by_column(known)]
    return {"content": json.dumps({"menu_items": listed}, ensure_ascii=False)}


def is_priced(text: str) -> bool:
    """Whether a line's text is a price, or ends in one after a dish."""
    if _PRICE.fullmatch(text):
        return True
    match = re.search(
        r"[\u4e00-\u9fff][^0-9]*?([.…·\s]|[￥¥$])+\s*[0-9]{1,5}(?:[.．][0-9]{1,2})?\s*(?:元|圆)?$", text
    )
    return match is not None


def is_marked(text: str) -> bool:
    """Whether a currency's mark stands beside a number."""
    return _MARKED.search(text) is not None


def _parts(piece: Piece) -> list[Piece]:
    """A line with a dish and its price is cut between them."""
    match = re.search(
        rf"(?<![0-9.])(?:[{_CURRENCY}]|RMB)?\s*[0-9]{{1,5}}(?:[.．][0-9]{{1,2}})?\s*(?:元|圆)?(?:/?[份个位例只碗杯盘斤两串条瓶壶锅套])?\s*$",
        piece.text,
    )
    if match and match.start() > 0 and not _PRICE.fullmatch(piece.text.strip()):
        before = piece.text[: match.start()]
        apart = _MARKED.search(match[0]) or before[-1] in " .…·。"
        if apart and re.search(r"[\u4e00-\u9fff]", before):
            return [part(piece, 0, match.start()), part(piece, match.start(), len(piece.text))]
    return [piece]


def _pairs(row: Sequence[Piece]) -> Iterator[tuple[Piece, Piece]]:
    """Each price of a row belongs to the last dish before it."""
    dish = None
    for piece in row:
        if _is_price(piece):
            if dish is not None:
                yield dish, piece
            dish = None
        elif _is_dish(piece):
            dish = piece


def _below(free: Sequence[Piece]) -> list[tuple[Piece, Piece]]:
    """Menus with pictures print the price under the dish; only marked prices count there."""
    found = []
    for price in (piece for piece in free if _is_price(piece) and _MARKED.search(piece.text)):
        above = [
            piece
            for piece in free
            if _is_dish(piece)
            and 0 < price.middle - piece.middle < BELOW * max(piece.height, price.height)
            and piece.left - piece.height < (price.left + price.right) / 2 < piece.right + piece.height
        ]
        if above:
            found.append((max(above, key=lambda piece: piece.middle), price))
    return found


def _is_price(piece: Piece) -> bool:
    return _PRICE.fullmatch(piece.text.strip(_LEADERS)) is not None


def _is_dish(piece: Piece) -> bool:
    return bool(re.search(r"[\u4e00-\u9fffA-Za-z]{2}|[\u4e00-\u9fff]", _name(piece)))


def _name(piece: Piece) -> str:
    text = piece.text.strip(_LEADERS)
    text = re.sub(r"^(?:[0-9]{1,3}[.、．)）])\s*", "", text)
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", text)


def _amount(piece: Piece) -> float:
    match = _PRICE.fullmatch(piece.text.strip(_LEADERS))
    return float(match[1].replace("．", ".")) if match else 0.0


def _by_column(items: Sequence[tuple[Piece, Piece]]) -> list[tuple[Piece, Piece]]:
    """Reading order: row by row, from left to right."""
    order = {
        id(piece): index
        for index, piece in enumerate(piece for row in rows(dish for dish, _ in items) for piece in row)
    }
    return sorted(items, key=lambda item: order[id(item[0])])
