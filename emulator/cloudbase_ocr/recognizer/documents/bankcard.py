"""The number of a bank card, flat or embossed, in one line or two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checks
from cloudbase_ocr.recognizer.fields.checksums import luhn_ok
from cloudbase_ocr.recognizer.fields.formats import DIGITS
from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED, Reading, Resolved
from cloudbase_ocr.recognizer.fields.spec import RESOLVE
from cloudbase_ocr.recognizer.image.geometry import sides
from cloudbase_ocr.recognizer.layout.pieces import Piece, joined, min_confidence, pieces, quad_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.image.geometry import Line, Picture
    from cloudbase_ocr.recognizer.page.page import Page

# Numbers have 16 to 19 digits (ISO/IEC 7812; Chinese cards 16 to 19, American Express 15).
LENGTHS = (16, 17, 18, 19, 15)
_GROUPS = re.compile(r"(?<![0-9A-Z])[0-9]{3,19}(?:[ .·-]{1,3}[0-9]{2,8}){0,5}(?![0-9A-Z])")


@dataclass(frozen=True)
class BankCardParams:
    """When digits are a card's number; lengths in heights of the digits.

    `min_confidence`: a number whose Luhn digit is wrong is answered when every digit has this confidence; one whose
    Luhn digit is right needs less, `checked_confidence`, but one misread number in ten has a right one, too.
    `min_probability`: what is told by its Luhn digit alone among several readings has at least this.

    `checked_number`, `bare_number`: the chance that a number as long as a card's is one, by whether its Luhn digit is
    right.

    `apart`, `below`: groups of one number stand at most so far apart, the second row at most so far below.
    `height_ratio`: pieces in one row have heights in this ratio at most.
    """

    min_confidence: float = 0.9
    checked_confidence: float = 0.8
    min_probability: float = 0.15
    checked_number: float = 0.8
    bare_number: float = 0.4
    apart: float = 4.0
    below: float = 2.6
    height_ratio: float = 1.5


BANK_CARD = BankCardParams()


def read(page: Page) -> Reading:
    """``number``, digits only. Raises `DocumentNotFound` when no card number is seen."""
    found = pieces(page.lines(), page.rectification)
    if contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no bank card is to be seen: this is another document")
    number = _number(page, found)
    if not number.value:
        for lines in _other_channels(page):
            number = _number(page, pieces(lines, page.rectification))
            if number.value:
                break
    if not number.value:
        raise DocumentNotFound("no bank card is to be seen: no number of 16 to 19 digits was found")
    return Reading.of({"number": number})


def _number(page: Page, found: Sequence[Piece]) -> Resolved:
    """The likeliest card number: checked by its Luhn digit, else with confidence in every digit."""
    groups = sorted(_candidates(found), key=lambda group: -sum(piece.height for piece in group) / len(group))
    read_as = [(group, _digits(joined(group))) for group in groups]
    for group, number in read_as:
        if (
            len(number) in LENGTHS
            and luhn_ok(number)
            and min_confidence(group) >= BANK_CARD.checked_confidence
        ):
            return Resolved(number, page.evidence(group, 1.0))
    for group, _ in read_as:
        number = _augmented_number(page, group)
        if number:
            return Resolved(number, page.evidence(group))
    return UNRESOLVED


def _augmented_number(page: Page, group: Sequence[Piece]) -> str:
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
    texts = sorted((each for each in texts if len(each[0]) in LENGTHS), key=lambda each: -each[1])
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
        if min_confidence(group) >= BANK_CARD.min_confidence and texts[0][0] == _digits(joined(group))
        else ""
    )


def _candidates(found: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Rows of digit groups with as many digits as a card number has, and pairs of rows."""
    digital = sorted((piece for piece in found if _is_digital(piece)), key=lambda piece: piece.left)
    lines: list[list[Piece]] = []
    for piece in digital:
        for line in lines:
            last = line[-1]
            height = max(last.height, piece.height)
            if (
                abs(last.middle - piece.middle) < 0.5 * height
                and -0.5 * height < piece.left - last.right < BANK_CARD.apart * height
                and max(last.height, piece.height) < BANK_CARD.height_ratio * min(last.height, piece.height)
            ):
                line.append(piece)
                break
        else:
            lines.append([piece])
    for line in lines:
        if _plausible(line):
            yield line
    for upper in lines:
        for lower in lines:
            height = max(upper[0].height, lower[0].height)
            if (
                0.6 * height < lower[0].middle - upper[0].middle < BANK_CARD.below * height
                and height < BANK_CARD.height_ratio * min(upper[0].height, lower[0].height)
                and len(_digits(joined(upper))) >= 6
                and _plausible([*upper, *lower])
            ):
                yield [*upper, *lower]


def _plausible(group: Sequence[Piece]) -> bool:
    return 14 <= len(_digits(joined(group))) <= 20


def _is_digital(piece: Piece) -> bool:
    plain = re.sub(r"[\s·.\-]", "", piece.text)
    digits = _digits(plain)
    return len(digits) >= 3 and len(digits) >= 0.8 * len(plain) and not re.search(r"/|[\u4e00-\u9fff]", plain)


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _other_channels(page: Page) -> Iterator[list[Line]]:
    """Lines of the picture in views where low-contrast digits stand out."""
    picture = page.picture
    for view in (_relief(picture), _equalised(picture), 255 - _equalised(picture)):
        quads = page.detect(view, READER.long_side)
        wide = [quad for quad in quads if sides(quad).top > 2 * sides(quad).left]
        yield [page.recognize(view, quad) for quad in wide]


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
            if len(digits) in LENGTHS and len(digits) >= 0.6 * len(line.text):
                best = max(best, BANK_CARD.checked_number if luhn_ok(digits) else BANK_CARD.bare_number)
    if not best:
        groups = [line for line in lines if re.fullmatch("[0-9]{4}", line.text.strip())]
        best = BANK_CARD.bare_number if len(groups) >= 3 else 0.0
    return [best] if best else []


def _checks(texts: Texts) -> Found:
    number = texts.get("number", "")
    fits = number.isdigit() and len(number) in LENGTHS
    yield "number", checks.check("length", fits, f"{len(number)} digits", "not 15 to 19 digits")
    right, wrong = "the Luhn digit is right", "the Luhn digit is wrong, or the card has none"
    yield "number", checks.check("checksum", luhn_ok(number), right, wrong)


READER = DocumentReader(
    key="bankcard",
    read=read,
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
