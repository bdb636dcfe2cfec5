"""Bank cards and number plates: little text, large and coloured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr.specimens.people import PLATE, card_number
from tests.bench.ocr.specimens.sheet import RED, Color, Sheet

if TYPE_CHECKING:
    from tests.bench.ocr.specimens.fonts import Fonts

WHITE = (246, 246, 242)


# Colours of a plate and of its characters, by kind (GA 36).
PLATES = {
    "blue": ((18, 62, 168), WHITE),
    "green": ((150, 216, 170), (20, 22, 24)),
    "yellow": ((238, 182, 34), (20, 22, 24)),
}
TRUCK_PLATE = "宁Z58M21"
ELECTRIC_PLATE = "宁ZD71482"


def bank_card(fonts: Fonts, number: str = "") -> Sheet:
    """A bank card with a flat number of 19 digits."""
    sheet = _card(fonts, number or card_number(), (28, 74, 118))
    sheet.text((100, 480), _grouped(sheet.fields["number"]), 80, fill=WHITE, key="number")
    return sheet


def embossed_card(fonts: Fonts, number: str = "") -> Sheet:
    """A bank card with an embossed number of 16 digits: shadows and lights, hardly a colour of its own."""
    sheet = _card(fonts, number or card_number("999066120384751"), (132, 126, 120))
    for shift, fill in ((4, (84, 80, 76)), (-4, (186, 180, 174)), (0, (150, 144, 138))):
        key = "" if shift else "number"
        sheet.text((100 + shift, 480 + shift), _grouped(sheet.fields["number"]), 88, fill=fill, key=key)
    return sheet


def two_line_card(fonts: Fonts, number: str = "") -> Sheet:
    """A bank card with its number of 19 digits in two lines."""
    sheet = _card(fonts, number or card_number("999031725508846129"), (146, 38, 52))
    groups = _grouped(sheet.fields["number"]).split(" ")
    for row, part in enumerate((groups[:2], groups[2:])):
        sheet.text((110, 430 + row * 104), "  ".join(part), 84, fill=WHITE, key="number")
    return sheet


def _card(fonts: Fonts, number: str, paper: Color) -> Sheet:
    """A bank card without its number."""
    sheet = Sheet(1400, 883, fonts, paper=paper, corner=44, fields={"number": number})
    bright = tuple(min(255, value + 12) for value in paper)
    for x in range(-600, 1500, 46):
        sheet.draw.line((x, 883, x + 600, 0), fill=bright, width=14)
    sheet.text((90, 70), "海棠商业银行", 62, fill=WHITE)
    sheet.text((90, 150), "HAITANG COMMERCIAL BANK", 30, fill=(214, 222, 230))
    sheet.draw.rounded_rectangle((110, 270, 270, 390), 18, fill=(212, 184, 116))
    for y in (310, 350):
        sheet.draw.line((110, y, 270, y), fill=(150, 124, 66), width=3)
    sheet.text((560, 660), "有效期 VALID THRU", 30, fill=(214, 222, 230))
    sheet.text((860, 650), "11/34", 44, fill=WHITE)
    sheet.specimen((360, 740), 60, fill=(250, 200, 90))
    sheet.text((1080, 740), "借记卡 DEBIT", 44, fill=WHITE)
    return sheet


def _grouped(number: str) -> str:
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def number_plate(fonts: Fonts, number: str = PLATE, kind: str = "blue") -> Sheet:
    """A number plate in one row, on a car's bumper rather than a table; electric cars have one character more."""
    paper, ink = PLATES[kind]
    sheet = Sheet(
        1320 + 130 * (len(number) - 7), 420, fonts, paper=paper, corner=26, fields={"number": number}
    )
    sheet.draw.rounded_rectangle((14, 14, sheet.width - 14, 406), 20, outline=ink, width=8)
    end = sheet.text((52, 70), number[:2], 200, fill=ink, key="number", bold=2, gap=6)
    sheet.draw.ellipse((end + 8, 208, end + 36, 236), fill=ink)
    sheet.text((end + 62, 70), number[2:], 200, fill=ink, key="number", bold=2, gap=24)
    sheet.specimen((sheet.width / 2, 346), 34, fill=(250, 210, 110) if kind == "blue" else RED)
    return sheet


def truck_plate(fonts: Fonts, number: str = TRUCK_PLATE) -> Sheet:
    """A yellow plate in two rows, as trucks and buses carry behind."""
    paper, ink = PLATES["yellow"]
    sheet = Sheet(1320, 700, fonts, paper=paper, corner=26, fields={"number": number})
    sheet.draw.rounded_rectangle((14, 14, 1306, 686), 20, outline=ink, width=8)
    sheet.text((660, 30), number[:2], 160, fill=ink, key="number", bold=2, gap=110, middle=True)
    sheet.text((660, 230), number[2:], 290, fill=ink, key="number", bold=3, gap=36, middle=True)
    sheet.specimen((660, 630), 34)
    return sheet
