"""Security patterns and other things that are printed under the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    from tests.bench.ocr.canvas import Canvas, Colour


def guilloche(
    canvas: Canvas, rng: random.Random, colour: Colour, *, lines: int = 46, depth: float = 0.5
) -> None:
    """Interlaced waves over the whole sheet, as fine lines."""
    width, height = canvas.size
    layer = np.zeros((height, width), np.uint8)
    x = np.linspace(0, 1, 400)
    swings = [(rng.uniform(0.01, 0.05), rng.uniform(2, 9), rng.uniform(0, 6)) for _ in range(3)]
    for line in range(lines):
        base = (line + 0.5) / lines * 1.3 - 0.15
        y = base + sum(a * np.sin(f * 6.283 * x + p + line * 0.21) for a, f, p in swings)
        points = np.stack([x * width, y * height], axis=1).astype(np.int32)
        cv2.polylines(layer, [points], False, 255, 1, cv2.LINE_AA)
    canvas.overlay(colour, layer.astype(np.float32) / 255 * depth)


def rosette(
    canvas: Canvas,
    rng: random.Random,
    centre: tuple[float, float],
    radius: float,
    colour: Colour,
    depth: float,
) -> None:
    """A flower of closed curves; `centre` and `radius` in millimetres."""
    layer = np.zeros((canvas.size[1], canvas.size[0]), np.uint8)
    angle = np.linspace(0, 2 * np.pi, 720)
    petals = rng.randint(7, 14)
    for ring in range(9):
        reach = radius * canvas.scale * (0.35 + ring * 0.075) * (1 + 0.16 * np.sin(petals * angle + ring))
        x = centre[0] * canvas.scale + reach * np.cos(angle)
        y = centre[1] * canvas.scale + reach * np.sin(angle)
        cv2.polylines(layer, [np.stack([x, y], axis=1).astype(np.int32)], True, 255, 1, cv2.LINE_AA)
    canvas.overlay(colour, layer.astype(np.float32) / 255 * depth)


def gradient(canvas: Canvas, first: Colour, last: Colour, *, across: float = 0.5) -> None:
    """Fill the sheet with a slope of two colours; `across` 0 is downward, 1 is to the right."""
    width, height = canvas.size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    canvas.overlay(first, np.ones((height, width), np.float32))
    canvas.overlay(last, (x / width * across + y / height * (1 - across)).astype(np.float32))


def portrait(
    canvas: Canvas, rng: random.Random, box: tuple[float, float, float, float], paper: Colour | None
) -> None:
    """A head and shoulders, of nobody."""
    left, top, right, bottom = canvas.px(*box)
    wide, high = right - left, bottom - top
    draw = canvas.draw
    if paper is not None:
        draw.rectangle((left, top, right, bottom), fill=paper)
    shade = rng.randint(-14, 14)
    skin, hair, coat = (222 + shade, 190 + shade, 168 + shade), (42, 38, 40), (rng.randint(30, 90),) * 3
    x = (left + right) / 2
    draw.chord(
        (left + wide * 0.02, top + high * 0.72, right - wide * 0.02, bottom + high * 0.3), 180, 360, fill=coat
    )
    draw.rectangle((x - wide * 0.1, top + high * 0.58, x + wide * 0.1, top + high * 0.78), fill=skin)
    draw.ellipse((x - wide * 0.25, top + high * 0.1, x + wide * 0.25, top + high * 0.5), fill=hair)
    draw.ellipse((x - wide * 0.21, top + high * 0.18, x + wide * 0.21, top + high * 0.66), fill=skin)
    for side in (-1, 1):
        eye = x + side * wide * 0.09
        draw.ellipse((eye - 4, top + high * 0.4, eye + 4, top + high * 0.42), fill=hair)
    draw.line(
        (x - wide * 0.06, top + high * 0.56, x + wide * 0.06, top + high * 0.56), fill=(170, 90, 90), width=3
    )
    if paper is None:
        return
    draw.rectangle((left, top, right, bottom), outline=(150, 150, 150))


def barcode(canvas: Canvas, rng: random.Random, box: tuple[float, float, float, float]) -> None:
    """Bars of arbitrary widths."""
    left, top, right, bottom = canvas.px(*box)
    at = left
    while at < right:
        width = rng.choice((1, 1, 2, 3)) * canvas.scale * 0.22
        canvas.draw.rectangle((at, top, at + width, bottom), fill=(40, 40, 40))
        at += width + rng.choice((1, 1, 2, 3)) * canvas.scale * 0.22


def qr_like(canvas: Canvas, rng: random.Random, box: tuple[float, float, float, float]) -> None:
    """A square of dots with three eyes: it looks like a QR code and says nothing."""
    left, top, right, _ = canvas.px(*box)
    cell = (right - left) / 29
    for row in range(29):
        for column in range(29):
            if rng.random() < 0.5:
                x, y = left + column * cell, top + row * cell
                canvas.draw.rectangle((x, y, x + cell, y + cell), fill=(30, 30, 30))
    for row, column in ((0, 0), (0, 22), (22, 0)):
        for inset, fill in ((0, (30, 30, 30)), (1, (255, 255, 255)), (2, (30, 30, 30))):
            x, y = left + (column + inset) * cell, top + (row + inset) * cell
            size = (7 - 2 * inset) * cell
            canvas.draw.rectangle((x, y, x + size, y + size), fill=fill)


def round_seal(canvas: Canvas, centre: tuple[float, float], radius: float, text: str) -> None:
    """A round red seal with its text along the upper rim and a star; strokes are partly see-through."""
    from PIL import Image, ImageDraw

    scale = canvas.scale
    layer = Image.new("L", canvas.size, 0)
    draw = ImageDraw.Draw(layer)
    x, y = canvas.px(*centre)
    reach = radius * scale
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), outline=255, width=max(2, round(scale * 0.9)))
    star = [
        (
            x + np.sin(k * np.pi / 5) * reach * (0.32, 0.13)[k % 2],
            y - np.cos(k * np.pi / 5) * reach * (0.32, 0.13)[k % 2],
        )
        for k in range(10)
    ]
    draw.polygon(star, fill=255)
    size = max(8, round(reach * 0.26))
    spread = min(4.3, 0.36 * len(text))
    for place, character in enumerate(text):
        angle = (place - (len(text) - 1) / 2) * spread / max(1, len(text) - 1)
        glyph = Image.new("L", (size * 2, size * 2), 0)
        font = canvas.fonts.for_character(character, "song", "plain", size)
        ImageDraw.Draw(glyph).text((size, size), character, font=font, fill=255, anchor="mm")
        glyph = glyph.rotate(-np.degrees(angle), resample=Image.Resampling.BICUBIC)
        gx, gy = x + np.sin(angle) * reach * 0.76 - size, y - np.cos(angle) * reach * 0.76 - size
        layer.paste(255, (round(gx), round(gy)), glyph)
    strength: NDArray[Any] = np.asarray(layer, np.float32) / 255 * 0.78
    canvas.overlay((205, 40, 42), strength)
