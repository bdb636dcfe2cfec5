"""Bank cards whose number is embossed over a picture, in figures as real ones have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.bench.ocr import bankcard, fonts, patterns, people
from tests.bench.ocr.canvas import Canvas, Colour
from tests.bench.ocr.reallike import camera, farrington

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    from tests.bench.ocr.picture import Picture

WIDTH = 2.8
"""Of a figure, in millimetres: nineteen and their blanks fill a card."""


def embossed(rng: random.Random, half: str) -> Picture:
    """Held under a camera at the levels L1 or L2; the figures have the card's own colour or a worn tip."""
    dark, light = rng.choice(bankcard.COLOURS)
    sheet = Canvas(85.6, 54, bankcard.SCALE, fonts.choose(half, rng), dark, corner=3.18)
    patterns.gradient(sheet, dark, light, across=rng.random())
    rng.choice((_line_art, _skyline, _letters, _sparkle, _photograph))(sheet, rng, light)
    ink: Colour = (40, 42, 48) if sum(dark) + sum(light) > 900 else (244, 244, 240)
    sheet.text(8, 11, rng.choice(bankcard.BANKS), 4.6, style="hei", fill=ink, bold=1)
    bankcard.chip(sheet, 9.5, 16.6)
    number = people.card_number(rng, rng.choice((16, 16, 19, 19)))
    sheet.fields = {"number": number}
    shown = f"{number[:6]} {number[6:]}" if len(number) == 19 and rng.random() < 0.4 else _fours(number)
    _number(sheet, rng, shown)
    sheet.text(38, 47.6, f"{rng.randint(1, 12):02}/{rng.randint(27, 39)}", 3.0, latin="mono", fill=ink)
    sheet.rectangle(68, 42, 80.5, 49.8, fill=(40, 110, 150), radius=1.2)
    sheet.text(74.2, 47.0, "云联", 3.4, style="hei", fill=(255, 255, 255), middle=True)
    return camera.on_a_table(sheet, rng, half, (1280, 960), rng.choice(("L1", "L2", "L2")))


def _fours(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _number(sheet: Canvas, rng: random.Random, shown: str) -> None:
    layer = Image.new("L", sheet.size, 0)
    height = 16 / 10 * WIDTH * sheet.scale * 0.9
    if len(shown) > 21:
        height *= 20 / len(shown)
    x, base = sheet.px(6.5, 36.0)
    end = farrington.write(ImageDraw.Draw(layer), shown, x, base, height)
    sheet.values.append((x, base - height, end, base))
    tips: Colour | None = rng.choice((None, None, None, (224, 226, 228), (222, 190, 110)))
    bankcard.emboss(sheet, layer, tips, rng.uniform(0.3, 0.75))


def _ink(rng: random.Random, light: Colour) -> Colour:
    """A colour of the picture behind: near the card's own."""
    step = rng.choice((-110, -70, 70, 110))
    red, green, blue = (max(0, min(255, one + step)) for one in light)
    return red, green, blue


def _line_art(sheet: Canvas, rng: random.Random, light: Colour) -> None:
    """Branches: broken lines that wander over the card."""
    for _ in range(rng.randint(16, 30)):
        x, y = rng.uniform(4, 80), rng.uniform(10, 50)
        points = [x, y]
        for _ in range(rng.randint(4, 10)):
            points += [points[-2] + rng.uniform(-5, 5), points[-1] + rng.uniform(-5, 5)]
        sheet.line(*points, fill=_ink(rng, light), width=rng.uniform(0.2, 0.6))


def _skyline(sheet: Canvas, rng: random.Random, light: Colour) -> None:
    """Towers with windows along the row of the number."""
    x = 2.0
    while x < 84:
        wide, top = rng.uniform(2.5, 8), rng.uniform(16, 33)
        sheet.rectangle(x, top, x + wide, 50, fill=_ink(rng, light))
        for row in range(int((48 - top) / 2)):
            sheet.line(x + 0.5, top + 1 + row * 2, x + wide - 0.5, top + 1 + row * 2, fill=light)
        x += wide + rng.uniform(0.2, 1.5)


def _letters(sheet: Canvas, rng: random.Random, light: Colour) -> None:
    """Words in large type behind the number."""
    for _ in range(rng.randint(5, 9)):
        word = rng.choice(("BANK", "VIP", "GOLD", "2026", "福", "ENJOY", "信用"))
        where = (rng.uniform(2, 66), rng.uniform(20, 50))
        sheet.text(*where, word, rng.uniform(5, 12), style="hei", fill=_ink(rng, light))


def _sparkle(sheet: Canvas, rng: random.Random, light: Colour) -> None:
    """Grains of glitter."""
    noise = np.random.default_rng(rng.randrange(2**32)).random(sheet.size[::-1]).astype(np.float32)
    grains = cv2.GaussianBlur((noise > 0.985).astype(np.float32), (0, 0), 1.2) * 3
    sheet.overlay(light, grains.clip(0, 0.8))
    sheet.overlay((255, 255, 255), (np.roll(grains, 5, 1) * 0.7).clip(0, 0.7))


def _photograph(sheet: Canvas, rng: random.Random, light: Colour) -> None:
    """Blots of light and dark with soft and hard edges, as leaves or faces are."""
    source = np.random.default_rng(rng.randrange(2**32))
    for reach in (14, 40, 90):
        width, height = sheet.size
        small = source.normal(0, 0.5, (height // reach + 2, width // reach + 2)).astype(np.float32)
        field: NDArray[Any] = cv2.resize(small, sheet.size, interpolation=cv2.INTER_CUBIC)
        sheet.overlay(_ink(rng, light), (field > 0.35).astype(np.float32) * 0.45)
