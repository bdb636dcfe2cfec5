"""Text without paper: stickers and signatures of the web, as PNG with an alpha channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.bench.ocr import fonts
from tests.bench.ocr.canvas import Canvas, Colour
from tests.bench.ocr.people import words
from tests.bench.ocr.picture import Picture
from tests.bench.ocr.reallike import camera

if TYPE_CHECKING:
    import random

TEXTS = words("望海青禾书屋欢迎您 云麓软件科技 限时优惠八折起 生日快乐 扫码关注公众号 本周新品上市 谢谢惠顾")
WHITE: Colour = (255, 255, 255)


def text(rng: random.Random, half: str) -> Picture:
    """One to three lines, most of them white; what is transparent has the text's colour or black."""
    faces = fonts.choose(half, rng)
    lines = rng.sample(TEXTS, rng.randint(1, 3))
    sheet = Canvas(140, 20 + 20 * len(lines), 6, faces, (0, 0, 0))
    for place, line in enumerate(lines):
        sheet.text(12, 20 + 20 * place, line, 10, style=rng.choice(("hei", "kai")), fill=WHITE, value=True)
    coverage = np.asarray(sheet.image)[:, :, 0]
    ink = WHITE if rng.random() < 0.7 else (30, 30, 30)
    pixels = np.empty((*coverage.shape, 4), np.uint8)
    pixels[:, :, :3] = ink
    if rng.random() < 0.5:
        pixels[coverage == 0, :3] = 0
    pixels[:, :, 3] = coverage
    return Picture(camera.png(pixels), sheet.size, {"lines": lines})
