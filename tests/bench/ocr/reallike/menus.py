"""Menus with two prices for each drink, and menus and pages in traditional characters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bench.ocr import fonts, patterns
from tests.bench.ocr.canvas import Canvas, Colour
from tests.bench.ocr.people import words
from tests.bench.ocr.reallike import camera, traditional

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.picture import Picture

FLAVOURS = words("柠檬 珍珠 蜂蜜 焦糖 百香果 冰淇淋 芋头 椰香 桂花 玫瑰 茉莉 黑糖 燕麦 抹茶 冰镇")
DRINKS = words("红茶 绿茶 鲜奶茶 乌龙茶 拿铁 玛奇朵 奶绿 青茶 冬瓜茶 多多")
SIZES = (("M", "L"), ("中", "大"), ("热", "冰"), ("中杯", "大杯"))


def sizes(rng: random.Random, half: str) -> Picture:
    """Two prices a row below the heads of two sizes; the first is the answer."""
    names = rng.sample([a + b for a in FLAVOURS for b in DRINKS], rng.randint(6, 11))
    return _menu(rng, fonts.choose(half, rng), names, rng.choice(SIZES), "茶 饮")


def traditional_menu(rng: random.Random, half: str) -> Picture:
    """One or two prices, in traditional characters."""
    names = rng.sample([a + b for a in traditional.FLAVOURS for b in traditional.DRINKS], rng.randint(6, 11))
    heads = rng.choice(((), (), ("M", "L"), ("熱", "冰")))
    return _menu(rng, traditional.faces(half, rng), names, heads, rng.choice(traditional.HEADINGS))


def _menu(
    rng: random.Random, faces: fonts.Fonts, names: list[str], heads: tuple[str, ...], title: str
) -> Picture:
    paper: Colour = rng.choice(((255, 255, 255), (250, 244, 230), (38, 44, 40), (70, 32, 28)))
    ink: Colour = (244, 236, 214) if sum(paper) < 300 else (40, 36, 34)
    sheet = Canvas(210, 42 + 20 * len(names), 5, faces, paper)
    patterns.guilloche(sheet, rng, (190, 150, 100), lines=6, depth=0.2)
    style = rng.choice(("hei", "kai"))
    size = rng.uniform(8.0, 10.5)
    sheet.text(24, 24, title, size * 1.2, style=style, fill=(200, 120, 40), bold=1)
    columns = (138, 138 + size * rng.uniform(1.9, 4.0))
    for x, head in zip(columns, heads, strict=False):
        sheet.text(x, 24, head, size * 0.9, style=style, fill=ink, middle=True)
    items = []
    for place, name in enumerate(names):
        y = 44.0 + 20 * place
        price = rng.randrange(20, 75, 5)
        sheet.text(24, y, name, size, style=style, fill=ink, value=True)
        for step, x in enumerate(columns[: max(1, len(heads))]):
            sheet.text(x, y, str(price + step * 10), size, style=style, fill=ink, value=True, middle=True)
        items.append({"name": name, "price": float(price)})
    sheet.fields = {"content": json.dumps({"menu_items": items}, ensure_ascii=False)}
    return camera.scan(sheet, rng, rng.randint(700, 1100), (75, 92))
