"""Number plates: blue and yellow of 440 x 140 mm, yellow in two rows, green of 480 x 140 mm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr import patterns, people
from tests.bench.ocr.canvas import Canvas, Colour

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.fonts import Fonts

WHITE: Colour = (244, 246, 248)
INK: Colour = (22, 22, 22)


def plate(rng: random.Random, fonts: Fonts) -> Canvas:
    """One of the colours, blue most often."""
    kind = rng.choice(("blue", "blue", "green", "green", "yellow", "rear", "mixed"))
    if kind in ("green", "mixed"):
        return _electric(rng, fonts, large=kind == "mixed")
    if kind == "rear":
        return two_rows(rng, fonts)
    paper, ink = ((20, 66, 176), WHITE) if kind == "blue" else ((240, 186, 30), INK)
    sheet = Canvas(440, 140, 3.2, fonts, paper, corner=10)
    rim(sheet, ink)
    number = people.plate(rng)
    glyphs(sheet, number, 15.5, 115, 90, 45, 12, ink, dot_after=2)
    return sheet


def _electric(rng: random.Random, fonts: Fonts, *, large: bool) -> Canvas:
    sheet = Canvas(480, 140, 3.2, fonts, (120, 200, 140), corner=10)
    patterns.gradient(sheet, (236, 246, 236), (70, 190, 120), across=0.0)
    if large:
        sheet.rectangle(0, 0, 118, 140, fill=(236, 190, 40))
    rim(sheet, INK)
    glyphs(sheet, people.plate(rng, electric=True, large=large), 15.5, 115, 90, 43, 9, INK, dot_after=2)
    return sheet


def two_rows(rng: random.Random, fonts: Fonts) -> Canvas:
    """The rear plate of a lorry: province and letter above, the rest below."""
    sheet = Canvas(440, 220, 3.2, fonts, (240, 186, 30), corner=10)
    rim(sheet, INK)
    number = people.plate(rng)
    glyphs(sheet, number[:2], 110, 75, 60, 80, 60, INK)
    glyphs(sheet, number[2:], 27.5, 200, 110, 65, 15, INK)
    sheet.fields = {"number": number}
    return sheet


def rim(sheet: Canvas, ink: Colour) -> None:
    """The pressed edge, and four screws."""
    sheet.rectangle(3, 3, sheet.width - 3, sheet.height - 3, outline=ink, width=2.4, radius=8)
    for x in (sheet.width * 0.23, sheet.width * 0.77):
        for y in (9, sheet.height - 9):
            sheet.draw.ellipse(sheet.px(x - 5, y - 3, x + 5, y + 3), fill=(70, 74, 80))


def glyphs(
    sheet: Canvas,
    text: str,
    x: float,
    base: float,
    height: float,
    cell: float,
    gap: float,
    ink: Colour,
    dot_after: int = 0,
) -> None:
    """Each character fills a cell of `cell` x `height` millimetres, as the press makes them."""
    from PIL import Image, ImageDraw

    wide, high = (round(one) for one in sheet.px(cell, height))
    for place, character in enumerate(text):
        size = round(high * 1.35)
        font = sheet.fonts.for_character(character, "hei", "narrow", size)
        box = font.getbbox(character, stroke_width=4)
        glyph = Image.new("L", (round(box[2] - box[0]) or 1, round(box[3] - box[1]) or 1), 0)
        stroke = 4 if character > "\x7f" else 1
        ImageDraw.Draw(glyph).text((-box[0], -box[1]), character, font=font, fill=255, stroke_width=stroke)
        narrow = character == "1"
        shape = (round(wide * 0.42) if narrow else wide, high)
        left, top = sheet.px(x, base - height)
        left += (wide - shape[0]) / 2
        sheet.image.paste(ink, (round(left), round(top)), glyph.resize(shape, Image.Resampling.LANCZOS))
        sheet.values.append((left, top, left + shape[0], top + shape[1]))
        x += cell + gap
        if dot_after and place + 1 == dot_after:
            sheet.draw.ellipse(sheet.px(x, base - height / 2 - 5, x + 10, base - height / 2 + 5), fill=ink)
            x += 10 + gap
    if dot_after:
        sheet.fields = {"number": text}
