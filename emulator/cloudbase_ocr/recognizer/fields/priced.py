"""Which price belongs to which dish, by where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields.prices import LEADERS, is_marked, is_price, touching
from cloudbase_ocr.recognizer.fields.spec import DOUBTLESS
from cloudbase_ocr.recognizer.layout.pieces import Piece, min_confidence, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Pair = tuple[Piece, Piece]
_WORD = re.compile("[\u3400-\u9fffA-Za-zÀ-ɏ\u3041-\u30ff]{2}")
_SINGLE = re.compile("[\u3400-\u9fff]")
_HAN = re.compile("[\u3400-\u9fff]")
# Heads of columns: what they stand over are prices of dishes that stand elsewhere.
_SIZE_HEADS = re.compile("[特超]?[小中大]杯?|[冷冰热熱]饮?|价格?|價格?|单价|單價|元")


@dataclass(frozen=True)
class PairingParams:
    """Lengths in heights of the higher one of both.

    `below`: a price stands at most so far below its dish where menus print it so. `beside`: the middle of a price
    beside a name of two lines is at most so far from that of either. `touching`: numbers at the ends of so many names
    are prices.
    """

    below: float = 2.0
    beside: float = 1.1
    touching: int = 3


PAIRING = PairingParams()


def paired(found: Sequence[Piece], params: PairingParams = PAIRING) -> list[Pair]:
    """Dishes with their prices; the first price of a dish in several sizes."""
    pairs: list[Pair] = []
    used: set[int] = set()
    for row in rows(found):
        for dish, prices in _in_row(row):
            used |= {id(dish), *map(id, prices)}
            pairs.append((dish, prices[0]))
    for more in (_below, _beside, _touching):
        free = [piece for piece in found if id(piece) not in used]
        for dish, price in more(free, params):
            used |= {id(dish), id(price)}
            pairs.append((dish, price))
    return pairs


def dish_name(text: str) -> str:
    """A dish's name without the marks around it and its number on the list."""
    text = re.sub(r"^(?:[0-9]{1,3}[.、．)）])\s*", "", text.strip(LEADERS))
    return re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", text)


def is_dish(piece: Piece) -> bool:
    """Whether a piece may be a dish's name. What is read of leaders may be one doubtful character."""
    name = dish_name(piece.text)
    if _SIZE_HEADS.fullmatch(name):
        return False
    return bool(_WORD.search(name) or (_SINGLE.search(name) and min_confidence([piece]) >= DOUBTLESS))


def _in_row(row: Sequence[Piece]) -> Iterator[tuple[Piece, list[Piece]]]:
    """The prices of a row belong to the last dish before them."""
    dish: Piece | None = None
    prices: list[Piece] = []
    for piece in row:
        if is_price(piece):
            prices.append(piece)
        elif is_dish(piece):
            if dish is not None and prices:
                yield dish, prices
            elif dish is not None and _HAN.search(dish.text) and not _HAN.search(piece.text):
                continue  # its name in English
            dish, prices = piece, []
    if dish is not None and prices:
        yield dish, prices


def _below(free: Sequence[Piece], params: PairingParams) -> Iterator[Pair]:
    """Menus with pictures print the price under the dish; only marked prices count there."""
    yield from _nearest(
        free,
        lambda price: is_marked(price.text),
        lambda dish, price: (
            0 < price.middle - dish.middle < params.below * max(dish.height, price.height)
            and dish.left - dish.height < price.centre < dish.right + dish.height
        ),
    )


def _beside(free: Sequence[Piece], params: PairingParams) -> Iterator[Pair]:
    """A price beside a name in two lines stands in neither of them: it is that of the Chinese one."""
    dishes = [piece for piece in free if is_dish(piece)]
    two_lines = [
        piece
        for piece in dishes
        if _HAN.search(piece.text)
        and any(
            other is not piece
            and abs(other.left - piece.left) < max(other.height, piece.height)
            and 0 < other.middle - piece.middle < params.below * max(other.height, piece.height)
            for other in dishes
        )
    ]
    prices = [piece for piece in free if is_price(piece)]
    yield from _nearest(
        [*two_lines, *prices],
        lambda _: True,
        lambda dish, price: (
            abs(price.middle - dish.middle) < params.beside * max(dish.height, price.height)
            and price.left > dish.right
        ),
    )


def _nearest(
    free: Sequence[Piece], counts: Callable[[Piece], bool], fits: Callable[[Piece, Piece], bool]
) -> Iterator[Pair]:
    taken: set[int] = set()
    for price in (piece for piece in free if is_price(piece) and counts(piece)):
        fitting = [
            piece for piece in free if id(piece) not in taken and is_dish(piece) and fits(piece, price)
        ]
        if fitting:
            dish = min(
                fitting,
                key=lambda piece: (abs(price.middle - piece.middle), max(0.0, price.left - piece.right)),
            )
            taken.add(id(dish))
            yield dish, price


def _touching(free: Sequence[Piece], params: PairingParams) -> Iterator[Pair]:
    """Names that a number follows without a gap, where so many do."""
    cut = [(found[0], found[1], piece) for piece in free if (found := touching(piece))]
    if len(cut) >= params.touching:
        yield from ((dish, price) for dish, price, _ in cut)
