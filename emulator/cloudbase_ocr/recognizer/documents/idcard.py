"""Either side of a resident identity card.

Labels are the anchors: a value is what stands beside its label. The sides are told apart by what is printed
on them; a photo with both gives the front. Fields that cannot be read are empty (ruling R22).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checksums, formats
from cloudbase_ocr.recognizer.fields.passes import read_in_passes
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

    from cloudbase_ocr.recognizer.page.page import Page

LONG_SIDE = 960
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
# Words of documents that share labels with the card.
OTHER_DOCUMENTS = ("驾驶证", "行驶证", "准驾车型", "国籍")


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


def read(page: Page) -> dict[str, Any]:
    """The fields of the side that is shown, in the contract's order. Raises `DocumentNotFound`."""
    fields = read_in_passes(page, _read)
    if fields is None:
        raise DocumentNotFound("no ID card is to be seen: neither side's labels were found")
    return fields


def _read(page: Page) -> dict[str, Any] | None:
    """The fields, or None when this is no ID card. Raises `DocumentNotFound` for another document."""
    whole = pieces(page.lines())
    if any(word in piece.text for piece in whole for word in OTHER_DOCUMENTS):
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


def _front(found: Sequence[Piece], page: Page) -> dict[str, Any]:
    number = _number(found, page)
    return {
        "type": "Front",
        "name": _name(found, page),
        "id": number,
        "addr": _address(found, page),
        "gender": _gender(found, page),
        "nationality": _nationality(found, page),
        "birth": _birth(found, number, page),
        "card_property": CARD_PROPERTY,
    }


def _back(found: Sequence[Piece], page: Page) -> dict[str, Any]:
    return {
        "type": "Back",
        "valid_date": _valid_date(_value(found, "valid_date", page) or _period(found, page)),
        "authority": formats.chinese(_value(found, "authority", page)),
        "card_property": CARD_PROPERTY,
    }


def _value(found: Sequence[Piece], name: str, page: Page) -> str:
    label = labelled(found, name)
    return _confident(beside(label, found) if label else [], name, page)


def _period(found: Sequence[Piece], page: Page) -> str:
    """The validity by its form, where its label could not be read: nothing else on this side has figures."""
    return _confident(
        [piece for piece in found if _valid_date(piece.text.replace(" ", ""))], "valid_date", page
    )


def _confident(values: Sequence[Piece], name: str, page: Page) -> str:
    """What the pieces say, if there is confidence in each of their characters."""
    if not values or min_confidence(values) < ID_CARD.min_confidence:
        return ""
    page.note(name, values)
    return joined(values)


def _name(found: Sequence[Piece], page: Page) -> str:
    return formats.chinese(_value(found, "name", page))


def _gender(found: Sequence[Piece], page: Page) -> str:
    return _one_of(("男", "女"), "gender", found, page)


def _nationality(found: Sequence[Piece], page: Page) -> str:
    return _one_of(checksums.ETHNIC_GROUPS, "nationality", found, page)


def _one_of(words: Sequence[str], name: str, found: Sequence[Piece], page: Page) -> str:
    """A value that can only be one of `words`: as read, else read again among their characters."""
    label = labelled(found, name)
    values = beside(label, found) if label else []
    text = formats.chinese(joined(values)).removesuffix("族")
    if text in words:
        page.note(name, values)
        return text
    if len(values) != 1:
        return ""
    word, confidence = match_lexicon(page, values, words)
    if word:
        page.note(name, values, confidence)
    return word


def _birth(found: Sequence[Piece], number: str, page: Page) -> str:
    match = re.search(r"([0-9]{4})年?([0-9]{1,2})月([0-9]{1,2})", _value(found, "birth", page))
    printed = checksums.iso_date(*match.groups()) if match else ""
    if not printed and checksums.id_number_ok(number):
        # The number repeats the date, and its check digit proves that it was read right.
        page.report.fields["birth"] = page.report.fields["id"]
        return checksums.iso_date(number[6:10], number[10:12], number[12:14])
    return printed


def _address(found: Sequence[Piece], page: Page) -> str:
    label = labelled(found, "addr")
    # The number stands below the address; its label may be cut off.
    found = [piece for piece in found if len(re.findall("[0-9]", piece.text)) < ID_CARD.address_digits]
    return _confident(paragraph(label, found) if label else [], "addr", page)


def _number(found: Sequence[Piece], page: Page) -> str:
    """The number as read. It is read again as digits when its check digit is wrong, and never altered to fit."""
    label = labelled(found, "id")
    values = beside(label, found, reach=12) if label else []
    if not values:
        values = [piece for piece in found if len(re.findall("[0-9]", piece.text)) >= 15][:1]
    first = joined(values).upper()
    plausible = (
        first if checksums.is_id_number(first) and min_confidence(values) >= ID_CARD.min_confidence else ""
    )
    if checksums.id_number_ok(first):
        page.note("id", values, 1.0)
        return first
    if plausible:
        page.note("id", values)
    if len(values) != 1:
        return plausible
    line = page.recognize_again(quad_of(values[0]), "0123456789X")
    if checksums.id_number_ok(line.text) and min(line.scores) >= ID_CARD.supported:
        page.note("id", values, 1.0)
        return line.text
    if plausible or not checksums.is_id_number(line.text) or min(line.scores) < ID_CARD.min_confidence:
        return plausible
    page.note("id", values, min(line.scores))
    return line.text


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
