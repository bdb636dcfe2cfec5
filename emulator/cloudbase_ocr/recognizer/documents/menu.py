"""Dishes and their prices."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.lexicon import dishes
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.evidence import Evidence
from cloudbase_ocr.recognizer.fields.reading import Reading
from cloudbase_ocr.recognizer.fields.resolve import match_lexicon, resolve
from cloudbase_ocr.recognizer.fields.spec import DOUBTLESS, RESOLVE, FieldSpec
from cloudbase_ocr.recognizer.layout.pieces import Piece, part, pieces, quad_of, rows, scores_of
from cloudbase_ocr.recognizer.ocr.charset import ASCII, chinese_characters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudbase_ocr.recognizer.image.geometry import Line, Picture
    from cloudbase_ocr.recognizer.page.page import Page

# What the mark of the currency is read as where it is small: no dish ends in V12.
_MISREAD = "VYW"
_CURRENCY = "￥¥$"
_BEFORE = rf"(?:[{_CURRENCY}]|RMB|(?<![A-Za-z])[{_MISREAD}](?=\s?[0-9]))"
_NUMBER = r"(?:[0-9]{1,2},[0-9]{3}|[0-9]{1,5})(?:[.．][0-9]{1,2})?"
_UNITS = "份个位例只碗杯盘斤两串条瓶壶锅套打件盅扎听屉笼客人"
_BEHIND = rf"(?:元|圆)?(?:起|/?\s*半?[{_UNITS}]|/\s*[0-9]{{0,4}}\s*(?:m?[lL]|k?g|克|毫升))?"
_PRICE = re.compile(rf"{_BEFORE}?\s*({_NUMBER})\s*{_BEHIND}", re.IGNORECASE)
_ENDING = re.compile(rf"(?<![0-9])(?<![0-9][.．]){_BEFORE}?\s*{_NUMBER}\s*{_BEHIND}\s*$", re.IGNORECASE)
_MARKED = re.compile(rf"[{_CURRENCY}]\s*[0-9]|(?<![A-Za-z])[{_MISREAD}]\s?[0-9]|[0-9]\s*(?:元|圆)")
# The slash of ￥47/份 may be read as a 1: ￥471份.
_ONE_AS_SLASH = re.compile(rf"(?<=[0-9])1(?=\s*半?[{_UNITS}]$)")
_WITH_SLASH, _WITHOUT_SLASH = re.compile(rf"/\s*半?[{_UNITS}]$"), re.compile(rf"[02-9]\s*半?[{_UNITS}]$")
# Leaders between dish and price, and marks around names.
_LEADERS = " .·…。．、:：_-—*★☆●○◆◇■□~～"
# What classification goes by: a price alone, or one that ends a line after a dish and a gap.
_PRICE_FORM = r"[0-9]{1,5}(?:[.．][0-9]{1,2})?\s*(?:元|圆)?(?:/?[份个位例只碗杯盘斤两串])?$"
_PRICED = re.compile(
    rf"^(?:[{_CURRENCY}]|RMB)?\s*{_PRICE_FORM}|[\u4e00-\u9fff][^0-9]*?(?:[.…·\s]|[{_CURRENCY}])+\s*{_PRICE_FORM}"
)
_WITH_CURRENCY = re.compile(rf"[{_CURRENCY}]\s*[0-9]|[0-9]\s*(?:元|圆)")


@dataclass(frozen=True)
class MenuParams:
    """When prices make a menu.

    `slash_share`: augmented readings of a 1 before a unit give the slash more than this share of the probability only
    where it is no 1; on 94 drawn prices such as 111份 it had under 0.002. `fewest`: prices without a currency's mark
    make a menu only when there are so many. `below`: a price stands at most this many heights below its dish where
    menus print it so.

    `priced`, `marked`: the chance that each line which is, or ends in, a price is a menu's, and one with a currency's
    mark.
    """

    slash_share: float = 0.02
    fewest: int = 3
    below: float = 2.0
    priced: float = 0.06
    marked: float = 0.12


MENU = MenuParams()


def read(page: Page) -> Reading:
    """``content``: JSON text ``{"menu_items": [{"name": ..., "price": ...}]}`` (ruling R20).

    Raises `DocumentNotFound` when no dish stands beside a price.
    """
    if contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no menu is to be seen: this is another document")
    found = [each for piece in pieces(page.lines(), page.rectification) for each in _parts(piece)]
    items, taken = [], set()
    for row in rows(found):
        for dish, price in _pairs(row):
            taken |= {id(dish), id(price)}
            items.append((dish, price))
    free = [piece for piece in found if id(piece) not in taken]
    items += _below(free)
    slashes = _prints_slashes([price for _, price in items])
    known = [item for dish, price in items if (item := _known(page, dish, price, slashes))]
    if not any(_MARKED.search(item.price.text) for item in known) and len(known) < MENU.fewest:
        raise DocumentNotFound("no menu is to be seen: no price stands beside a dish")
    listed = [{"name": item.name, "price": item.amount} for item in _in_order(known)]
    content = json.dumps({"menu_items": listed}, ensure_ascii=False)
    return Reading({"content": content}, _evidence(page, known))


def _evidence(page: Page, known: Sequence[_Item]) -> dict[str, Evidence]:
    """What the content rests on: all its dishes and prices."""
    each = [page.evidence([item.dish, item.price]) for item in known]
    if not each:
        return {}
    quads = [quad for evidence in each for quad in evidence.quads]
    return {"content": Evidence(min(evidence.confidence for evidence in each), quads)}


@dataclass(frozen=True)
class _Item:
    """A dish and its price, where they stand and what they say."""

    dish: Piece
    price: Piece
    name: str
    amount: float


def _known(page: Page, dish: Piece, price: Piece, slashes: bool = False) -> _Item | None:
    """Both parts as read, or after augmentation; None when one of them cannot be told.

    `slashes` tells that this menu prints its prices with a slash before the unit.
    """
    share = _slash_share(page, price)
    if share < RESOLVE.support and (share > MENU.slash_share or (slashes and _one_before_unit(price))):
        return None
    dish, price = _without_leaders(dish), _digits(price)
    if share >= RESOLVE.support:
        price = part(price, 0, len(price.text) - 1)
    name, amount = _named(page, dish), resolve(page, [price], PRICE).value
    if "." in price.text and amount == price.text.replace(".", ""):
        # An augmented reading of the same figures has only lost the point, and made the price ten times as high.
        amount = price.text
    return _Item(dish, price, name, float(amount)) if name and amount else None


def _named(page: Page, dish: Piece) -> str:
    """The dish's name: made of known words, or else as it was read with confidence."""
    scores = scores_of(dish)
    name = _dish(dish.text)
    if len(name) == len(scores) and min(scores) < DOUBTLESS:
        known, _ = match_lexicon(page, [dish], dishes.candidates(name, scores))
        if known:
            return known
    return resolve(page, [dish], NAME).value


def _without_leaders(dish: Piece) -> Piece:
    """A dish without the dots behind it: where they are blurred, it is not the name that is doubtful."""
    return part(dish, 0, len(dish.text.rstrip(_LEADERS))) if dish.text.rstrip(_LEADERS) else dish


def _digits(price: Piece) -> Piece:
    """The number of a price without what stands around it: a blurred mark of the currency does not matter."""
    match = _PRICE.fullmatch(price.text.strip(_LEADERS))
    offset = len(price.text) - len(price.text.lstrip(_LEADERS))
    return part(price, offset + match.start(1), offset + match.end(1)) if match else price


def _one_before_unit(price: Piece) -> re.Match[str] | None:
    return _ONE_AS_SLASH.search(price.text.rstrip(_LEADERS))


def _prints_slashes(prices: Sequence[Piece]) -> bool:
    """Whether most prices with a unit have a slash before it; those with a 1 there do not count."""
    texts = [price.text.rstrip(_LEADERS) for price in prices]
    return sum(map(bool, map(_WITH_SLASH.search, texts))) > sum(map(bool, map(_WITHOUT_SLASH.search, texts)))


def _slash_share(page: Page, price: Piece) -> float:
    """How likely, 0 to 1, the 1 directly before a price's unit is the slash between them, by the augmented readings."""
    one = _one_before_unit(price)
    if one is None:
        return 0.0
    read = _amount(price.text)
    shares = {True: 0.0, False: 0.0}
    for text, probability in page.hypotheses(quad_of(price), _PRICE_CHARACTERS):
        if _amount(text) == read:
            shares[False] += probability
        elif _amount(text) == read[:-1] and "/" in text:
            shares[True] += probability
    # Readings that show neither tell nothing: the 1 stays doubtful.
    return shares[True] / sum(shares.values()) if any(shares.values()) else RESOLVE.support / 2


def _parts(piece: Piece) -> list[Piece]:
    """A line with a dish and its price is cut between them."""
    match = _ENDING.search(piece.text)
    if match and match.start() > 0 and not _PRICE.fullmatch(piece.text.strip()):
        before = piece.text[: match.start()]
        apart = _MARKED.search(match[0]) or before[-1] in " .…·。—_"
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
            and 0 < price.middle - piece.middle < MENU.below * max(piece.height, price.height)
            and piece.left - piece.height < price.centre < piece.right + piece.height
        ]
        if above:
            found.append((max(above, key=lambda piece: piece.middle), price))
    return found


def _is_price(piece: Piece) -> bool:
    return _PRICE.fullmatch(piece.text.strip(_LEADERS)) is not None


def _is_dish(piece: Piece) -> bool:
    return bool(re.search(r"[\u4e00-\u9fffA-Za-z]{2}|[\u4e00-\u9fff]", _name(piece)))


def _name(piece: Piece) -> str:
    return _dish(piece.text)


def _dish(text: str) -> str:
    """A dish's name without the marks around it and its number on the list."""
    text = re.sub(r"^(?:[0-9]{1,3}[.、．)）])\s*", "", text.strip(_LEADERS))
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", text)


def _amount(text: str) -> str:
    """A price as a number in text, or nothing."""
    match = _PRICE.fullmatch(text.strip(_LEADERS))
    return match[1].replace("．", ".").replace(",", "") if match else ""


# The characters of a price with its unit, for reading its slash again.
_PRICE_CHARACTERS = f"0123456789.,/{_CURRENCY}元圆起半{_UNITS}"

# A doubtful mark before a name may be a character: 口 looks like a box. Names are read again without marks.
NAME = FieldSpec(_dish, "".join(sorted(chinese_characters())) + ASCII)
PRICE = FieldSpec(_amount, "0123456789.,")


def _in_order(items: Sequence[_Item]) -> list[_Item]:
    """Reading order: row by row, from left to right."""
    order = {
        id(piece): index
        for index, piece in enumerate(piece for row in rows(item.dish for item in items) for piece in row)
    }
    return sorted(items, key=lambda item: order[id(item.dish)])


def _score(lines: Sequence[Line], _picture: Picture) -> list[float]:
    """Each line that is, or ends in, a price; those with a currency's mark count more."""
    signs = []
    for line in lines:
        text = line.text.strip(" .·…")
        if _PRICED.search(text):
            signs.append(MENU.marked if _WITH_CURRENCY.search(text) else MENU.priced)
    return signs if len(signs) >= MENU.fewest or MENU.marked in signs else []


READER = DocumentReader(
    key="menu",
    read=read,
    checks=None,
    signature={"菜单": 0.5, "菜谱": 0.5, "MENU": 0.5, "招牌菜": 0.3, "主食": 0.2, "饮品": 0.2},
    score=_score,
    every_script=True,
)
