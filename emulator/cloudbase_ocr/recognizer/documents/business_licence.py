"""The business licence (营业执照), landscape or portrait, of companies and of individuals."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cloudbase_ocr.recognizer.documents.business_page import business_page, unstacked
from cloudbase_ocr.recognizer.documents.business_values import (
    around,
    in_place,
    is_legible,
    resolved,
    under_stamp,
)
from cloudbase_ocr.recognizer.documents.lexicon import enterprises
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checks, checksums, formats
from cloudbase_ocr.recognizer.fields.passes import read_in_passes
from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED, Reading
from cloudbase_ocr.recognizer.fields.spec import FieldSpec
from cloudbase_ocr.recognizer.layout.columns import columns
from cloudbase_ocr.recognizer.layout.labels import Label, distance
from cloudbase_ocr.recognizer.layout.pieces import beside, joined, labelled, part, pieces
from cloudbase_ocr.recognizer.layout.stamps import is_stamp
from cloudbase_ocr.recognizer.page.boundary import document_boundary

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.image.geometry import Quad
    from cloudbase_ocr.recognizer.layout.columns import Columns
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

LABELS = (
    Label("reg_num", ("统一社会信用代码", "社会信用代码", "注册号", "工商注册号", "统一社会信用代码/注册号")),
    Label("serial", ("编号", "证照编号", "证照号")),
    Label(
        "legal_representative",
        ("法定代表人", "经营者", "负责人", "投资人", "执行事务合伙人", "经营者姓名", "法定代表人姓名"),
    ),
    Label("enterprise_name", ("名称", "企业名称", "字号名称", "公司名称")),
    Label("type_of_organization", ("组成形式",)),
    Label("address", ("住所", "经营场所", "营业场所", "主要经营场所", "企业住所", "经营地址", "注册地址")),
    Label("type_of_enterprise", ("类型", "公司类型", "企业类型", "主体类型", "经济性质")),
    Label("business_scope", ("经营范围", "经营范围及方式")),
    Label("registered_capital", ("注册资本", "注册资金", "出资额", "成员出资总额")),
    Label("paid_in_capital", ("实收资本",)),
    Label("valid_period", ("营业期限", "经营期限", "合伙期限")),
    Label("registered_date", ("成立日期", "注册日期")),
    Label("authority", ("登记机关", "发照机关")),
    Label("title", ("营业执照", "企业法人营业执照", "个体工商户营业执照")),
    Label("copy", ("副本", "（副本）", "(副本)", "正本")),
)
# Labels that stand outside the columns: at the top, or above the registry's seal.
OUTSIDE_COLUMNS = frozenset({"reg_num", "serial", "title", "copy", "authority"})
# What marks the foot of the page, which belongs to no field.
FOOT = re.compile(
    "国家企业信用信息公示系统|信用信息公示|每年1月1日|扫描二维码|国家市场监督管理总局|监制|http|www\\."
)
# Values in one row whose form tells them: their place is read where the detector did not find them whole.
SHORT = ("valid_period", "registered_date", "registered_capital", "paid_in_capital", "type_of_organization")
# Texts, which begin where all values of their column do.
LONG = ("enterprise_name", "address", "business_scope", "legal_representative")
REGISTRY = re.compile("^(?:登记|发照)机关")
# Each licence has these; another pass is made when one of them is missing.
ALWAYS = (
    "reg_num",
    "legal_representative",
    "enterprise_name",
    "address",
    "business_scope",
    "registered_date",
)
SPECS = {
    "reg_num": FieldSpec(
        enterprises.code,
        formats.LETTERS.replace("S", "").replace("V", "").replace("Z", "") + formats.DIGITS,
        checksums.credit_code_ok,
    ),
    "serial": FieldSpec(enterprises.serial, formats.LETTERS + formats.DIGITS + "()/-", open=True),
    "legal_representative": FieldSpec(enterprises.person, open=True),
    "enterprise_name": FieldSpec(enterprises.name, open=True),
    "type_of_organization": FieldSpec(
        formats.chinese,
        open=True,
        known=enterprises.ORGANIZATIONS.__contains__,
        words=sorted(enterprises.ORGANIZATIONS),
    ),
    "address": FieldSpec(enterprises.address, open=True),
    "type_of_enterprise": FieldSpec(
        formats.free,
        min_confidence=0.4,
        open=True,
        known=enterprises.is_kind,
        words=sorted(enterprises.KINDS),
    ),
    "business_scope": FieldSpec(enterprises.scope, min_confidence=0.3),
    "registered_capital": FieldSpec(enterprises.amount, enterprises.AMOUNTS),
    "paid_in_capital": FieldSpec(enterprises.amount, enterprises.AMOUNTS),
    "valid_period": FieldSpec(
        enterprises.period, formats.DIGITS + "自至到年月日长期", counting=formats.DIGITS + "长期"
    ),
    "registered_date": FieldSpec(
        enterprises.chinese_date, formats.DIGITS + "年月日", counting=formats.DIGITS
    ),
}
# Values that tell by their form what they are, for those whose label could not be read.
SIGNS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("valid_period", lambda text: enterprises.period(text) if re.search("[至长]", text) else ""),
    ("registered_date", enterprises.chinese_date),
    ("registered_capital", lambda text: enterprises.amount(text) if re.search("万.*[元币]", text) else ""),
    ("enterprise_name", lambda text: text if re.search(".{6}(公司|合作社|合伙)$", text) else ""),
    ("address", lambda text: text if re.search("[省市区县].+[路街道巷村镇乡].*[号室栋幢层]", text) else ""),
)


@dataclass(frozen=True)
class BusinessLicenceParams:
    """When a page is a business licence, and what a scope needs.

    `enough`: so many of its labels are seen, or `enough_titled` with the title, which is `title` times as high as the
    other print. `left_of_label`: so many characters of a misread label may stand before a value in one piece.
    """

    enough: int = 4
    enough_titled: int = 2
    title: float = 1.5
    left_of_label: int = 3
    fragment: float = 2.0


BUSINESS_LICENCE = BusinessLicenceParams()


def read(page: Page) -> Reading:
    """The fields that the picture shows, in the contract's order; others are left out. Raises `DocumentNotFound`."""
    reading = read_in_passes(page, _read)
    if reading is None:
        raise DocumentNotFound("no business licence found in the picture: its labels were not found")
    return Reading({name: value for name, value in reading.fields.items() if value != ""}, reading.evidence)


def _read(page: Page) -> Reading | None:
    """The fields, empty where another pass may find more; None when this is no business licence."""
    found = pieces(page.lines(), page.rectification)
    own = business_page(found)
    whole = [each for piece in own.pieces for each in unstacked(piece)]
    whole, printed = _without_stamps(page, whole)
    form = columns(whole, LABELS, OUTSIDE_COLUMNS, "authority", lambda piece: _no_value(page, piece, printed))
    _name_by_form(form)
    if not _is_licence(form):
        return None
    specs = {name: spec for name, spec in SPECS.items() if name != "business_scope" or not own.notice}
    rows = {name: _value(form, name) for name in specs}
    values = {
        name: UNRESOLVED if _is_fragment(form, name, rows[name]) else resolved(page, name, rows[name], spec)
        for name, spec in specs.items()
    }
    values |= {
        name: in_place(page, place, rows[name], specs[name])
        for name in SHORT
        if not values[name].value and (place := form.place(name)) is not None
    }
    expected = _expected(form, values["reg_num"].value) & specs.keys()
    reading = Reading.of({name: each for name, each in values.items() if each.value or name in expected})
    places: dict[str, Any] = {
        "cert_position": {"pos": page.quad(document_boundary(page, [piece.line for piece in found]))},
        "img_size": {"w": page.width, "h": page.height},
    }
    missing = {name: rows[name] for name in expected if not values[name].value}
    return Reading(reading.fields | places, reading.evidence, _sought(page, form, missing))


def _sought(page: Page, form: Columns, missing: dict[str, list[Piece]]) -> dict[str, Quad | None]:
    """Where fields may be that were not told: beside their labels, or anywhere without one.

    What was found whole is looked for again in its rows, if it is print that says more in another box. The rows of a
    scope were read again already.
    """
    sought: dict[str, Quad | None] = {}
    for name, found in missing.items():
        place = form.place(name)
        if not found or _is_fragment(form, name, found):
            sought[name] = None if place is None else page.rectification.box(*place)
        elif name != "business_scope" and is_legible(found):
            sought[name] = around(page, found)
    return sought


def _is_fragment(form: Columns, name: str, found: list[Piece]) -> bool:
    """Whether a text begins right of where values do: its beginning was not found."""
    place = form.place(name)
    if name not in LONG or place is None or not found:
        return False
    return found[0].left > place[0] + BUSINESS_LICENCE.fragment * found[0].height


def _expected(form: Columns, code: str) -> set[str]:
    """The fields that the licence must have: those whose labels are seen, and those that each has.

    Licences of individuals with an older number do not say when they were registered.
    """
    expected = {*ALWAYS, *form.seen}
    if code.isdecimal():
        expected -= {"registered_date"} - form.seen
    return expected


def _is_licence(form: Columns) -> bool:
    """Enough labels or values of their own form; or the title, larger than all other print, and some."""
    count = len((form.seen | form.values.keys()) & SPECS.keys())
    if any(checksums.credit_code_ok(enterprises.code(piece.text)) for piece in form.pieces):
        count += "reg_num" not in form.seen
    heights = [piece.height for piece in form.pieces]
    title = any(
        piece.label == "title" and piece.height > BUSINESS_LICENCE.title * float(np.median(heights))
        for piece in form.pieces
    )
    return count >= (BUSINESS_LICENCE.enough_titled if title else BUSINESS_LICENCE.enough)


def _name_by_form(form: Columns) -> None:
    """Values whose label could not be read, by what they look like."""
    for group in [*form.unnamed, *([piece] for piece in form.left_over)]:
        kind = _kind_in(group[0])
        if kind and "type_of_enterprise" not in form.values:
            form.values["type_of_enterprise"] = [kind]
            continue
        for name, parse in SIGNS:
            if name not in form.values and parse(joined(group)):
                form.values[name] = group
                break
        else:
            dated = _dated(group[0])
            if dated and dated.label not in form.values:
                form.values[dated.label] = [replace(dated, label=""), *group[1:]]


def _kind_in(piece: Piece) -> Piece | None:
    """The kind of enterprise at a piece's end, behind what may be left of its label: 型有限责任公司."""
    for start in range(min(BUSINESS_LICENCE.left_of_label, len(piece.text)) + 1):
        if enterprises.is_kind(piece.text[start:]):
            return part(piece, start, len(piece.text))
    return None


def _dated(piece: Piece) -> Piece | None:
    """The date behind what may be a misread label of one; the registry's own date has nothing before it."""
    head = re.match("[^0-9]{3,5}(?=[0-9]{4}年)", piece.text.replace(" ", ""))
    if not head or " " in piece.text[: len(head[0])]:
        return None
    likely = [
        label.name for label in LABELS for form in label.forms if distance(form, head[0]) <= len(form) // 2
    ]
    date = part(piece, len(head[0]), len(piece.text))
    for name, parse in SIGNS:
        if name in likely and parse(date.text.replace(" ", "")):
            return replace(date, label=name)
    return None


def _without_stamps(page: Page, found: list[Piece]) -> tuple[list[Piece], set[int]]:
    """The pieces, with the print that red stamps lie over, and which lines that is. Below it is the registry's seal."""
    kept, printed = [], set()
    registry = [piece.middle - piece.height for piece in found if REGISTRY.search(piece.text)]
    for piece in found:
        below = any(piece.middle > top for top in registry)
        under = None
        if not below and len(piece.text) > 1 and is_stamp(page.picture, piece):
            under = under_stamp(page, piece)
        if under:
            printed.add(id(under.line))
        kept.append(under or piece)
    return kept, printed


def _no_value(page: Page, piece: Piece, printed: set[int]) -> bool:
    if FOOT.search(piece.text):
        return True
    return id(piece.line) not in printed and is_stamp(page.picture, piece)


def _value(form: Columns, name: str) -> list[Piece]:
    """The value beside a label; the code also stands below its label, or elsewhere on its own."""
    if name not in OUTSIDE_COLUMNS:
        return form.values.get(name, [])
    label = labelled(form.pieces, name)
    found = beside(label, form.pieces)[:1] if label else []
    if name != "reg_num" or enterprises.code(joined(found)):
        return found
    alone = [piece for piece in form.pieces if not piece.label and enterprises.code(piece.text)]
    checked = [piece for piece in alone if checksums.credit_code_ok(enterprises.code(piece.text))]
    below = [piece for piece in form.pieces if label and not piece.label and _below(label, piece)]
    return (checked or found or alone or below)[:1]


def _below(label: Piece, piece: Piece) -> bool:
    down = piece.middle - label.middle
    return abs(piece.left - label.left) < 2 * label.height and 0.5 * label.height < down < 2.5 * label.height


def _checks(texts: Texts) -> Found:
    code = texts.get("reg_num", "")
    if len(code) == 18:
        ok = checksums.credit_code_ok(code)
        right, wrong = "the check character is right", "the check character is wrong"
        yield "reg_num", checks.check("checksum", ok, right, wrong)
    elif code:
        known = re.fullmatch("[0-9]{13}|[0-9]{15}", code) is not None
        right, wrong = "an older registration number", "neither 13, 15 nor 18 characters"
        yield "reg_num", checks.check("length", known, right, wrong)
    yield from checks.dates(texts, "registered_date")
    start, _, end = texts.get("valid_period", "").removeprefix("自").partition("至")
    if end and checks.iso(start):
        yield from checks.period("valid_period", start, end)


READER = DocumentReader(
    key="bizlicense",
    read=read,
    checks=_checks,
    title="营业执照",
    signature={
        "营业执照": 0.8,
        "统一社会信用代码": 0.7,
        "法定代表人": 0.5,
        "经营范围": 0.6,
        "注册资本": 0.5,
        "营业期限": 0.5,
        "经营场所": 0.5,
        "经营者": 0.3,
        "组成形式": 0.5,
        "成立日期": 0.4,
        "登记机关": 0.5,
        "名称": 0.1,
        "类型": 0.1,
        "住所": 0.1,
    },
)
