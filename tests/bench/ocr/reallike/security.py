"""What is printed on and over a business licence since 2019: the security ground, the watermark, the box of notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    from tests.bench.ocr.canvas import Canvas, Colour

NOTICES = (
    "商事主体的经营范围由章程确定。经营范围中属于法律、法规规定应当经批准的项目，取得许可审批文件后方可开展相关经营活动。",
    "商事主体经营范围和许可审批项目等有关企业信用事项及年报信息和其他信用信息，请登录国家企业信用信息公示系统查询。",
    "各类商事主体每年须于成立周年之日起两个月内，向商事登记机关提交上一自然年度的年度报告。",
)


def ground(sheet: Canvas, rng: random.Random) -> None:
    """The pale letters of the market authority, in rows over the whole sheet."""
    word = rng.choice(("SCJDGL", "GJGSZJ"))
    height = rng.uniform(5.5, 8.5)
    colour: Colour = rng.choice(((226, 204, 176), (224, 214, 190), (206, 214, 206)))
    across, down = height * rng.uniform(6.5, 10), height * rng.uniform(3.0, 5.0)
    layer = Image.new("L", sheet.size, 0)
    pen = ImageDraw.Draw(layer)
    font = sheet.fonts.load("plain", round(height * sheet.scale))
    for row in range(int(sheet.height / down) + 1):
        x = (row % 2) * across / 2
        while x < sheet.width:
            pen.text((x * sheet.scale, row * down * sheet.scale), word, font=font, fill=255)
            x += across
    _print(sheet, layer, colour, rng.uniform(0.35, 0.8))


def watermark(sheet: Canvas, rng: random.Random) -> None:
    """电子营业执照 in large single characters from one corner to the other."""
    text = "电子营业执照"
    size = sheet.height * rng.uniform(0.07, 0.11)
    layer = Image.new("L", sheet.size, 0)
    start, end = rng.uniform(0.12, 0.2), rng.uniform(0.62, 0.78)
    top, bottom = rng.uniform(0.2, 0.3), rng.uniform(0.72, 0.82)
    slant = rng.uniform(20, 35)
    pixels = round(size * sheet.scale)
    for place, character in enumerate(text):
        share = place / (len(text) - 1)
        x = sheet.width * (start + (end - start) * share)
        y = sheet.height * (top + (bottom - top) * share)
        glyph = Image.new("L", (pixels * 2, pixels * 2), 0)
        font = sheet.fonts.for_character(character, "kai", "plain", pixels)
        ImageDraw.Draw(glyph).text((pixels, pixels), character, font=font, fill=255, anchor="mm")
        glyph = glyph.rotate(-slant, resample=Image.Resampling.BICUBIC)
        left, up = sheet.px(x, y)
        layer.paste(255, (round(left) - pixels, round(up) - pixels), glyph)
    _print(sheet, layer, rng.choice(((120, 120, 120), (150, 130, 110))), rng.uniform(0.35, 0.7))


def notices(sheet: Canvas, x: float, y: float, width: float, size: float) -> None:
    """The box 重要提示: the heading from top to bottom at its left, numbered notices beside it."""
    rows = [
        line
        for number, text in enumerate(NOTICES, 1)
        for line in sheet.wrap(f"{number}．{text}", size, width - 4.5 * size, "song")
    ]
    height = len(rows) * size * 1.5 + size * 1.6
    sheet.rectangle(x, y, x + width, y + height, outline=(120, 100, 80), width=0.4)
    sheet.line(x + 3 * size, y, x + 3 * size, y + height, fill=(120, 100, 80), width=0.4)
    for place, character in enumerate("重要提示"):
        sheet.text(x + size * 0.9, y + (place + 1) * height / 4.4, character, size * 1.25, style="hei")
    for place, line in enumerate(rows):
        sheet.text(x + 3.6 * size, y + size * (1.8 + 1.5 * place), line, size, style="song")


def _print(sheet: Canvas, layer: Image.Image, colour: Colour, strength: float) -> None:
    shade: NDArray[Any] = np.asarray(layer, np.float32) / 255 * strength
    sheet.overlay(colour, shade)
