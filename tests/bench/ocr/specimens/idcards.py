"""The two sides of an ID card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.ocr.specimens.people import BIRTH, NAME, PLACE, id_number
from tests.bench.ocr.specimens.sheet import Sheet

if TYPE_CHECKING:
    from tests.bench.ocr.specimens.fonts import Fonts

LABEL = (54, 112, 150)
ADDRESS_WIDTH = 560
CARD = (1400, 883)


def idcard_front(fonts: Fonts, **changes: Any) -> Sheet:
    """The side with the portrait; `changes` replaces fields of the reply, for other people's cards."""
    fields = {
        "type": "Front",
        "name": NAME,
        "id": id_number(BIRTH, "462"),
        "addr": f"{PLACE}望月路二十七号3栋2单元1501室",
        "gender": "女",
        "nationality": "汉",
        "birth": BIRTH,
        "card_property": 4,
    }
    sheet = Sheet(*CARD, fonts, paper=(232, 240, 244), corner=40, fields=fields | changes)
    value = sheet.fields
    sheet.waves((214, 228, 232))
    sheet.portrait((905, 120, 1290, 610))
    sheet.specimen((1098, 460), 58, two_rows=True)
    left, right = 90, 238
    _label(sheet, (left, 98), "姓名")
    sheet.text((right, 92), value["name"], 52, key="name", gap=8)
    _label(sheet, (left, 206), "性别")
    sheet.text((right, 202), value["gender"], 46, key="gender")
    _label(sheet, (420, 206), "民族")
    sheet.text((568, 202), value["nationality"], 46, key="nationality")
    _label(sheet, (left, 312), "出生")
    year, month, day = value["birth"].split("-")
    x: float = right
    for number, unit, step in ((year, "年", 138), (str(int(month)), "月", 74), (str(int(day)), "日", 74)):
        sheet.text((x + 8, 308), number, 44, key="birth")
        _label(sheet, (x + step, 312), unit)
        x += step + 66
    _label(sheet, (left, 420), "住址")
    for row, line in enumerate(sheet.wrap(value["addr"], 46, ADDRESS_WIDTH, gap=4)):
        sheet.text((right, 416 + row * 66), line, 46, key="addr", gap=4)
    _label(sheet, (left, 728), "公民身份号码")
    sheet.text((470, 716), value["id"], 62, key="id", gap=6)
    return sheet


def idcard_back(fonts: Fonts, **changes: Any) -> Sheet:
    """The side with the issuing authority; `changes` replaces fields of the reply."""
    fields = {
        "type": "Back",
        "valid_date": "20190520-20390520",
        "authority": "海棠市公安局青禾分局",
        "card_property": 4,
    }
    sheet = Sheet(*CARD, fonts, paper=(238, 240, 236), corner=40, fields=fields | changes)
    sheet.waves((222, 230, 226), step=30, swing=14)
    sheet.draw.ellipse((86, 90, 316, 320), fill=(240, 226, 220), outline=(200, 70, 66), width=10)
    sheet.specimen((201, 150), 64, two_rows=True)
    sheet.text((850, 106), "中华人民共和国", 68, gap=14, middle=True)
    sheet.text((850, 236), "居民身份证", 104, gap=26, middle=True, bold=1)
    sheet.text((250, 610), "签发机关", 44, bold=1)
    sheet.text((510, 608), sheet.fields["authority"], 46, key="authority")
    sheet.text((250, 720), "有效期限", 44, bold=1)
    start, end = sheet.fields["valid_date"].split("-")
    until = end if end == "长期" else _dotted(end)
    sheet.text((510, 718), f"{_dotted(start)}-{until}", 46, key="valid_date")
    return sheet


def _label(sheet: Sheet, place: tuple[float, float], text: str) -> None:
    sheet.text(place, text, 40, fill=LABEL)


def _dotted(date: str) -> str:
    return f"{date[:4]}.{date[4:6]}.{date[6:]}"
