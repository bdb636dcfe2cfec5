"""Either side of a resident identity card.

Labels are the anchors: a value is what stands beside its label. The sides are told apart by what is printed
on them; a photo with both gives the front. Fields that cannot be read are empty (ruling R22).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checks, checksums, formats
from cloudbase_ocr.recognizer.fields.passes import read_in_passes
from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED, Reading, Resolved
from cloudbase_ocr.recognizer.fields.resolve import match_lexicon
from cloudbase_ocr.recognizer.layout.pieces import (
    Piece,
    beside,
    cut_at_labels,
    joined,
    labelled,
    min_confidence,
    paragraph,
    pieces,
    quad_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.page.page import Page

# Both recorded replies carry this number; its meaning is not documented.
CARD_PROPERTY = 4

FRONT_LABELS = {
    "name": ("姓名",),
    "gender": ("性别",),
    "nationality": ("民族",),
    "birth": ("出生",),
    "addr": ("住址",),
    "id": ("公民身份号码",),
}
BACK_LABELS = {
    "authority": ("签发机关",),
    "valid_date": ("有效期限",),
    "title": ("居民身份证",),
    "country": ("中华人民共和国",),
}


@dataclass(frozen=True)
class IDCardParams:
    """What a card's values need.

    `min_confidence`: a value with a character under it is not answered: on blurred cards this drops half of the misread
    lines and seven in a thousand of the right ones. A number with a right check digit is answered all the same.
    `address_digits`: an address has fewer digits in a row of it than the number has. `supported`: a character that was
    looked for counts as seen above this probability among all that the network knows.
    """

    min_confidence: float = 0.5
    address_digits: int = 15
    supported: float = 0.2


ID_CARD = IDCardParams()


def read(page: Page) -> Reading:
    """The fields of the side that is shown, in the contract's order. Raises `DocumentNotFound`."""
    reading = read_in_passes(page, _read)
    if reading is None:
        raise DocumentNotFound("no ID card is to be seen: neither side's labels were found")
    return reading


def _read(page: Page) -> Reading | None:
    """The fields, or None when this is no ID card. Raises `DocumentNotFound` for another document."""
    whole = pieces(page.lines())
    if contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no ID card is to be seen: this is another document")
    # A number that proves itself makes a card of labels that the picture's edge has cut, too.
    checked = any(checksums.id_number_ok(piece.text[-18:]) for piece in whole)
    if _is_front(cut_at_labels(whole, FRONT_LABELS, cut_off=checked)):
        return _front(cut_at_labels(whole, FRONT_LABELS, loose=True, cut_off=checked), page)
    back = cut_at_labels(whole, BACK_LABELS)
    return _back(back, page) if _is_back(back) else None


def _is_front(found: Sequence[Piece]) -> bool:
    """Forms ask for name, sex and nation too: only the number, or its label, makes a card of them."""
    names = {piece.label for piece in found if piece.label}
    if "id" in names:
        return len(names) >= 3
    return len(names) >= 4 and any(checksums.is_id_number(piece.text) for piece in found)


def _is_back(found: Sequence[Piece]) -> bool:
    names = {piece.label for piece in found if piece.label and piece.start == 0}
    return len(names) >= 3


def _front(found: Sequence[Piece], page: Page) -> Reading:
    name, number = _value(found, "name", page), _number(found, page)
    return _side(
        "Front",
        {
            "name": name._replace(value=formats.chinese(name.value)),
            "id": number,
            "addr": _address(found, page),
            "gender": _one_of(("男", "女"), "gender", found, page),
            "nationality": _one_of(checksums.ETHNIC_GROUPS, "nationality", found, page),
            "birth": _birth(found, number, page),
        },
    )


def _back(found: Sequence[Piece], page: Page) -> Reading:
    valid = _value(found, "valid_date", page)
    if not valid.value:
        valid = _period(found, page)
    authority = _value(found, "authority", page)
    return _side(
        "Back",
        {
            "valid_date": valid._replace(value=_valid_date(valid.value)),
            "authority": authority._replace(value=formats.chinese(authority.value)),
        },
    )


def _side(kind: str, resolved: dict[str, Resolved]) -> Reading:
    reading = Reading.of(resolved)
    return Reading({"type": kind, **reading.fields, "card_property": CARD_PROPERTY}, reading.evidence)


def _value(found: Sequence[Piece], name: str, page: Page) -> Resolved:
    label = labelled(found, name)
    return _confident(beside(label, found) if label else [], page)


def _period(found: Sequence[Piece], page: Page) -> Resolved:
    """The validity by its form, where its label could not be read: nothing else on this side has figures."""
    return _confident([piece for piece in found if _valid_date(piece.text.replace(" ", ""))], page)


def _confident(values: Sequence[Piece], page: Page) -> Resolved:
    """What the pieces say, if there is confidence in each of their characters."""
    if not values or min_confidence(values) < ID_CARD.min_confidence:
        return UNRESOLVED
    return Resolved(joined(values), page.evidence(values))


def _one_of(words: Sequence[str], name: str, found: Sequence[Piece], page: Page) -> Resolved:
    """A value that can only be one of `words`: as read, else read again among their characters."""
    label = labelled(found, name)
    values = beside(label, found) if label else []
    text = formats.chinese(joined(values)).removesuffix("族")
    if text in words:
        return Resolved(text, page.evidence(values))
    if len(values) != 1:
        return UNRESOLVED
    word, confidence = match_lexicon(page, values, words)
    return Resolved(word, page.evidence(values, confidence)) if word else UNRESOLVED


def _birth(found: Sequence[Piece], number: Resolved, page: Page) -> Resolved:
    text, evidence = _value(found, "birth", page)
    match = re.search(r"([0-9]{4})年?([0-9]{1,2})月([0-9]{1,2})", text)
    printed = checksums.iso_date(*match.groups()) if match else ""
    if not printed and checksums.id_number_ok(number.value):
        # The number repeats the date, and its check digit proves that it was read right.
        return number._replace(value=checksums.birth_date(number.value))
    return Resolved(printed, evidence)


def _address(found: Sequence[Piece], page: Page) -> Resolved:
    label = labelled(found, "addr")
    # The number stands below the address; its label may be cut off.
    found = [piece for piece in found if len(re.findall("[0-9]", piece.text)) < ID_CARD.address_digits]
    return _confident(paragraph(label, found) if label else [], page)


def _number(found: Sequence[Piece], page: Page) -> Resolved:
    """The number as read. It is read again as digits when its check digit is wrong, and never altered to fit."""
    label = labelled(found, "id")
    values = beside(label, found, reach=12) if label else []
    if not values:
        values = [piece for piece in found if len(re.findall("[0-9]", piece.text)) >= 15][:1]
    first = joined(values).upper()
    if checksums.id_number_ok(first):
        return Resolved(first, page.evidence(values, 1.0))
    plausible = checksums.is_id_number(first) and min_confidence(values) >= ID_CARD.min_confidence
    unproved = Resolved(first, page.evidence(values)) if plausible else UNRESOLVED
    if len(values) != 1:
        return unproved
    line = page.recognize_again(quad_of(values[0]), "0123456789X")
    if checksums.id_number_ok(line.text) and min(line.scores) >= ID_CARD.supported:
        return Resolved(line.text, page.evidence(values, 1.0))
    if plausible or not checksums.is_id_number(line.text) or min(line.scores) < ID_CARD.min_confidence:
        return unproved
    return Resolved(line.text, page.evidence(values, min(line.scores)))


def _valid_date(text: str) -> str:
    match = re.search(
        r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})[-—~]*(长期|([0-9]{4})\.?([0-9]{2})\.?([0-9]{2}))", text
    )
    if not match or not checksums.iso_date(*match.group(1, 2, 3)):
        return ""
    start = "".join(match.group(1, 2, 3))
    if match[4] == "长期":
        return f"{start}-长期"
    return f"{start}-{''.join(match.group(5, 6, 7))}" if checksums.iso_date(*match.group(5, 6, 7)) else ""


def _checks(texts: Texts) -> Found:
    number = texts.get("id", "")
    yield from checks.id_number("id", number)
    if "nationality" in texts:
        known = texts["nationality"] in checksums.ETHNIC_GROUPS
        yield (
            "nationality",
            checks.check("ethnic_group", known, "one of the 56 ethnic groups", "no ethnic group"),
        )
    yield from checks.twins(texts, "birth", "gender", number)
    yield from checks.dates(texts, "birth")
    if "valid_date" in texts:
        yield from checks.period("valid_date", *texts["valid_date"].partition("-")[::2])


READER = DocumentReader(
    key="idcard",
    read=read,
    checks=_checks,
    title="居民身份证",
    signature={
        "居民身份证": 0.8,
        "公民身份号码": 0.8,
        "签发机关": 0.6,
        "民族": 0.4,
        "有效期限": 0.2,
        "姓名": 0.15,
        "性别": 0.15,
        "出生": 0.15,
        "住址": 0.15,
        "中华人民共和国": 0.1,
    },
)
