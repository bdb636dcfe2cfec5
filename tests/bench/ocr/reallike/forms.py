"""Documents as developers have them: masked ones, and forms that nobody has filled in.

What is masked or blank has an empty text as its truth; whatever is answered for it is invented.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from tests.bench.ocr import fonts, idcard, licences
from tests.bench.ocr.canvas import Canvas, Colour
from tests.bench.ocr.reallike import camera
from tests.bench.ocr.rules import LABELS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.bench.ocr.picture import Picture

    Draw = Callable[[random.Random, fonts.Fonts], Canvas]

PERSONAL = ("name", "id", "addr", "owner", "plate_num", "vin", "engine_num", "id_num", "address")
FRAME = (1000, 750)


def _masked(draw: Draw, rng: random.Random, half: str) -> Picture:
    """What says who it is lies under bars or a mosaic."""
    sheet = draw(rng, fonts.choose(half, rng))
    hidden = {name: str(sheet.fields[name]) for name in PERSONAL if name in sheet.fields}
    homes = [
        value for name, value in hidden.items() if name in ("addr", "address")
    ]  # printed in several rows
    cover = rng.choice((_bar, _bar, _mosaic))
    colour: Colour = rng.choice(((20, 20, 20), (250, 250, 250), (150, 150, 150)))
    for box, text in zip(sheet.values, sheet.written, strict=True):
        if text in hidden.values() or any(text in home for home in homes):
            cover(sheet, box, colour)
    sheet.fields |= dict.fromkeys(hidden, "")
    return camera.on_a_table(sheet, rng, half, FRAME)


def _blank(key: str, draw: Draw, rng: random.Random, half: str) -> Picture:
    """The printed form alone: what was filled in is wiped away."""
    sheet = draw(rng, fonts.choose(half, rng))
    ink = np.zeros(sheet.size[::-1], np.uint8)
    for left, top, right, bottom in sheet.values:
        cv2.rectangle(ink, (round(left) - 3, round(top) - 3), (round(right) + 3, round(bottom) + 3), 255, -1)
    sheet.image.paste(Image.fromarray(cv2.inpaint(np.asarray(sheet.image), ink, 5, cv2.INPAINT_TELEA)))
    sheet.fields = {name: "" for name in LABELS[key] if name in sheet.fields}
    return camera.on_a_table(sheet, rng, half, FRAME)


def driver_second_page(rng: random.Random, half: str) -> Picture:
    """The second page of a driver licence, without a file number or a record."""
    sheet = Canvas(88, 60, 14, fonts.choose(half, rng), rng.choice(((238, 238, 232), (232, 240, 236))))
    sheet.text(44, 9, "中华人民共和国机动车驾驶证副页", 4.2, style="song", middle=True)
    for y, labels in ((18, ("证号",)), (27, ("姓名", "档案编号")), (35, ("记录",)), (43, ()), (51, ())):
        for place, label in enumerate(labels):
            sheet.text(4 + place * 38, y, label, 3.0, style="song")
        sheet.line(12, y + 1, 84, y + 1, fill=(150, 156, 150), width=0.15)
    sheet.fields = dict.fromkeys(LABELS["drivinglicense"], "")
    return camera.scan(sheet, rng, rng.randint(700, 1000), (75, 92))


def _bar(sheet: Canvas, box: tuple[float, float, float, float], colour: Colour) -> None:
    left, top, right, bottom = box
    sheet.draw.rectangle((left - 4, top - 4, right + 4, bottom + 4), fill=colour)


def _mosaic(sheet: Canvas, box: tuple[float, float, float, float], colour: Colour) -> None:
    del colour
    left, top, right, bottom = (round(one) for one in box)
    part = sheet.image.crop((left - 4, top - 4, right + 4, bottom + 4))
    cells = (max(1, part.width // 34), max(1, part.height // 34))
    small = part.resize(cells, Image.Resampling.BOX)
    sheet.image.paste(small.resize(part.size, Image.Resampling.NEAREST), (left - 4, top - 4))


vehicle_masked = partial(_masked, licences.vehicle_front)
driver_masked = partial(_masked, licences.driver)
idcard_masked = partial(_masked, idcard.front)
vehicle_blank = partial(_blank, "driving", licences.vehicle_front)
driver_blank = partial(_blank, "drivinglicense", licences.driver)
