"""`bizlicense`: the business licence (营业执照), landscape or portrait, of companies and of individuals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulator.recognizer import checks, values
from emulator.recognizer.errors import DocumentNotFound
from emulator.recognizer.form import Form
from emulator.recognizer.ink import is_stamp
from emulator.recognizer.labels import Label
from emulator.recognizer.layout import joined, pieces, quad_of
from emulator.recognizer.outline import outline
from emulator.recognizer.settle import SURE, Rule, settle
from emulator.recognizer.views import grown

if TYPE_CHECKING:
    from emulator.recognizer.layout import Piece
    from emulator.recognizer.page import Page

LONG_SIDE = 960
ENOUGH = 4

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
# What marks the foot of the page, which belongs to no field.
FOOT = re.compile(
    "国家企业信用信息公示系统|信用信息公示|每年1月1日|扫描二维码|国家市场监督管理总局|监制|http|www\\."
)
_AMOUNT = re.compile("[0-9零〇壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆整人民币美港欧日.,，（）()角分无]+")


def code(text: str) -> str:
    """A unified social credit code of 18 characters, or an older registration number of 13 or 15 digits."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    # The code has no I, O, S, V, Z (GB 32100): the first two are 1 and 0.
    if len(plain) == 18:
        plain = plain.translate(str.maketrans("IO", "10"))
        return plain if not re.search("[SVZ]", plain) else ""
    return plain if re.fullmatch("[0-9]{13}|[0-9]{15}", plain) else ""


def serial(text: str) -> str:
    """The certificate's own number: letters, digits and marks."""
    plain = values.free(re.sub(r"^[NnＮ][Oo0º]?[.:：]", "", text))
    return plain if re.fullmatch(r"[0-9A-Za-z()（）S/-]{4,30}", plain) else ""


def chinese_date(text: str) -> str:
    """A date as printed: 2018年1月1日."""
    match = re.fullmatch(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日?", text)
    return match[0].removesuffix("日") + "日" if match and checks.iso_date(*match.groups()) else ""


def period(text: str) -> str:
    """A term as printed: 长期, or one or two dates with 自, 至, 到 or 长期 around them."""
    plain = values.free(text)
    dates = re.findall(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日", plain)
    rest = re.sub(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日", "", plain)
    if not all(checks.iso_date(*each) for each in dates) or not (dates or rest):
        return ""
    known = re.fullmatch("[自从]?[至到—-]*(长期|不约定期限|永久|无固定期限)?", rest)
    return plain if known and (dates or known[1]) else ""


def amount(text: str) -> str:
    """Capital as printed, in figures or in words."""
    plain = values.free(text)
    return plain if _AMOUNT.fullmatch(plain) and re.search("[0-9壹贰叁肆伍陆柒捌玖拾佰仟零无]", plain) else ""


RULES = {
    "reg_num": Rule(
        code,
        values.LETTERS.replace("S", "").replace("V", "").replace("Z", "") + values.DIGITS,
        checks.credit_code_proved,
    ),
    "serial": Rule(serial),
    "legal_representative": Rule(values.free),
    "enterprise_name": Rule(values.free),
    "type_of_organization": Rule(values.chinese),
    "address": Rule(values.free),
    "type_of_enterprise": Rule(values.free, sure=0.4),
    "business_scope": Rule(values.paired, sure=0.3),
    "registered_capital": Rule(amount),
    "paid_in_capital": Rule(amount),
    "valid_period": Rule(period, values.DIGITS + "自至到年月日长期"),
    "registered_date": Rule(chinese_date, values.DIGITS + "年月日"),
}


def read(page: Page) -> dict[str, Any]:
    """The fields that the picture shows, in the contract's order; others are left out. Raises `DocumentNotFound`."""
    found = pieces(page.lines(), page.frame)
    form = Form(found, LABELS, skip=lambda piece: _no_value(page, piece))
    if len(form.seen & RULES.keys()) < ENOUGH:
        raise DocumentNotFound("no business licence is to be seen: its labels were not found")
    fields: dict[str, Any] = {}
    for name, rule in RULES.items():
        found_here = _value(form, name)
        value = settle(page, name, found_here, rule)
        if value.count("（") + value.count("(") > value.count("）") + value.count(")"):
            value = _closed(page, value, found_here[-1])
        if value:
            fields[name] = value
    fields["cert_position"] = {"pos": page.quad(outline(page, [piece.line for piece in found]))}
    return fields | {"img_size": {"w": page.width, "h": page.height}}


def _no_value(page: Page, piece: Piece) -> bool:
    return bool(FOOT.search(piece.text)) or is_stamp(page.picture, piece)


def _closed(page: Page, value: str, last: Piece) -> str:
    """A closing bracket at the end is narrow ink in a wide box: look for it a little further right."""
    line = page.again(grown(quad_of(last), 0.25))
    if line.text.endswith((")", "）")) and line.scores[-1] >= SURE and line.text[:-1].endswith(value[-3:]):
        return values.paired(value + "）")
    return value


def _value(form: Form, name: str) -> list[Piece]:
    """The value beside a label; the code also stands below its label, or elsewhere on its own."""
    found = form.values.get(name, [])
    if name != "reg_num" or code(joined(found)):
        return found
    alone = [piece for piece in form.left_over if code(piece.text)]
    alone += [piece for each in form.values.values() for piece in each if code(piece.text)]
    proved = [piece for piece in alone if checks.credit_code_proved(code(piece.text))]
    return (proved or alone or found)[:1] if (proved or alone) else found
