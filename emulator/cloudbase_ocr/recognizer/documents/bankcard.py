"""The number of a bank card, flat or embossed, in one line or two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.documents.card_row import Row, grids, row_of, whole_row
from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.evidence import Evidence
from cloudbase_ocr.recognizer.fields import card_numbers, checks
from cloudbase_ocr.recognizer.fields.checksums import id_number_ok, luhn_ok
from cloudbase_ocr.recognizer.fields.digit_grid import number_of
from cloudbase_ocr.recognizer.fields.formats import DIGITS
from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED, Reading, Resolved
from cloudbase_ocr.recognizer.fields.spec import RESOLVE
from cloudbase_ocr.recognizer.image.deskew import rectification_of
from cloudbase_ocr.recognizer.image.geometry import height, width
from cloudbase_ocr.recognizer.layout.pieces import Piece, joined, min_confidence, pieces, quad_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.image.geometry import Line, Picture, Quad
    from cloudbase_ocr.recognizer.page.page import Page

HAN = re.compile("[\u4e00-\u9fff]")
# So many of the largest lines tell how large print is on a card.
LARGEST = 3
# More confidence than any digit has.
NEVER = 2.0
_GROUPS = re.compile(r"(?<![0-9A-Z])[0-9]{3,19}(?:[ .·-]{1,3}[0-9]{2,8}){0,5}(?![0-9A-Z])")


@dataclass(frozen=True)
class BankCardParams:
    """When digits are a card's number; lengths in heights of the digits.

    `min_confidence`: a number whose Luhn digit is wrong is answered when every digit has this confidence; one whose
    Luhn digit is right needs less, `checked_confidence`, but one misread number in ten has a right one, too.
    `unusual_confidence` stands for it where digits may be missing: a number of an unusual length or an unknown issuer,
    or one with a gap wider than `widest_gap` digits.
    `min_probability`: what is told by its Luhn digit alone among several readings has at least this.

    `checked_number`, `bare_number`: the chance that a number as long as a card's is one, by whether its Luhn digit is
    right.

    `apart`, `below`: groups of one number stand at most so far apart, the second row at most so far below.
    `closer_side`: the long side of the picture in which a number is looked for again, in pixels.
    Lines shorter than `least_length`, or lower than `first_height` of what is large on the card, are not read at first,
    and such lower than `least_height` not then, either.
    `height_ratio`: pieces in one row have heights in this ratio at most. `digit_share`: of the characters of a group
    that is one, so many are digits; `row_share`: of one that shows where the number's row is, which has at least
    `row_digits`.
    """

    min_confidence: float = 0.9
    checked_confidence: float = 0.8
    unusual_confidence: float = 0.9
    widest_gap: float = 2.5
    min_probability: float = 0.15
    checked_number: float = 0.8
    bare_number: float = 0.4
    apart: float = 4.0
    below: float = 2.6
    height_ratio: float = 1.5
    closer_side: int = 960
    least_length: float = 2.0
    first_height: float = 0.75
    least_height: float = 0.5
    digit_share: float = 0.8
    row_share: float = 0.7
    row_digits: int = 6


BANK_CARD = BankCardParams()


def read(page: Page) -> Reading:
    """``number``, digits only. Raises `DocumentNotFound` when no card number is seen."""
    if contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no bank card found in the picture: this is another document")
    number = _plain_number(page, pieces(page.lines(), page.rectification))
    if not number.value:
        number = _number(page)
    if not number.value:
        raise DocumentNotFound("no bank card found in the picture: no number of 16 to 19 digits was found")
    if id_number_ok(number.value) and page.recognize_left_out() and contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no bank card found in the picture: the number is a person's")
    return Reading.of({"number": number})


def _number(page: Page) -> Resolved:
    """The number, looked for more closely: in the picture as large as other documents are, then where it stands."""
    lines = list(_larger_lines(page, page.picture))
    rectification = rectification_of(lines)
    found = pieces(lines, rectification)
    number = _plain_number(page, found)
    row = _main_row(found)
    if row and not number.value:
        read = [_digits(joined(group)) for group in _by_height(found)]
        number = _from_all_views(page, row_of(row, rectification), read)
    if number.value:
        return number
    number = _augmented_number(page, found)
    # A row that no view of it makes legible is not looked for again.
    if number.value or row:
        return number
    for view in _other_channels(page.picture):
        found = pieces(list(_larger_lines(page, view)))
        number = _plain_number(page, found)
        if not number.value:
            number = _augmented_number(page, found)
        if number.value:
            return number
    return UNRESOLVED


def _larger_lines(page: Page, picture: Picture) -> Iterator[Line]:
    """The lines that may be a number, in the picture or in a view of it."""
    quads = page.detect(picture, BANK_CARD.closer_side)
    for quad, skipped in zip(quads, _skip(quads, BANK_CARD.least_height), strict=True):
        if not skipped:
            yield page.recognize(picture, quad)


def _skip(quads: list[Quad], least_height: float = BANK_CARD.first_height) -> list[bool]:
    """Tell which lines need not be read at first: the number is a long line of large print."""
    heights = sorted((height(quad) for quad in quads if _is_long(quad)), reverse=True)[:LARGEST]
    least = least_height * heights[len(heights) // 2] if heights else 0.0
    return [not _is_long(quad) or height(quad) < least for quad in quads]


def _is_long(quad: Quad) -> bool:
    return width(quad) > BANK_CARD.least_length * height(quad)


def _by_height(found: Sequence[Piece]) -> list[list[Piece]]:
    """What may be numbers, the largest print first."""
    return sorted(_candidates(found), key=lambda group: -sum(piece.height for piece in group) / len(group))


def _plain_number(page: Page, found: Sequence[Piece]) -> Resolved:
    group, number = _plain_text(found)
    return Resolved(number, page.evidence(group, 1.0)) if number else UNRESOLVED


def _plain_text(found: Sequence[Piece]) -> tuple[list[Piece], str]:
    """The number as it was read, if its Luhn digit is right and each digit has confidence; else no pieces."""
    for group in _by_height(found):
        number = _digits(joined(group))
        if luhn_ok(number) and _confidence(group) >= _needed(group, number):
            return group, number
    return [], ""


def _needed(group: Sequence[Piece], number: str) -> float:
    """The confidence that each digit of a number with a right Luhn digit must have.

    One that lacks digits at an end or in a gap has a right one by chance, too.
    """
    if not card_numbers.is_possible(number):
        return NEVER
    pitch = sum(piece.right - piece.left for piece in group) / len(number)
    gaps = (after.left - before.right for before, after in pairwise(group))
    whole = card_numbers.usualness(number) == 1.0 and all(gap < BANK_CARD.widest_gap * pitch for gap in gaps)
    return BANK_CARD.checked_confidence if whole else BANK_CARD.unusual_confidence


def _from_all_views(page: Page, seen: Row, read: Sequence[str]) -> Resolved:
    """The number that several views of the whole row show together."""
    row = whole_row(page, seen)
    right = [each for each in read if luhn_ok(each)]
    for grid, margin in grids(page, row):
        told = number_of(grid, card_numbers.usualness, margin, right)
        if told:
            evidence = Evidence(round(told.confidence, 4), [page.quad(row.quad())])
            return Resolved(told.number, evidence)
    return UNRESOLVED


def _augmented_number(page: Page, found: Sequence[Piece]) -> Resolved:
    """The number over one row or more that is the likeliest in augmented pictures of each."""
    for group in _by_height(found):
        number = _likeliest(page, group)
        if number:
            return Resolved(number, page.evidence(group))
    return UNRESOLVED


def _likeliest(page: Page, group: Sequence[Piece]) -> str:
    """Each row may say several things: the likeliest combination with a right Luhn digit, if well supported."""
    texts = [("", 1.0)]
    for piece in group:
        options = page.hypotheses(quad_of(piece), DIGITS + " ")
        merged: dict[str, float] = {}
        for text, probability in options:
            merged[_digits(text)] = merged.get(_digits(text), 0.0) + probability
        texts = [
            (head + tail, a * b)
            for head, a in texts
            for tail, b in sorted(merged.items(), key=lambda m: -m[1])[:6]
        ]
    texts = sorted((each for each in texts if card_numbers.is_possible(each[0])), key=lambda each: -each[1])
    if not texts:
        return ""
    for number, probability in texts:
        if (
            luhn_ok(number)
            and probability >= RESOLVE.support * texts[0][1]
            and probability > BANK_CARD.min_probability
        ):
            return number
    return (
        texts[0][0]
        if _confidence(group) >= BANK_CARD.min_confidence and texts[0][0] == _digits(joined(group))
        else ""
    )


def _candidates(found: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Rows of digit groups with as many digits as a card number has, and pairs of rows."""
    lines = _lines([piece for piece in found if _is_digital(piece)])
    for line in lines:
        if _plausible(line):
            yield line
    for upper in lines:
        for lower in lines:
            tall = max(upper[0].height, lower[0].height)
            if (
                0.6 * tall < lower[0].middle - upper[0].middle < BANK_CARD.below * tall
                and tall < BANK_CARD.height_ratio * min(upper[0].height, lower[0].height)
                and len(_digits(joined(upper))) >= 6
                and _plausible([*upper, *lower])
            ):
                yield [*upper, *lower]


def _main_row(found: Sequence[Piece]) -> list[Piece]:
    """What was read of the number's row: of rows with more digits than a date, the one of the largest print."""

    def size(row: Sequence[Piece]) -> float:
        digits = len(_digits(joined(row)))
        tall = min(piece.height for piece in row) * min(digits, max(card_numbers.LENGTHS))
        return tall if digits >= BANK_CARD.row_digits else 0.0

    rows = _lines([piece for piece in found if _is_digital(piece, BANK_CARD.row_share)])
    best = max(rows, key=size, default=[])
    return best if best and size(best) else []


def _lines(digital: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces of digits in rows, from left to right."""
    lines: list[list[Piece]] = []
    for piece in sorted(digital, key=lambda piece: piece.left):
        for line in lines:
            last = line[-1]
            tall = max(last.height, piece.height)
            if (
                abs(last.middle - piece.middle) < 0.5 * tall
                and -0.5 * tall < piece.left - last.right < BANK_CARD.apart * tall
                and tall < BANK_CARD.height_ratio * min(last.height, piece.height)
            ):
                line.append(piece)
                break
        else:
            lines.append([piece])
    return lines


def _plausible(group: Sequence[Piece]) -> bool:
    return 14 <= len(_digits(joined(group))) <= 20


def _is_digital(piece: Piece, share: float = BANK_CARD.digit_share) -> bool:
    """Whether a piece is of digits, at least in this share; dates are not."""
    plain = re.sub(r"[\s·.\-]", "", piece.text)
    digits = _digits(plain)
    date = "/" in plain and len(digits) < BANK_CARD.row_digits
    return len(digits) >= 3 and len(digits) >= share * len(plain) and not date and not HAN.search(plain)


def _confidence(group: Sequence[Piece]) -> float:
    """The confidence in the worst digit: marks between the groups do not count."""
    return min_confidence(group, DIGITS)


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _other_channels(picture: Picture) -> Iterator[Picture]:
    """Views where low-contrast digits stand out."""
    yield _relief(picture)
    equalised = _equalised(picture)
    yield equalised
    yield np.asarray(255 - equalised, np.uint8)


def _equalised(picture: Picture) -> Picture:
    """Local contrast stretched in the grey picture."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(cv2.createCLAHE(4.0, (8, 8)).apply(grey), cv2.COLOR_GRAY2BGR), np.uint8)


def _relief(picture: Picture) -> Picture:
    """Local differences of brightness: embossed digits are edges without a colour of their own."""
    # Two buffers are used over and over: five would be 130 MB for a large picture.
    detail: Any = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    other: Any = cv2.GaussianBlur(detail, (0, 0), 1.2)
    cv2.GaussianBlur(detail, (0, 0), 9, dst=detail)
    cv2.absdiff(other, detail, dst=detail)
    cv2.GaussianBlur(detail, (0, 0), 25, dst=other)
    other += 1.0
    cv2.GaussianBlur(detail, (0, 0), 2, dst=detail)
    detail /= other
    detail *= -90
    np.clip(detail, -255, 0, out=detail)
    detail += 255
    return np.asarray(cv2.cvtColor(detail.astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


def _score(lines: Sequence[Line], _picture: Picture) -> list[float]:
    """Numbers as long as a card's: in one line, or in groups of four that follow each other."""
    best = 0.0
    for line in lines:
        for match in _GROUPS.finditer(line.text.replace("O", "0")):
            digits = _digits(match[0])
            if len(digits) in card_numbers.LENGTHS and len(digits) >= 0.6 * len(line.text):
                best = max(best, BANK_CARD.checked_number if luhn_ok(digits) else BANK_CARD.bare_number)
    if not best:
        groups = [line for line in lines if re.fullmatch("[0-9]{4}", line.text.strip())]
        best = BANK_CARD.bare_number if len(groups) >= 3 else 0.0
    return [best] if best else []


def _checks(texts: Texts) -> Found:
    number = texts.get("number", "")
    fits = number.isdigit() and len(number) in card_numbers.LENGTHS
    yield "number", checks.check("length", fits, f"{len(number)} digits", "not 15 to 19 digits")
    right, wrong = "the Luhn digit is right", "the Luhn digit is wrong, or the card has none"
    yield "number", checks.check("checksum", luhn_ok(number), right, wrong)


READER = DocumentReader(
    key="bankcard",
    read=read,
    long_side=640,
    skip_lines=_skip,
    checks=_checks,
    signature={
        "银行": 0.3,
        "银联": 0.5,
        "借记卡": 0.5,
        "信用卡": 0.5,
        "储蓄卡": 0.5,
        "UNIONPAY": 0.5,
        "DEBIT": 0.3,
        "CREDIT": 0.3,
        "VALID": 0.3,
        "BANK": 0.3,
        "DATE": 0.1,
    },
    score=_score,
)
