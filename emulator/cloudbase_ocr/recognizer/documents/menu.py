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
from cloudbase_ocr.recognizer.fields.price_column import with_columns_read
from cloudbase_ocr.recognizer.fields.priced import dish_name, paired
from cloudbase_ocr.recognizer.fields.prices import (
    CURRENCY,
    LEADERS,
    UNITS,
    amount,
    digits,
    is_marked,
    one_before_unit,
    parts,
    prints_slashes,
)
from cloudbase_ocr.recognizer.fields.reading import Reading
from cloudbase_ocr.recognizer.fields.resolve import match_lexicon, resolve
from cloudbase_ocr.recognizer.fields.spec import DOUBTLESS, RESOLVE, FieldSpec
from cloudbase_ocr.recognizer.layout.pieces import (
    Piece,
    min_confidence,
    part,
    pieces,
    quad_of,
    rows,
    scores_of,
)
from cloudbase_ocr.recognizer.ocr.charset import ASCII
from cloudbase_ocr.recognizer.ocr.scripts import Script, is_simplified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.image.geometry import Line, Picture
    from cloudbase_ocr.recognizer.page.page import Page

# What classification goes by: a price alone, or one that ends a line after a dish and a gap.
_PRICE_FORM = r"[0-9]{1,5}(?:[.．][0-9]{1,2})?\s*(?:元|圆)?(?:/?[份个位例只碗杯盘斤两串])?$"
_PRICED = re.compile(
    rf"^(?:[{CURRENCY}]|RMB)?\s*{_PRICE_FORM}|[\u4e00-\u9fff][^0-9]*?(?:[.…·\s]|[{CURRENCY}])+\s*{_PRICE_FORM}"
)
_WITH_CURRENCY = re.compile(rf"[{CURRENCY}]\s*[0-9]|[0-9]\s*(?:元|圆)")


@dataclass(frozen=True)
class MenuParams:
    """When prices make a menu, and how much is looked at again.

    `slash_share`: augmented readings of a 1 before a unit give the slash more than this share of the probability only
    where it is no 1; on 94 drawn prices such as 111份 it had under 0.002. `fewest`: prices without a currency's mark
    make a menu only when there are so many.

    `looks`: so many doubtful names and prices are read again, at 0.1 to 0.3 s of processor time each.

    `priced`, `marked`: the chance that each line which is, or ends in, a price is a menu's, and one with a currency's
    mark.
    """

    slash_share: float = 0.02
    fewest: int = 3
    looks: int = 8
    priced: float = 0.06
    marked: float = 0.12


MENU = MenuParams()


def read(page: Page) -> Reading:
    """``content``: JSON text ``{"menu_items": [{"name": ..., "price": ...}]}`` (ruling R20).

    Raises `DocumentNotFound` when no dish stands beside a price.
    """
    if contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no menu found in the picture: this is another document")
    found = [each for piece in pieces(page.lines(), page.rectification) for each in parts(piece)]
    pairs = paired(with_columns_read(page, found))
    slashes = prints_slashes([price for _, price in pairs])
    looks = _Looks(MENU.looks)
    known = [item for dish, price in pairs if (item := _known(page, dish, price, looks, slashes))]
    if not any(is_marked(item.price.text) for item in known) and len(known) < MENU.fewest:
        raise DocumentNotFound("no menu found in the picture: no price stands beside a dish")
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


class _Looks:
    """How often doubtful values may still be read again."""

    def __init__(self, left: int) -> None:
        """Allow so many."""
        self._left = left

    def take(self) -> bool:
        """Whether one more is allowed; then it is taken."""
        self._left -= 1
        return self._left >= 0


def _known(page: Page, dish: Piece, price: Piece, looks: _Looks, slashes: bool = False) -> _Item | None:
    """Both parts as read, or after augmentation; None when one of them cannot be told.

    `slashes` tells that this menu prints its prices with a slash before the unit.
    """
    share = _slash_share(page, price)
    if share < RESOLVE.support and (share > MENU.slash_share or (slashes and one_before_unit(price))):
        return None
    dish, price = _without_leaders(dish), digits(price)
    if share >= RESOLVE.support:
        price = part(price, 0, len(price.text) - 1)
    name, number = _named(page, dish, looks), _resolved(page, price, PRICE, looks)
    if "." in price.text and number == price.text.replace(".", ""):
        # An augmented reading of the same figures has only lost the point, and made the price ten times as high.
        number = price.text
    return _Item(dish, price, name, float(number)) if name and number else None


def _named(page: Page, dish: Piece, looks: _Looks) -> str:
    """The dish's name: made of known words, or else as it was read with confidence."""
    scores = scores_of(dish)
    name = dish_name(dish.text)
    if len(name) == len(scores) and min(scores) < DOUBTLESS:
        likely = [each for each in dishes.candidates(name, scores) if _in_script(each, page)]
        if likely and looks.take():
            known, _ = match_lexicon(page, [dish], likely)
            if known:
                return known
    found = _resolved(page, dish, NAME, looks)
    # What is read again is compared without blanks; names of Latin words have some.
    return name if found == name.replace(" ", "") else found


def _in_script(word: str, page: Page) -> bool:
    """Whether a word of the list, which is in Simplified Chinese, may stand on this page as it is."""
    return page.script is not Script.TRADITIONAL or not any(map(is_simplified, word))


def _resolved(page: Page, piece: Piece, spec: FieldSpec, looks: _Looks) -> str:
    """A value that was read with confidence, or again as long as that is allowed."""
    doubtful = min_confidence([piece]) < spec.min_confidence
    return "" if doubtful and not looks.take() else resolve(page, [piece], spec).value


def _without_leaders(dish: Piece) -> Piece:
    """A dish without the dots behind it: where they are blurred, it is not the name that is doubtful."""
    return part(dish, 0, len(dish.text.rstrip(LEADERS))) if dish.text.rstrip(LEADERS) else dish


def _slash_share(page: Page, price: Piece) -> float:
    """How likely, 0 to 1, the 1 directly before a price's unit is the slash between them, by the augmented readings."""
    if one_before_unit(price) is None:
        return 0.0
    read = amount(price.text)
    shares = {True: 0.0, False: 0.0}
    for text, probability in page.hypotheses(quad_of(price), _PRICE_CHARACTERS):
        if amount(text) == read:
            shares[False] += probability
        elif amount(text) == read[:-1] and "/" in text:
            shares[True] += probability
    # Readings that show neither tell nothing: the 1 stays doubtful.
    return shares[True] / sum(shares.values()) if any(shares.values()) else RESOLVE.support / 2


# The characters of a price with its unit, for reading its slash again.
_PRICE_CHARACTERS = f"0123456789.,/{CURRENCY}元圆圓起半{UNITS}"

# A doubtful mark before a name may be a character: 口 looks like a box. Names are read again without marks.
# Letters of every script: the page's own one has more weight anyway.
_LETTERS = (range(0x00C0, 0x0250), range(0x3041, 0x3100), range(0x3400, 0xA000))
NAME = FieldSpec(dish_name, "".join(chr(code) for codes in _LETTERS for code in codes) + ASCII + "〇")
PRICE = FieldSpec(amount, "0123456789.,")


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
