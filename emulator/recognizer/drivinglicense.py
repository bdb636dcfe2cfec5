"""`drivinglicense`: the driver licence (驾驶证), its main page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulator.recognizer import checks, values
from emulator.recognizer.errors import DocumentNotFound
from emulator.recognizer.form import Form
from emulator.recognizer.ink import is_stamp
from emulator.recognizer.labels import Label
from emulator.recognizer.layout import pieces, rows
from emulator.recognizer.patience import patiently
from emulator.recognizer.settle import Rule, one_of, settle, settle_form
from emulator.recognizer.sublabels import sublabels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.recognizer.layout import Piece
    from emulator.recognizer.page import Page

LONG_SIDE = 960
LEAVE_OUT = sublabels
ENOUGH, ENOUGH_TITLED = 4, 2
LONG_TERM = "长期"

LABELS = (
    Label("title", ("中华人民共和国机动车驾驶证",), ("Driving License of the People's Republic of China",)),
    Label("id_num", ("证号",), ("No.",), (0.25, 0.18)),
    Label("name", ("姓名",), ("Name",), (0.045, 0.26)),
    Label("sex", ("性别",), ("Sex",), (0.41, 0.26)),
    Label("nationality", ("国籍",), ("Nationality",), (0.61, 0.26)),
    Label("address", ("住址",), ("Address",), (0.045, 0.37)),
    Label("birth_date", ("出生日期",), ("Date of Birth",), (0.295, 0.495)),
    Label("issue_date", ("初次领证日期",), ("Date of First Issue", "Issue Date"), (0.295, 0.605)),
    Label("car_class", ("准驾车型",), ("Class",), (0.295, 0.715)),
    Label("valid_from", ("有效起始日期",), ("Valid From",)),
    Label("valid", ("有效期限",), ("Valid Period", "Valid For"), (0.045, 0.865)),
)
# Labels that only this document has: two of them, or the title and one, make it a driver licence.
OWN = {"title", "issue_date", "car_class", "valid_from"}
SHORT_OF = {"title", "valid_from"}

SEXES = ("男", "女")
# GA 801: classes of vehicles, as they are combined on a licence.
CLASSES = re.compile("(?:A[123]|B[12]|C[1-6]|[DEFMNP])+")


def car_class(text: str) -> str:
    """Classes as printed, such as C1 or A1A2D."""
    plain = re.sub(r"[\s.,、·]", "", text).upper()
    return plain if CLASSES.fullmatch(plain) else ""


def id_number(text: str) -> str:
    """The licence's number: an ID number, or another of 12 to 18 letters and digits for foreigners."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    return plain if re.fullmatch("[0-9A-Z]{12,18}", plain) else ""


RULES = {
    "id_num": Rule(id_number, values.DIGITS + "X", checks.id_number_proved),
    "name": Rule(values.chinese),
    "sex": one_of(SEXES),
    "nationality": Rule(values.chinese),
    "address": values.TEXT,
    "birth_date": values.DATE,
    "issue_date": values.DATE,
    "car_class": Rule(car_class, "ABCDEFMNP123456"),
}


def read(page: Page) -> dict[str, Any]:
    """The fields in the contract's order, unread ones empty (ruling R22). Raises `DocumentNotFound`."""
    fields = patiently(page, _read)
    if fields is None:
        raise DocumentNotFound("no driver licence is to be seen: its labels were not found")
    return fields


def _read(page: Page) -> dict[str, Any] | None:
    """The fields, or None when this is no driver licence."""
    found = pieces(page.lines(), page.frame)
    form = Form(found, LABELS, skip=lambda piece: is_stamp(page.picture, piece))
    enough = ENOUGH_TITLED if "title" in form.seen else ENOUGH
    if len(form.seen - SHORT_OF) < enough or not form.seen & OWN or _other(found):
        return None
    fields = {name: settle_form(page, form, page.frame, name, rule) for name, rule in RULES.items()}
    if not fields["birth_date"] and checks.id_number_proved(fields["id_num"]):
        # The number repeats the date, and its check digit proves that it was read right.
        number = fields["id_num"]
        fields["birth_date"] = checks.iso_date(number[6:10], number[10:12], number[12:14])
    fields["valid_from"], fields["valid_to"] = _validity(page, form)
    fields["official_seal"] = _seal(page, form)
    return fields


def _other(found: Sequence[Piece]) -> bool:
    return any("行驶证" in piece.text or "号牌号码" in piece.text for piece in found)


def _validity(page: Page, form: Form) -> tuple[str, str]:
    """From 有效期限 A 至 B (B a date or 长期), or from 有效起始日期 A and 有效期限 N 年 or 长期."""
    start = settle(page, "valid_from", form.values.get("valid_from", []), values.DATE)
    if start:
        end = settle(page, "valid_to", form.values.get("valid", []), Rule(lambda text: _end(text, start)))
        return start, end
    both = settle(page, "valid_from", form.values.get("valid", []), Rule(_period, values.DIGITS + "-至长期"))
    if not both:
        return "", ""
    if "valid_from" in page.report.fields:
        page.report.fields["valid_to"] = page.report.fields["valid_from"]
    start, _, end = both.partition(" ")
    return start, end


def _period(text: str) -> str:
    """Both ends with a space between, or nothing."""
    match = re.search(
        r"([0-9]{4})\D{0,2}([0-9]{2})\D{0,2}([0-9]{2})\D{0,4}?(?:(长期)|([0-9]{4})\D{0,2}([0-9]{2})\D{0,2}([0-9]{2}))",
        text,
    )
    if not match or not checks.iso_date(*match.group(1, 2, 3)):
        return ""
    end = match[4] or checks.iso_date(*match.group(5, 6, 7))
    return f"{checks.iso_date(*match.group(1, 2, 3))} {end}" if end else ""


def _end(text: str, start: str) -> str:
    if LONG_TERM in text:
        return LONG_TERM
    years = re.fullmatch(r"([0-9]{1,2})年?", values.free(text))
    if years and years[1] in ("1", "2", "3", "6", "10"):
        year = str(int(start[:4]) + int(years[1]))
        # A licence from 29 February ends on the day before 1 March.
        return checks.iso_date(year, start[5:7], start[8:]) or checks.iso_date(year, "02", "28")
    return values.date(text)


def _seal(page: Page, form: Form) -> str:
    """The authority in the red seal, its rows joined."""
    free = [piece for piece in form.pieces if not piece.label and len(values.chinese(piece.text)) >= 2]
    red = [piece for piece in free if is_stamp(page.picture, piece)]
    anchor = form.anchors.get("birth_date")
    if anchor:
        # The seal stands left of the dates; other red print, such as a mark on the portrait, is none of it.
        red = [piece for piece in red if (piece.left + piece.right) / 2 < anchor.left + 2 * anchor.height]
    if not red:
        return ""
    left, right = min(piece.left for piece in red), max(piece.right for piece in red)
    top, bottom = min(piece.middle for piece in red), max(piece.middle for piece in red)
    # A row whose red is too faint to tell stands between the others.
    inside = [
        piece
        for piece in free
        if left <= (piece.left + piece.right) / 2 <= right and top <= piece.middle <= bottom
    ]
    ordered = [piece for row in rows(inside) for piece in row]
    return settle(page, "official_seal", ordered, Rule(_authority))


def _authority(text: str) -> str:
    plain = values.chinese(text)
    return plain if re.search("(局|队|所|厅|部|处|中心|大队)$", plain) else ""
