"""A printed notice and a menu."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bench.ocr.specimens.sheet import Sheet

if TYPE_CHECKING:
    from tests.bench.ocr.specimens.fonts import Fonts

NOTICE = (
    "青禾社区图书馆通知",
    "各位读者：",
    "本馆定于2031年6月18日（星期三）上午9:30",
    "举办夏季换书会，地点在二楼报告厅。",
    "每人可带旧书5册，凭借书证换取等量图书券。",
    "咨询电话：0000-5557-2046",
    "电子邮箱：library@example.com",
    "名额80人，报名费25.50元，满额为止。",
    "青禾社区图书馆",
    "2031年6月2日",
)


def printed_text(fonts: Fonts, lines: tuple[str, ...] = NOTICE) -> Sheet:
    """A notice; its reply has an item for each line, the word SPECIMEN included."""
    sheet = Sheet(1500, 1120, fonts, paper=(250, 249, 245))
    title, *body = lines
    sheet.text((750, 66), title, 66, middle=True, bold=1)
    for row, line in enumerate(body):
        closing = row >= len(body) - 2
        x = 980 if closing else (120 if row == 0 else 200)
        sheet.text((x, 196 + row * 90), line, 48, serif=not closing)
    sheet.specimen((330, 1010), 52)
    return sheet


def menu(fonts: Fonts, dishes: tuple[tuple[str, float], ...] = ()) -> Sheet:
    """A menu in one column: dish on the left, price on the right."""
    chosen = dishes or (
        ("清炒时蔬", 22.0),
        ("麻婆豆腐", 26.0),
        ("番茄牛腩", 58.0),
        ("葱油拌面", 18.5),
        ("酸菜鱼", 68.0),
        ("桂花糯米藕", 28.0),
        ("冬瓜排骨汤", 42.0),
        ("米饭", 3.0),
    )
    sheet = Sheet(1100, 1400, fonts, paper=(248, 240, 224))
    items = [{"name": name, "price": price} for name, price in chosen]
    # The documented reply holds the list as JSON text inside a string (ruling R20).
    sheet.fields["content"] = json.dumps({"menu_items": items}, ensure_ascii=False)
    sheet.text((550, 80), "望月小馆", 96, middle=True, bold=1, fill=(128, 42, 32))
    sheet.draw.line((140, 232, 960, 232), fill=(128, 42, 32), width=4)
    for row, (name, price) in enumerate(chosen):
        y = 286 + row * 112
        sheet.text((150, y), name, 56, key="name")
        sheet.text((800, y), f"￥{price:g}", 56, key="price", fill=(150, 40, 32))
    sheet.specimen((550, 1240), 60)
    return sheet
