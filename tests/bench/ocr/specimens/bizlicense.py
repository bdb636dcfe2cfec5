"""Business licences: a company's, landscape, and an individual's, portrait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr.specimens.people import NAME, OWNER, PLACE, credit_code
from tests.bench.ocr.specimens.sheet import RED, Sheet

if TYPE_CHECKING:
    from tests.bench.ocr.specimens.fonts import Fonts

LABEL = (92, 84, 76)
FRAME = (188, 150, 84)
SCOPE = (
    "图书及文具零售；咖啡饮品制售；文化活动组织；会议服务。（依法须经批准的项目，经批准后方可开展经营活动）"
)

SHOP = "餐饮服务；预包装食品零售。（依法须经批准的项目，经批准后方可开展经营活动）"


def business_licence(fonts: Fonts) -> Sheet:
    """The current form: code on the left, facts in two columns, seal and date on the right."""
    sheet = Sheet(1800, 1270, fonts, paper=(250, 244, 226))
    sheet.whole("cert_position")
    sheet.fields = {
        "reg_num": credit_code(),
        "serial": "992400091524",
        "legal_representative": OWNER,
        "enterprise_name": "海棠市青禾书屋文化有限公司",
        "address": f"{PLACE}望月路二十九号1层102室",
        "type_of_enterprise": "有限责任公司（自然人独资）",
        "business_scope": SCOPE,
        "registered_capital": "伍拾万元整",
        "valid_period": "2023年04月17日至长期",
        "registered_date": "2023年04月17日",
    }
    sheet.draw.rectangle((34, 34, 1766, 1236), outline=FRAME, width=10)
    sheet.draw.rectangle((56, 56, 1744, 1214), outline=FRAME, width=3)
    sheet.text((900, 120), "营业执照", 116, middle=True, gap=40, bold=1)
    sheet.text((900, 262), "（副本）", 44, middle=True)
    sheet.text((120, 130), "统一社会信用代码", 34, fill=LABEL)
    sheet.text((120, 178), sheet.fields["reg_num"], 40, key="reg_num")
    sheet.text((1330, 130), "编号", 32, fill=LABEL)
    sheet.text((1420, 130), sheet.fields["serial"], 34, key="serial")
    left = (
        ("名称", "enterprise_name"),
        ("类型", "type_of_enterprise"),
        ("法定代表人", "legal_representative"),
    )
    for row, (label, key) in enumerate(left):
        _fact(sheet, (120, 380 + row * 96), label, key)
    _wrapped(sheet, (120, 380 + 3 * 96), "经营范围", "business_scope")
    right = (
        ("注册资本", "registered_capital"),
        ("成立日期", "registered_date"),
        ("营业期限", "valid_period"),
    )
    for row, (label, key) in enumerate(right):
        _fact(sheet, (1060, 380 + row * 96), label, key)
    _wrapped(sheet, (1060, 380 + 3 * 96), "住所", "address")
    sheet.text((1060, 960), "登记机关", 38, fill=LABEL)
    sheet.draw.ellipse((1330, 880, 1610, 1160), outline=RED, width=7)
    sheet.text((1470, 946), "海棠市青禾区", 36, fill=RED, middle=True)
    sheet.text((1470, 998), "市场监督管理局", 34, fill=RED, middle=True)
    sheet.text((1240, 1154), "2023年04月17日", 38)
    sheet.specimen((420, 1100), 66)
    return sheet


def individual_licence(fonts: Fonts) -> Sheet:
    """A shop's licence, portrait: one column, and the labels that individuals have."""
    sheet = Sheet(1270, 1800, fonts, paper=(250, 244, 226))
    sheet.whole("cert_position")
    sheet.fields = {
        "reg_num": credit_code("92992407MA5N8R3T6"),
        "legal_representative": NAME,
        "enterprise_name": "海棠市青禾区望月小馆",
        "type_of_organization": "个人经营",
        "address": f"{PLACE}望月路二十九号2层205室",
        "type_of_enterprise": "个体工商户",
        "business_scope": SHOP,
        "registered_date": "2019年11月08日",
    }
    sheet.draw.rectangle((34, 34, 1236, 1766), outline=FRAME, width=10)
    sheet.text((635, 150), "营业执照", 104, middle=True, gap=36, bold=1)
    sheet.text((635, 290), "（副本）", 40, middle=True)
    sheet.text((150, 380), "统一社会信用代码", 34, fill=LABEL)
    sheet.text((470, 376), sheet.fields["reg_num"], 40, key="reg_num")
    facts = (
        ("名称", "enterprise_name", 4.0),
        ("类型", "type_of_enterprise", 4.0),
        ("经营者", "legal_representative", 1.5),
        ("组成形式", "type_of_organization", 2 / 3),
        ("注册日期", "registered_date", 2 / 3),
        ("经营场所", "address", 2 / 3),
        ("经营范围", "business_scope", 2 / 3),
    )
    y = 500
    for label, key, gap in facts:
        # Labels are spread to the width of five characters.
        sheet.text((150, y), label, 38, fill=LABEL, gap=gap * 19)
        for part in sheet.wrap(sheet.fields[key], 38, 730):
            sheet.text((400, y - 2), part, 38, key=key)
            y += 56
        y += 36
    sheet.text((720, 1420), "登记机关", 38, fill=LABEL)
    sheet.draw.ellipse((820, 1340, 1100, 1620), outline=RED, width=7)
    sheet.text((960, 1440), "海棠市青禾区", 34, fill=RED, middle=True)
    sheet.text((960, 1492), "市场监督管理局", 34, fill=RED, middle=True)
    sheet.text((800, 1660), "2019年11月08日", 38)
    sheet.specimen((400, 1580), 66)
    return sheet


def _fact(sheet: Sheet, place: tuple[int, int], label: str, key: str) -> None:
    x, y = place
    sheet.text((x, y), label, 34, fill=LABEL)
    sheet.text((x + 200, y - 2), sheet.fields[key], 36, key=key)


def _wrapped(sheet: Sheet, place: tuple[int, int], label: str, key: str) -> None:
    x, y = place
    sheet.text((x, y), label, 34, fill=LABEL)
    for row, line in enumerate(sheet.wrap(sheet.fields[key], 34, 600 if x < 900 else 430)):
        sheet.text((x + 200, y - 2 + row * 56), line, 34, key=key)
