"""Either side of a resident identity card.

The sides are told apart by what is printed on them; a photo with both gives the front. Fields that cannot be read are
empty (ruling R22).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checks, checksums, formats
from cloudbase_ocr.recognizer.fields.passes import read_in_passes
from cloudbase_ocr.recognizer.fields.reading import Reading
from cloudbase_ocr.recognizer.fields.resolve import resolve_form
from cloudbase_ocr.recognizer.fields.sought import sought
from cloudbase_ocr.recognizer.fields.spec import FieldSpec
from cloudbase_ocr.recognizer.layout.form import Form
from cloudbase_ocr.recognizer.layout.labels import Label
from cloudbase_ocr.recognizer.layout.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

# Both recorded replies carry this number; its meaning is not documented.
CARD_PROPERTY = 4
SEXES = ("男", "女")


@dataclass(frozen=True)
class IDCardParams:
    """What makes a side, and what its values need.

    `numbered`: so many labels, or values that tell what they are, with that of the number make a front; `unnumbered`
    need the number itself. `back`: so many make a back. `min_confidence`: a value with a character under it is looked
    at again: on blurred cards this drops half of the misread lines and seven in a thousand of the right ones.
    """

    numbered: int = 3
    unnumbered: int = 4
    back: int = 3
    min_confidence: float = 0.5


ID_CARD = IDCardParams()


def ethnic_group(text: str) -> str:
    """One of the 56 ethnic groups, without 族."""
    plain = formats.chinese(text).removesuffix("族")
    return plain if plain in checksums.ETHNIC_GROUPS else ""


def birth(text: str) -> str:
    """A date of birth as printed, 1990年5月1日, or nothing; the marks between may be missing."""
    match = re.search(r"([0-9]{4})年?([0-9]{1,2})月([0-9]{1,2})", text)
    # Invented people have invented birthdays.
    return checksums.iso_date(*match.groups(), first=1000) if match else ""


def number(text: str) -> str:
    """A number of the form of an ID number, or nothing. What is left of its label may stand before a proved one."""
    plain = text.upper()
    if checksums.id_number_ok(plain[-18:]):
        return plain[-18:]
    return plain if checksums.is_id_number(plain) else ""


def is_proved(text: str) -> bool:
    """Whether a text ends in a number whose check digit is right."""
    return checksums.id_number_ok(number(text))


def home(text: str) -> str:
    """An address; the number stands below it, and its label may be cut off."""
    return "" if re.search("[0-9X]{15}", text) else text


def authority(text: str) -> str:
    """A police office with the place that it belongs to: without one, the beginning was not read."""
    plain = formats.chinese(text)
    return plain if re.match(".{2,}公安", plain) else ""


def valid_date(text: str) -> str:
    """A term as 20100101-20300101 or 20100101-长期, or nothing."""
    match = re.search(
        r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})[-—~]*(长期|([0-9]{4})\.?([0-9]{2})\.?([0-9]{2}))", text
    )
    if not match or not checksums.iso_date(*match.group(1, 2, 3)):
        return ""
    start = "".join(match.group(1, 2, 3))
    if match[4] == formats.LONG_TERM:
        return f"{start}-{formats.LONG_TERM}"
    return f"{start}-{''.join(match.group(5, 6, 7))}" if checksums.iso_date(*match.group(5, 6, 7)) else ""


# Places in millimetres on a card of 85.6 mm by 54 (GA 461).
FRONT_LABELS = (
    Label("name", ("姓名",), place=(6.2, 10.3)),
    Label("gender", ("性别",), (), (6.2, 17.0), (15.2, 17.0), SEXES.__contains__),
    Label("nationality", ("民族",), (), (25.0, 17.0)),
    Label("birth", ("出生",), (), (6.2, 23.7), (15.2, 23.7), birth),
    Label("addr", ("住址",), place=(6.2, 30.6)),
    # The second is what pages for tests print.
    Label("id", ("公民身份号码", "公民身份证号码"), (), (6.2, 48.6), (28.4, 48.8), is_proved),
)
BACK_LABELS = (
    Label("country", ("中华人民共和国",)),
    Label("title", ("居民身份证",)),
    Label("authority", ("签发机关",), (), (18.4, 41.0)),
    Label("valid_date", ("有效期限",), (), (18.4, 48.0), (34.5, 48.0), valid_date),
)
SPECS = {
    "name": FieldSpec(formats.name, min_confidence=ID_CARD.min_confidence),
    "id": FieldSpec(number, formats.DIGITS + "X", checksums.id_number_ok),
    "addr": FieldSpec(home, min_confidence=ID_CARD.min_confidence),
    "gender": FieldSpec(lambda text: text if text in SEXES else "", "男女", min_confidence=0.0, words=SEXES),
    "nationality": FieldSpec(ethnic_group, min_confidence=0.0, words=checksums.ETHNIC_GROUPS),
    "birth": FieldSpec(birth, formats.DIGITS + "年月日", min_confidence=ID_CARD.min_confidence),
    "valid_date": FieldSpec(valid_date, formats.DIGITS + ".-长期", min_confidence=ID_CARD.min_confidence),
    "authority": FieldSpec(authority, min_confidence=ID_CARD.min_confidence),
}


def read(page: Page) -> Reading:
    """The fields of the side that is shown, in the contract's order. Raises `DocumentNotFound`."""
    reading = read_in_passes(page, _read)
    if reading is None:
        raise DocumentNotFound("no ID card found in the picture: neither side's labels were found")
    return reading


def _read(page: Page) -> Reading | None:
    """The fields, or None when this is no ID card. Raises `DocumentNotFound` for another document."""
    if contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no ID card found in the picture: this is another document")
    found = pieces(page.lines(), page.rectification)
    front = _front(found)
    if front is not None:
        return _side(page, front, "Front", ("name", "id", "addr", "gender", "nationality", "birth"))
    back = _form(found, BACK_LABELS)
    if len(back.seen | back.told.keys()) >= ID_CARD.back:
        return _side(page, back, "Back", ("valid_date", "authority"))
    return None


def _front(found: Sequence[Piece]) -> Form | None:
    """The form on a front. Forms ask for name, sex and nation too: it takes the number, or its label, to be a card."""
    form = _form(found, FRONT_LABELS)
    if "id" in form.told:
        # A number that proves itself makes a card of labels that the picture's edge has cut, too.
        ends = [label if label.name in form.seen else _cut_off(label) for label in FRONT_LABELS]
        form = _form(found, ends)
    enough = ID_CARD.numbered if "id" in form.seen else ID_CARD.unnumbered
    numbered = "id" in form.seen or any(number(piece.text.replace(" ", "")) for piece in form.pieces)
    return form if numbered and len(form.seen) >= enough else None


def _cut_off(label: Label) -> Label:
    """The label as it is where only its end is in the picture."""
    whole = label.forms[0]
    return replace(label, forms=tuple(whole[at:] for at in range(len(whole))))


def _form(found: Sequence[Piece], labels: Sequence[Label]) -> Form:
    return Form(found, labels, skip=lambda _: False)


def _nation(form: Form) -> list[Piece]:
    """What stands beside the nation's label, or behind the sex where that label was not read."""
    behind = [piece for piece in form.values.get("gender", [])[1:] if ethnic_group(piece.text)]
    return form.values.get("nationality") or behind


def _side(page: Page, form: Form, kind: str, names: Sequence[str]) -> Reading:
    form.values["nationality"] = _nation(form)
    resolved = {name: resolve_form(page, form, page.rectification, name, SPECS[name]) for name in names}
    proved = resolved.get("id")
    if proved and not resolved["birth"].value and checksums.id_number_ok(proved.value):
        # The number repeats the date, and its check digit proves that it was read right.
        resolved["birth"] = proved._replace(value=checksums.birth_date(proved.value))
    reading = Reading.of(resolved)
    missing = {name: SPECS[name] for name in names if not resolved[name].value}
    places = sought(page, form, page.rectification, missing)
    return Reading({"type": kind, **reading.fields, "card_property": CARD_PROPERTY}, reading.evidence, places)


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
