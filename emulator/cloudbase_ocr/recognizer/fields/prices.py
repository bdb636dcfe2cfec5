"""Prices in their printed forms, and where a line of text is cut into a dish and its prices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.layout.pieces import Piece, part, place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# What the mark of the currency is read as where it is small: no dish ends in V12.
_MISREAD = "VYW"
CURRENCY = "￥¥$"
UNITS = "份个位例只碗杯盘斤两串条瓶壶锅套打件盅扎听屉笼客人個隻盤兩條壺鍋"
# The size may stand before its price: 中杯30.
_SIZE = "(?:[特超]?[小中大]杯?|[冷冰热熱]饮?)?"
_BEFORE = rf"(?:(?:NT|HK)?[{CURRENCY}]|RMB|(?<![A-Za-z])[{_MISREAD}](?=\s?[0-9]))"
_NUMBER = r"(?:[0-9]{1,2},[0-9]{3}|[0-9]{1,5})(?:[.．][0-9]{1,2})?"
_BEHIND = rf"(?:元|圆|圓)?(?:起|/?\s*半?[{UNITS}]|/\s*[0-9]{{0,4}}\s*(?:m?[lL]|k?g|克|毫升))?"
_PRICE = re.compile(rf"{_SIZE}\s*{_BEFORE}?\s*({_NUMBER})\s*{_BEHIND}", re.IGNORECASE)
_ENDING = re.compile(rf"(?<![0-9])(?<![0-9][.．]){_BEFORE}?\s*{_NUMBER}\s*{_BEHIND}\s*$", re.IGNORECASE)
_MARKED = re.compile(rf"[{CURRENCY}]\s*[0-9]|(?<![A-Za-z])[{_MISREAD}]\s?[0-9]|[0-9]\s*(?:元|圆|圓)")
# Several sizes: 30 35, $30/$35.
_BETWEEN_PRICES = re.compile(r"\s*[/|]\s*|\s+")
# The slash of ￥47/份 may be read as a 1: ￥471份.
_ONE_AS_SLASH = re.compile(rf"(?<=[0-9])1(?=\s*半?[{UNITS}]$)")
_WITH_SLASH, _WITHOUT_SLASH = re.compile(rf"/\s*半?[{UNITS}]$"), re.compile(rf"[02-9]\s*半?[{UNITS}]$")
# Leaders between dish and price, and marks around names.
LEADERS = " .·…‥⋯。．、:：_-—–|｜*★☆●○◆◇■□~～"
# Behind a Latin name a blank alone tells nothing: Combo 2.
_LATIN_LEADERS = LEADERS.replace(" ", "")
_HAN, _LATIN_WORD = re.compile("[\u3400-\u9fff]"), re.compile(r"[A-Za-zÀ-ɏ]{2}")
# Behind a Chinese one, only a number of two figures and more: 套餐 2.
_FAR_OFF = re.compile(r"\s+[0-9]{2}")
# A price that touches its dish, as on order forms: of two figures and more, for 套餐2 is a dish.
_TOUCHING = re.compile(r"(?<=[\u3400-\u9fff)）])[1-9][0-9]{1,3}(?:[.．][0-9]{1,2})?$")


@dataclass(frozen=True)
class PriceParams:
    """How prices that stand close to each other are told apart.

    `gap`: two prices without a blank between them, 5060, are cut in the middle where their figures stand this many
    times as far apart as the others.
    """

    gap: float = 1.5


PRICES = PriceParams()


def amount(text: str) -> str:
    """A price as a number in text, or nothing; what costs nothing has none."""
    match = _PRICE.fullmatch(text.strip(LEADERS))
    number = match[1].replace("．", ".").replace(",", "") if match else ""
    return number if number.strip("0.") else ""


def is_price(piece: Piece) -> bool:
    """Whether a piece is a price."""
    return bool(amount(piece.text))


def is_marked(text: str) -> bool:
    """Whether a price has a currency's mark."""
    return _MARKED.search(text) is not None


def digits(price: Piece) -> Piece:
    """The number of a price without what stands around it: a blurred mark of the currency does not matter."""
    match = _PRICE.fullmatch(price.text.strip(LEADERS))
    offset = len(price.text) - len(price.text.lstrip(LEADERS))
    return part(price, offset + match.start(1), offset + match.end(1)) if match else price


def parts(piece: Piece, params: PriceParams = PRICES) -> list[Piece]:
    """A line with a dish and its prices is cut between them."""
    text = piece.text.strip()
    if _PRICE.fullmatch(text):
        return _halves(piece, params)
    several = _several(piece)
    if several:
        return several
    match = _ENDING.search(piece.text)
    if match is None or match.start() == 0:
        return [piece]
    before = piece.text[: match.start()]
    if _HAN.search(before):
        apart = is_marked(match[0]) or before[-1] in " .…·。—_|｜" or _FAR_OFF.match(match[0]) is not None
    else:
        apart = bool(_LATIN_WORD.search(before)) and (
            is_marked(match[0]) or before.rstrip()[-1] in _LATIN_LEADERS
        )
    if not apart:
        return [piece]
    return [
        *parts(part(piece, 0, len(before.rstrip()) or 1), params),
        part(piece, match.start(), len(piece.text)),
    ]


def touching(piece: Piece) -> list[Piece]:
    """A dish and the price that touches it; nothing where no number follows the name."""
    match = _TOUCHING.search(piece.text)
    if match is None:
        return []
    return [part(piece, 0, match.start()), part(piece, match.start(), len(piece.text))]


def one_before_unit(price: Piece) -> re.Match[str] | None:
    """The 1 directly before a price's unit, which may be a slash."""
    return _ONE_AS_SLASH.search(price.text.rstrip(LEADERS))


def prints_slashes(prices: Sequence[Piece]) -> bool:
    """Whether most prices with a unit have a slash before it; those with a 1 there do not count."""
    texts = [price.text.rstrip(LEADERS) for price in prices]
    return sum(map(bool, map(_WITH_SLASH.search, texts))) > sum(map(bool, map(_WITHOUT_SLASH.search, texts)))


def _several(piece: Piece) -> list[Piece]:
    """Prices side by side in one line, of a dish in several sizes."""
    ends = [found.span() for found in _BETWEEN_PRICES.finditer(piece.text.rstrip())]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(piece.text.rstrip())]
    found = [part(piece, start, stop) for start, stop in zip(starts, stops, strict=True) if stop > start]
    return found if len(found) > 1 and all(map(is_price, found)) else []


def _halves(piece: Piece, params: PriceParams) -> list[Piece]:
    """A number, or the two of the same length that it is: the gap between them is no character."""
    count = len(piece.text)
    if not piece.text.isdigit() or count not in (4, 6):
        return [piece]
    places = [place_of(piece, index) for index in range(count)]
    gaps = [after - before for before, after in pairwise(places)]
    middle = gaps.pop(count // 2 - 1)
    if middle < params.gap * max(gaps):
        return [piece]
    return [part(piece, 0, count // 2), part(piece, count // 2, count)]
