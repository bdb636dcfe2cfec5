"""The two sides of the resident identity card, 85.6 x 54 mm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr import patterns, people
from tests.bench.ocr.canvas import Canvas

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.fonts import Fonts

SCALE = 18
LABEL = (36, 108, 168)


def front(rng: random.Random, fonts: Fonts) -> Canvas:
    """Labels in blue at the left, the portrait at the right, the number along the bottom."""
    gender = rng.choice("男女")
    birth = people.date(rng, 1945, 2015)
    ethnic = "汉" if rng.random() < 0.6 else rng.choice(people.ETHNIC_GROUPS)
    sheet = Canvas(85.6, 54, SCALE, fonts, (228, 238, 244), corner=3.18)
    patterns.gradient(sheet, (222, 236, 246), (246, 228, 226), across=0.6)
    patterns.guilloche(sheet, rng, (150, 190, 214), depth=rng.uniform(0.25, 0.5))
    patterns.rosette(sheet, rng, (50, 27), 17, (206, 160, 176), rng.uniform(0.2, 0.4))
    sheet.fields = {
        "type": "Front",
        "name": people.name(rng),
        "id": people.id_number(rng, birth, gender),
        "addr": people.address(rng),
        "gender": gender,
        "nationality": ethnic,
        "birth": birth,
    }
    fact = sheet.fields
    patterns.portrait(sheet, rng, (56.4, 8, 80.6, 38), None)

    def label(x: float, y: float, text: str, gap: float = 0.0) -> None:
        sheet.text(x, y, text, 2.7, style="hei", fill=LABEL, gap=gap)

    left, value = 6.2, 15.2
    label(left, 10.3, "姓名", 1.2)
    sheet.text(value, 10.5, fact["name"], 3.7, style="hei", value=True, gap=0.4)
    label(left, 17.0, "性别", 1.2)
    sheet.text(value, 17.0, gender, 3.1, style="hei", value=True)
    label(25.0, 17.0, "民族", 1.2)
    sheet.text(32.8, 17.0, ethnic, 3.1, style="hei", value=True)
    label(left, 23.7, "出生", 1.2)
    year, month, day = birth.split("-")
    sheet.text(value, 23.7, year, 3.1, style="hei", value=True)
    label(24.0, 23.7, "年")
    month, day = str(int(month)), str(int(day))
    sheet.text(29.6 - 0.85 * len(month), 23.7, month, 3.1, style="hei", value=True)
    label(32.6, 23.7, "月")
    sheet.text(38.0 - 0.85 * len(day), 23.7, day, 3.1, style="hei", value=True)
    label(41.0, 23.7, "日")
    label(left, 30.6, "住址", 1.2)
    for row, line in enumerate(sheet.wrap(fact["addr"], 3.05, 35.6, "hei", gap=0.12)):
        sheet.text(value, 30.6 + row * 4.25, line, 3.05, style="hei", value=True, gap=0.12)
    label(left, 48.6, "公民身份号码", 0.15)
    sheet.text(28.4, 48.8, fact["id"], 3.9, latin=rng.choice(("mono", "plain")), value=True, gap=0.35)
    return sheet


def back(rng: random.Random, fonts: Fonts) -> Canvas:
    """Emblem, the two lines of the title, the authority and the period."""
    sheet = Canvas(85.6, 54, SCALE, fonts, (236, 240, 240), corner=3.18)
    patterns.gradient(sheet, (232, 242, 240), (250, 226, 224), across=0.3)
    patterns.guilloche(sheet, rng, (206, 170, 176), lines=60, depth=rng.uniform(0.25, 0.5))
    patterns.rosette(sheet, rng, (64, 34), 16, (150, 184, 206), rng.uniform(0.15, 0.35))
    x, y = 15.5, 14.5
    for reach, colour in ((8.6, (196, 44, 40)), (7.2, (226, 170, 90)), (6.4, (196, 44, 40))):
        sheet.draw.ellipse(sheet.px(x - reach, y - reach, x + reach, y + reach), fill=colour)
    for dx, dy, size in (
        (0, -1.5, 1.6),
        (-3.2, 0.6, 0.7),
        (-1.6, 2.0, 0.7),
        (1.6, 2.0, 0.7),
        (3.2, 0.6, 0.7),
    ):
        sheet.draw.regular_polygon((*sheet.px(x + dx, y + dy), sheet.scale * size), 5, fill=(240, 200, 90))
    sheet.text(53, 13.2, "中华人民共和国", 5.0, style="song", gap=1.5, middle=True, bold=1)
    sheet.text(53, 23.6, "居民身份证", 8.0, style="song", gap=1.6, middle=True, bold=2)
    where = people.place(rng)
    district = next(one for one in people.DISTRICTS if where.endswith(one))
    city = where.removesuffix(district).rsplit("省", 1)[-1].rsplit("自治区", 1)[-1]
    authority = rng.choice((f"{city}公安局{district[:-1]}分局", f"{district}公安局", f"{city}公安局"))
    start = people.date(rng, 2006, 2025).replace("-", "")
    years = rng.choice((5, 10, 20, 20, 0))
    end = f"{int(start[:4]) + years}{start[4:]}" if years else "长期"
    sheet.fields = {"type": "Back", "valid_date": f"{start}-{end}", "authority": authority}
    sheet.text(18.4, 41.0, "签发机关", 2.9, style="hei", gap=0.2)
    sheet.text(34.5, 41.0, authority, 3.0, style="hei", value=True)
    sheet.text(18.4, 48.0, "有效期限", 2.9, style="hei", gap=0.2)
    shown = "-".join(one if one == "长期" else f"{one[:4]}.{one[4:6]}.{one[6:]}" for one in (start, end))
    sheet.text(34.5, 48.0, shown, 3.0, style="hei", value=True)
    return sheet
