"""Bank cards, 85.6 x 54 mm: number printed flat or embossed, in one line or more, 16 to 19 digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.bench.ocr import patterns, people
from tests.bench.ocr.canvas import Canvas, Colour

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.fonts import Fonts

SCALE = 18
BANKS = ("海棠商业银行", "云栖农村商业银行", "松月银行", "望海城市银行", "梧桐信用社")
COLOURS: tuple[tuple[Colour, Colour], ...] = (
    ((24, 60, 120), (60, 120, 180)),
    ((150, 24, 30), (210, 70, 60)),
    ((20, 96, 84), (70, 160, 130)),
    ((40, 40, 44), (96, 96, 104)),
    ((196, 160, 90), (240, 214, 150)),
    ((206, 210, 214), (240, 242, 244)),
    ((90, 50, 120), (170, 110, 180)),
)


def flat(rng: random.Random, fonts: Fonts) -> Canvas:
    """The number is ink on the plastic."""
    return _card(rng, fonts, embossed=False)


def embossed(rng: random.Random, fonts: Fonts) -> Canvas:
    """The number is raised; light falls from above, the tips are sometimes silvered or gilded."""
    return _card(rng, fonts, embossed=True)


def _card(rng: random.Random, fonts: Fonts, *, embossed: bool) -> Canvas:
    dark, light = rng.choice(COLOURS)
    sheet = Canvas(85.6, 54, SCALE, fonts, dark, corner=3.18)
    patterns.gradient(sheet, dark, light, across=rng.random())
    patterns.guilloche(sheet, rng, light, lines=rng.choice((12, 30)), depth=rng.uniform(0.1, 0.5))
    pale = sum(dark) + sum(light) > 900
    ink: Colour = (40, 42, 48) if pale else (244, 244, 240)
    bank = rng.choice(BANKS)
    sheet.rectangle(5, 5, 11.5, 11.5, outline=ink, width=0.8, radius=3)
    sheet.text(13.5, 10.4, bank, 4.6, style=rng.choice(("hei", "kai")), fill=ink, bold=1)
    sheet.text(58, 9.6, rng.choice(("借记卡", "信用卡", "DEBIT CARD", "储蓄卡")), 3.0, style="hei", fill=ink)
    chip(sheet, 9.5, 16.6)
    digits = rng.choice((16, 16, 17, 18, 19, 19))
    number = people.card_number(rng, digits, broken=rng.random() < 0.1)
    sheet.fields = {"number": number}
    lines = grouped(number, rng)
    size = 5.4 if len(lines[0]) <= 20 else 4.9
    base = 34.5 if len(lines) == 1 else 33.0
    latin = rng.choice(("mono", "plain"))
    tips: Colour | None = rng.choice(((224, 226, 228), (222, 190, 110), None)) if embossed else None
    for row, line in enumerate(lines):
        y = base + row * 6.6
        width = sheet.length(line, size, latin=latin)
        x = 8.0 if width < 72 else 4.2
        tight = min(0.0, (78 - width) / max(1, len(line)))
        if embossed:
            _raise(sheet, x, y, line, size, latin, tight, tips)
        else:
            sheet.text(x, y, line, size, latin=latin, fill=ink, value=True, gap=tight)
    month_year = f"{rng.randint(1, 12):02}/{rng.randint(27, 39)}"
    sheet.text(38, 44.0, "VALID THRU", 1.7, fill=ink)
    sheet.text(38, 47.6 if len(lines) == 1 else 48.4, month_year, 3.2, latin="mono", fill=ink)
    if rng.random() < 0.6:
        sheet.text(
            8, 50.5, rng.choice(("LIN ZHIXIA", "XU HUAIZHOU", "CARDHOLDER NAME")), 3.0, latin="mono", fill=ink
        )
    sheet.rectangle(68, 42, 80.5, 49.8, fill=(40, 110, 150), radius=1.2)
    sheet.text(74.2, 47.0, "云联", 3.4, style="hei", fill=(255, 255, 255), middle=True)
    return sheet


def grouped(number: str, rng: random.Random) -> list[str]:
    """The number as printed: fours, six and the rest, or over two or more lines."""
    fours = [number[at : at + 4] for at in range(0, len(number), 4)]
    if len(fours[-1]) == 1:  # a single digit is not left alone on a line
        fours[-2:] = [fours[-2] + fours[-1]]
    way = rng.choice(("fours", "fours", "fours", "six", "two", "two"))
    if way == "six" and len(number) > 16:
        return [f"{number[:6]} {number[6:]}"]
    if way == "two":
        half = (len(fours) + 1) // 2
        return [" ".join(fours[:half]), " ".join(fours[half:])]
    return [" ".join(fours)]


def chip(sheet: Canvas, x: float, y: float) -> None:
    """The contacts of the chip, their upper left corner in millimetres."""
    sheet.rectangle(x, y, x + 12, y + 9, fill=(214, 186, 112), outline=(150, 120, 60), radius=1.4)
    for dy in (3, 6):
        sheet.line(x, y + dy, x + 12, y + dy, fill=(150, 120, 60))
    sheet.line(x + 6, y, x + 6, y + 9, fill=(150, 120, 60))


def _raise(
    sheet: Canvas, x: float, y: float, text: str, size: float, latin: str, gap: float, tips: Colour | None
) -> None:
    """A line of figures in relief, lit from the upper left, on top of whatever is printed below."""
    layer = Image.new("L", sheet.size, 0)
    pen = ImageDraw.Draw(layer)
    pixels = round(size * sheet.scale)
    at, base = sheet.px(x, y)
    boxes = []
    for character in text:
        font = sheet.fonts.for_character(character, "hei", latin, pixels)
        pen.text((at, base), character, font=font, fill=255, anchor="ls", stroke_width=1)
        if character != " ":
            boxes.append(pen.textbbox((at, base), character, font=font, anchor="ls", stroke_width=1))
        at += font.getlength(character) + gap * sheet.scale
    emboss(sheet, layer, tips)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    sheet.values.append((min(lefts), min(tops), max(rights), max(bottoms)))


def emboss(sheet: Canvas, layer: Image.Image, tips: Colour | None, relief: float = 0.9) -> None:
    """Raise what is white on `layer`, so that its flanks are bright and dark as far as `relief` says.

    `tips` is the colour that is left on what stands highest.
    """
    height = cv2.GaussianBlur(np.asarray(layer, np.float32) / 255, (0, 0), 1.7)
    light = -(cv2.Sobel(height, cv2.CV_32F, 1, 0) + 1.3 * cv2.Sobel(height, cv2.CV_32F, 0, 1))
    light = -light
    sheet.overlay((255, 255, 255), np.clip(light * relief, 0, 0.75).astype(np.float32))
    sheet.overlay((10, 10, 14), np.clip(-light * relief, 0, 0.65).astype(np.float32))
    if tips is not None:
        sheet.overlay(tips, (np.clip(height * 1.5 - 0.55, 0, 1) * 0.85).astype(np.float32))
