"""The driver licence (驾驶证), its main page."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checks, checksums, formats
from cloudbase_ocr.recognizer.fields.passes import read_in_passes
from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED, Reading, Resolved
from cloudbase_ocr.recognizer.fields.resolve import form_ink, resolve, resolve_form
from cloudbase_ocr.recognizer.fields.sought import SOUGHT, sought
from cloudbase_ocr.recognizer.fields.spec import FieldSpec, one_of
from cloudbase_ocr.recognizer.layout.form import Form
from cloudbase_ocr.recognizer.layout.ink import has_print
from cloudbase_ocr.recognizer.layout.labels import Label
from cloudbase_ocr.recognizer.layout.pieces import joined, pieces, rows, scores_of
from cloudbase_ocr.recognizer.layout.stamps import is_stamp
from cloudbase_ocr.recognizer.layout.sublabels import sublabels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.image.geometry import Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

# Of a place (省, 市, 区, 县, 州, 盟, 旗, 兵团), then police, then traffic, then the kind of office.
AUTHORITY = re.compile(
    "[\u4e00-\u9fff]{1,24}[省市区县州盟旗团]公安(?:局|厅|处)?(?:公安)?交(?:通|警)(?:管理|巡逻|警察|巡警)*"
    "(?:总队|支队|大队|中队|局|处|科|所)(?:[\u4e00-\u9fff]{0,12}(?:总队|支队|大队|中队|管理所|车管所|分所))?"
    "|[\u4e00-\u9fff]{1,24}[省市区县州盟旗团]公安(?:局|厅|处)(?:车辆管理所|车管所)"
)

SEXES = ("男", "女")
# GA 801: classes of vehicles, as they are combined on a licence.
CLASSES = re.compile("(?:A[123]|B[12]|C[1-6]|[DEFMNP])+")


def car_class(text: str) -> str:
    """Classes as printed, such as C1 or A1A2D."""
    plain = re.sub(r"[\s.,、·]", "", text).upper()
    return plain if CLASSES.fullmatch(plain) else ""


def is_class(text: str) -> bool:
    """Whether a text can be nothing but classes of vehicles; a single letter can be much else."""
    return len(text) > 1 and CLASSES.fullmatch(text) is not None


def period(text: str) -> str:
    """Both ends of 有效期限 A 至 B with a space between, B a date or 长期; or nothing."""
    match = re.search(
        r"([0-9]{4})\D{0,2}([0-9]{2})\D{0,2}([0-9]{2})\D{0,4}?(?:(长期)|([0-9]{4})\D{0,2}([0-9]{2})\D{0,2}([0-9]{2}))",
        text,
    )
    if not match or not checksums.iso_date(*match.group(1, 2, 3)):
        return ""
    end = match[4] or checksums.iso_date(*match.group(5, 6, 7))
    return f"{checksums.iso_date(*match.group(1, 2, 3))} {end}" if end else ""


def person(text: str) -> str:
    """A name, without the labels before and behind it; an address has digits."""
    return "" if re.search("[0-9]", text) else re.sub("性别?[男女]?$", "", formats.name(text))


def country(text: str) -> str:
    """A country's name, also when the sex before it was read with it."""
    plain = re.sub("^[男女](?=..)", "", text)
    return "" if re.search("[0-9男女号室省市区县]", plain) else formats.chinese(plain)


def home(text: str) -> str:
    """An address from its beginning on: a later row alone begins with a number or in the middle of one."""
    plain = formats.free(text)
    return "" if re.match("[0-9号幢栋座室单元层附之弄]", plain) else plain


# The second page (副页) repeats number and name; it has none of the other fields.
SECOND_PAGE = (Label("record", ("档案编号",), ("File No.",)), Label("notes", ("记录",), ("Record",)))
LABELS = (
    Label(
        "title",
        ("中华人民共和国机动车驾驶证副页", "中华人民共和国机动车驾驶证"),
        ("Driving License of the People's Republic of China",),
    ),
    Label("id_num", ("证号",), ("No.",), (0.25, 0.18), (0.33, 0.18), checksums.is_id_number),
    Label("name", ("姓名",), ("Name",), (0.045, 0.26)),
    Label("sex", ("性别",), ("Sex",), (0.46, 0.26), (0.57, 0.275), SEXES.__contains__),
    Label("nationality", ("国籍",), ("Nationality",), (0.65, 0.26), (0.79, 0.275), "中国".__eq__),
    Label("address", ("住址",), ("Address",), (0.045, 0.37)),
    Label("birth_date", ("出生日期",), ("Date of Birth",), (0.295, 0.495)),
    Label("issue_date", ("初次领证日期",), ("Date of First Issue", "Issue Date"), (0.295, 0.605)),
    Label("car_class", ("准驾车型",), ("Class",), (0.295, 0.715), (0.505, 0.725), is_class),
    Label("valid_from", ("有效起始日期",), ("Valid From",)),
    Label("valid", ("有效期限",), ("Valid Period", "Valid For"), (0.045, 0.865), (0.19, 0.865), period),
    *SECOND_PAGE,
)
# Labels that only this document has: two of them, or the title and one, make it a driver licence.
OWN = {"title", "issue_date", "car_class", "valid_from"}
SHORT_OF = {"title", "valid_from", *(label.name for label in SECOND_PAGE)}
BOTH_PAGES = {"title", "id_num", "name"}


def id_number(text: str) -> str:
    """The licence's number: an ID number, or another of 12 to 18 letters and digits for foreigners."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    return plain if re.fullmatch("[0-9A-Z]{12,18}", plain) else ""


SPECS = {
    "id_num": FieldSpec(id_number, formats.DIGITS + "X", checksums.id_number_ok),
    "name": FieldSpec(person, open=True),
    "sex": one_of(SEXES),
    "nationality": FieldSpec(country, open=True, known="中国".__eq__),
    "address": FieldSpec(home, open=True),
    "birth_date": formats.DATE,
    "issue_date": formats.DATE,
    "car_class": FieldSpec(car_class, "ABCDEFMNP123456"),
}
VALID = FieldSpec(period, formats.DIGITS + "-至长期", counting=formats.DIGITS + "长期")


@dataclass(frozen=True)
class DriverLicenceParams:
    """When a page is a driver licence, and where its seal is.

    `enough`: so many of its labels are seen, or `enough_titled` with the title. `uneven`: steps between the rows of a
    seal differ by less than this factor, unless a row was not found. `seal_above`: the seal begins at most this many
    label heights above the first date's label.
    """

    enough: int = 4
    enough_titled: int = 2
    uneven: float = 1.5
    seal_above: float = 1.2


DRIVER_LICENCE = DriverLicenceParams()


def read(page: Page) -> Reading:
    """The fields in the contract's order, unread ones empty (ruling R22). Raises `DocumentNotFound`."""
    reading = read_in_passes(page, _read)
    if reading is None:
        raise DocumentNotFound("no driver licence found in the picture: its labels were not found")
    return reading


def _read(page: Page) -> Reading | None:
    """The fields, or None when this is no driver licence."""
    found = pieces(page.lines(), page.rectification)
    form = Form(found, LABELS, skip=lambda piece: is_stamp(page.picture, piece))
    enough = DRIVER_LICENCE.enough_titled if "title" in form.seen else DRIVER_LICENCE.enough
    known = form.seen | form.told.keys()
    if len(known - SHORT_OF) < enough or not known & OWN or contradicts(READER.key, page.lines()):
        return None
    seal = _in_seal(page, [piece for piece in form.pieces if not piece.label], form)
    for name, value in form.values.items():
        # On a photocopy the seal is not red, and might go on an address above it.
        form.values[name] = [piece for piece in value if all(piece is not each for each in seal)]
    resolved = {
        name: resolve_form(page, form, page.rectification, name, spec) for name, spec in SPECS.items()
    }
    number = resolved["id_num"]
    if not resolved["birth_date"].value and checksums.id_number_ok(number.value):
        # The number repeats the date, and its check digit proves that it was read right.
        resolved["birth_date"] = number._replace(value=checksums.birth_date(number.value))
    resolved["valid_from"], resolved["valid_to"] = _validity(page, form)
    resolved["official_seal"] = _authority(page, seal)
    reading = Reading.of(resolved)
    return replace(reading, sought=_sought(page, form, seal, reading.fields))


def _sought(page: Page, form: Form, seal: list[Piece], fields: dict[str, str]) -> dict[str, Quad | None]:
    """Where the fields may be that were not read."""
    missing = {name: spec for name, spec in SPECS.items() if not fields[name]}
    if form.seen - BOTH_PAGES <= {label.name for label in SECOND_PAGE} and form.seen - BOTH_PAGES:
        return sought(
            page, form, page.rectification, {name: missing[name] for name in missing.keys() & form.seen}
        )
    if not fields["valid_from"] or not fields["valid_to"]:
        missing["valid"] = VALID
    if not fields["valid_from"] and "valid_from" in form.seen:
        missing["valid_from"] = formats.DATE
    places = sought(page, form, page.rectification, missing)
    dates, end = form.anchors.get("birth_date"), form.anchors.get("valid")
    if not fields["official_seal"] and dates and end:
        left = min(anchor.left for anchor in form.anchors.values())
        top = dates.middle - DRIVER_LICENCE.seal_above * dates.height
        bottom = end.middle - 0.5 * end.height
        doubtful = min((score for piece in seal for score in scores_of(piece)), default=0.0) < SOUGHT.doubtful
        if doubtful and (seal or _has_rows(page, form, left, top, dates.left, bottom)):
            places["official_seal"] = page.rectification.box(left, top, dates.left, bottom)
    return places


def _has_rows(page: Page, form: Form, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether there is print in any row of a box of the rectified page, two label heights high."""
    ink = form_ink(page, form)
    steps = max(1, round((bottom - top) / (2 * form.anchors["birth_date"].height)))
    edges = np.linspace(top, bottom, steps + 1).tolist()
    rows = (page.rectification.box(left, above, right, below) for above, below in itertools.pairwise(edges))
    return any(has_print(page.picture, row, ink) for row in rows)


def _validity(page: Page, form: Form) -> tuple[Resolved, Resolved]:
    """From 有效期限 A 至 B (B a date or 长期), or from 有效起始日期 A and 有效期限 N 年 or 长期."""
    start = resolve(page, form.values.get("valid_from", []), formats.DATE)
    valid = form.values.get("valid", [])
    if start.value:
        return start, resolve(page, valid, FieldSpec(lambda text: _end(text, start.value)))
    both = resolve(page, valid, VALID)
    first, _, last = both.value.partition(" ")
    return both._replace(value=first), both._replace(value=last)


def _end(text: str, start: str) -> str:
    if formats.LONG_TERM in text:
        return formats.LONG_TERM
    years = re.fullmatch(r"([0-9]{1,2})年?", formats.free(text))
    if years and years[1] in ("1", "2", "3", "6", "10"):
        year = str(int(start[:4]) + int(years[1]))
        # A licence from 29 February ends on the day before 1 March.
        return checksums.iso_date(year, start[5:7], start[8:]) or checksums.iso_date(year, "02", "28")
    return formats.date(text)


def _authority(page: Page, seal: list[Piece]) -> Resolved:
    """The authority in the seal, its rows joined; nothing when a row of it was not found."""
    found = rows(seal)
    if not found or not evenly([row[0].middle for row in found]):
        return UNRESOLVED
    return resolve(page, [piece for row in found for piece in row], FieldSpec(authority, open=True))


def _in_seal(page: Page, free: list[Piece], form: Form) -> list[Piece]:
    """What stands in the seal's place, left of the dates; without dates to go by, what is red and what is between."""
    dates, end = form.anchors.get("birth_date"), form.anchors.get("valid")
    if dates:
        top = dates.middle - DRIVER_LICENCE.seal_above * dates.height
        bottom = end.middle - 0.5 * end.height if end else float("inf")
        inside = [
            piece
            for piece in free
            if piece.centre < dates.left and top < piece.middle < bottom and formats.chinese(piece.text)
        ]
        if authority(joined(piece for row in rows(inside) for piece in row)):
            return inside
    red = [piece for piece in free if is_stamp(page.picture, piece) and len(formats.chinese(piece.text)) >= 2]
    if dates:
        # Other red print, such as a mark on the portrait, is none of it.
        red = [piece for piece in red if piece.centre < dates.left + 2 * dates.height]
    if not red:
        return []
    left, right = min(piece.left for piece in red), max(piece.right for piece in red)
    top, bottom = min(piece.middle for piece in red), max(piece.middle for piece in red)
    # A row whose red is too faint to tell stands between the others.
    return [piece for piece in free if left <= piece.centre <= right and top <= piece.middle <= bottom]


def evenly(middles: Sequence[float]) -> bool:
    """Whether rows stand evenly, so that none between them is missing."""
    steps = np.diff(middles)
    return len(steps) < 2 or float(steps.max()) < DRIVER_LICENCE.uneven * float(steps.min())


def authority(text: str) -> str:
    """A traffic police office, from the place it belongs to; a text from which a row is missing is none."""
    plain = formats.chinese(text)
    return plain if AUTHORITY.fullmatch(plain) else ""


def _checks(texts: Texts) -> Found:
    number = texts.get("id_num", "")
    yield from checks.id_number("id_num", number)
    yield from checks.twins(texts, "birth_date", "sex", number)
    yield from checks.dates(texts, "birth_date", "issue_date", "valid_from")
    yield from checks.order(texts, "birth_date", "issue_date")
    if "car_class" in texts:
        known = car_class(texts["car_class"]) != ""
        yield "car_class", checks.check("vehicle_class", known, "classes of GA 801", "no classes of GA 801")
    if "valid_to" in texts:
        yield from checks.period("valid_to", texts.get("valid_from", ""), texts["valid_to"])


READER = DocumentReader(
    key="drivinglicense",
    read=read,
    checks=_checks,
    title="机动车驾驶证",
    distinct="驾驶",
    signature={
        "中华人民共和国机动车驾驶证": 0.8,
        "机动车驾驶证": 0.8,
        "准驾车型": 0.7,
        "初次领证日期": 0.7,
        "有效起始日期": 0.5,
        "国籍": 0.4,
        "出生日期": 0.3,
        "证号": 0.1,
        "姓名": 0.1,
        "性别": 0.1,
        "住址": 0.1,
    },
    skip_lines=sublabels,
)
