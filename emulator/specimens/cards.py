"""A bank card and a number plate: little text, large and coloured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.specimens.people import PLATE, card_number
from emulator.specimens.sheet import Sheet

if TYPE_CHECKING:
    from emulator.specimens.fonts import Fonts

WHITE = (246, 246, 242)


def bank_card(fonts: Fonts, number: str = "") -> Sheet:
    """A bank card with a flat number of 19 digits."""
    number = number or card_number()
    sheet = Sheet(1400, 883, fonts, paper=(28, 74, 118), corner=44, fields={"number": number})
    for x in range(-600, 1500, 46):
        sheet.draw.line((x, 883, x + 600, 0), fill=(36, 86, 134), width=14)
    sheet.text((90, 70), "海棠商业银行", 62, fill=WHITE)
    sheet.text((90, 150), "HAITANG COMMERCIAL BANK", 30, fill=(186, 208, 226))
    sheet.draw.rounded_rectangle((110, 290, 270, 410), 18, fill=(212, 184, 116))
    for y in (330, 370):
        sheet.draw.line((110, y, 270, y), fill=(150, 124, 66), width=3)
    groups = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    sheet.text((100, 480), groups, 80, fill=WHITE, key="number")
    sheet.text((560, 640), "有效期 VALID THRU", 30, fill=(186, 208, 226))
    sheet.text((860, 630), "11/34", 44, fill=WHITE)
    sheet.specimen((360, 730), 60, fill=(250, 200, 90))
    sheet.text((1080, 730), "借记卡 DEBIT", 44, fill=WHITE)
    return sheet


def number_plate(fonts: Fonts, number: str = PLATE) -> Sheet:
    """A blue number plate, on a car's bumper rather than a table."""
    sheet = Sheet(1320, 420, fonts, paper=(18, 62, 168), corner=26, fields={"number": number})
    sheet.draw.rounded_rectangle((14, 14, 1306, 406), 20, outline=WHITE, width=8)
    end = sheet.text((52, 70), number[:2], 200, fill=WHITE, key="number", bold=2, gap=6)
    sheet.draw.ellipse((end + 8, 208, end + 36, 236), fill=WHITE)
    sheet.text((end + 62, 70), number[2:], 200, fill=WHITE, key="number", bold=2, gap=24)
    sheet.specimen((660, 346), 34, fill=(250, 210, 110))
    return sheet
