"""Business licences: the landscape original (A3) and the portrait copy (A4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr import patterns, people
from tests.bench.ocr.canvas import Canvas, Colour
from tests.bench.ocr.people import words

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.fonts import Fonts

GOLD: Colour = (196, 154, 84)
NAMES = (
    "青禾书屋文化",
    "云麓软件科技",
    "松月餐饮管理",
    "望海供应链",
    "梧桐建筑装饰",
    "鹤鸣医疗器械",
    "白露农业发展",
)
SHOPS = ("青禾便利店", "老槐树面馆", "小满理发店", "阿禾五金经营部", "望月水果店")
FORMS = (
    "有限责任公司（自然人独资）",
    "有限责任公司",
    "股份有限公司（非上市）",
    "有限责任公司（自然人投资或控股）",
)
SCOPES = words(
    "图书及文具零售 咖啡饮品制售 会议及展览服务 软件开发 信息技术咨询服务 "
    "食品经营（销售预包装食品） 货物进出口 建筑材料销售 五金产品零售 日用百货销售 "
    "道路货物运输（不含危险货物） 企业管理咨询 广告设计、代理 蔬菜种植 "
    "第二类医疗器械销售 家用电器维修 室内外装饰工程设计、施工 餐饮服务 住房租赁 "
    "机械设备租赁"
)
TAIL = "（依法须经批准的项目，经相关部门批准后方可开展经营活动）"
CAPITALS = (
    "伍拾万元整",
    "壹佰万元整",
    "500万元人民币",
    "贰仟万元整",
    "人民币壹仟万元整",
    "30.000000万人民币",
)
LABELS = {
    "enterprise_name": "名称",
    "type_of_enterprise": "类型",
    "legal_representative": "法定代表人",
    "business_scope": "经营范围",
    "registered_capital": "注册资本",
    "paid_in_capital": "实收资本",
    "registered_date": "成立日期",
    "valid_period": "营业期限",
    "address": "住所",
}
PERSONAL = LABELS | {
    "legal_representative": "经营者",
    "type_of_organization": "组成形式",
    "address": "经营场所",
    "registered_date": "注册日期",
}


def _chinese(date: str) -> str:
    year, month, day = date.split("-")
    return f"{year}年{month}月{day}日"


def invented(rng: random.Random, *, personal: bool) -> dict[str, str]:
    """What a licence says; `personal` for a one-person business."""
    where = people.place(rng)
    city = where.rsplit("省", 1)[-1].rsplit("自治区", 1)[-1].split("市")[0] + "市"
    founded = people.date(rng, 2001, 2024)
    scope = "；".join(rng.sample(SCOPES, rng.randint(3, 9))) + "。" + (TAIL if rng.random() < 0.7 else "")
    until = (
        "长期"
        if rng.random() < 0.6
        else _chinese(f"{int(founded[:4]) + rng.choice((10, 20, 30))}{founded[4:]}")
    )
    facts = {"reg_num": people.credit_code(rng, person=personal)}
    if rng.random() < 0.5:
        facts["serial"] = f"99{rng.randrange(10**10):010}"
    if personal:
        return facts | {
            "enterprise_name": city + where.removeprefix(where[: where.rindex("市") + 1]) + rng.choice(SHOPS),
            "type_of_enterprise": "个体工商户",
            "legal_representative": people.name(rng),
            "type_of_organization": "个人经营",
            "registered_date": _chinese(founded),
            "address": people.address(rng, where),
            "business_scope": scope,
        }
    facts |= {
        "enterprise_name": city
        + rng.choice(NAMES)
        + rng.choice(("有限公司", "有限责任公司", "股份有限公司")),
        "type_of_enterprise": rng.choice(FORMS),
        "legal_representative": people.name(rng),
        "business_scope": scope,
        "registered_capital": rng.choice(CAPITALS),
        "registered_date": _chinese(founded),
        "valid_period": f"{_chinese(founded)}至{until}",
        "address": people.address(rng, where),
    }
    if rng.random() < 0.15:
        facts["paid_in_capital"] = rng.choice(CAPITALS)
    return facts


def _spread(label: str, cells: int) -> tuple[str, float]:
    """How far to space the characters of a label so that all labels are `cells` characters wide."""
    return label, (cells - len(label)) / max(1, len(label) - 1)


class Licence:
    """Prints facts one below the other: a label, and its value beside it."""

    def __init__(self, sheet: Canvas, rng: random.Random, size: float) -> None:
        self.sheet, self.rng, self.size = sheet, rng, size
        self.label_style = rng.choice(("song", "hei"))
        self.style = rng.choice(("song", "kai", "hei"))
        self.latin = rng.choice(("plain", "roman"))

    def fact(self, x: float, y: float, label: str, text: str, room: float, lines: int = 1) -> float:
        """Label and value, wrapped into `room` millimetres; give the y of the next row."""
        size = self.size
        word, gap = _spread(label, 5)
        self.sheet.text(
            x, y, word, size * 0.92, style=self.label_style, fill=(64, 52, 40), gap=gap * size * 0.92
        )
        start = x + size * 5.6
        rows = self.sheet.wrap(text, size, room - size * 5.6, self.style, self.latin)
        while len(rows) > lines > 1 and size > self.size * 0.6:
            size *= 0.94
            rows = self.sheet.wrap(text, size, room - self.size * 5.6, self.style, self.latin)
        for row, line in enumerate(rows):
            self.sheet.text(
                start, y + row * size * 1.42, line, size, style=self.style, latin=self.latin, value=True
            )
        return y + (len(rows) - 1) * size * 1.42 + self.size * 2.15


def _paper(rng: random.Random, fonts: Fonts, width: float, height: float, scale: float) -> Canvas:
    sheet = Canvas(width, height, scale, fonts, (252, 246, 230))
    sheet.position = "cert_position"
    patterns.guilloche(sheet, rng, (240, 214, 160), lines=70, depth=rng.uniform(0.2, 0.5))
    unit = width / 100
    for inset, thick in ((2.2, 0.9), (3.6, 0.25)):
        sheet.rectangle(
            inset * unit,
            inset * unit,
            width - inset * unit,
            height - inset * unit,
            outline=GOLD,
            width=thick * unit,
        )
    return sheet


def _emblem(sheet: Canvas, x: float, y: float, reach: float) -> None:
    for share, colour in ((1.0, (206, 150, 60)), (0.8, (200, 40, 36)), (0.34, (230, 180, 80))):
        part = reach * share
        sheet.draw.ellipse(sheet.px(x - part, y - part, x + part, y + part), fill=colour)


def landscape(rng: random.Random, fonts: Fonts) -> Canvas:
    """420 x 297 mm: code at the left, facts in two columns, seal and date at the right."""
    sheet = _paper(rng, fonts, 420, 297, 5)
    personal = rng.random() < 0.25
    facts = invented(rng, personal=personal)
    sheet.fields = dict(facts)
    form = Licence(sheet, rng, 8.0)
    _emblem(sheet, 210, 34, 17)
    sheet.text(210, 79, "营业执照", 27, style=rng.choice(("song", "hei")), middle=True, gap=9, bold=2)
    if rng.random() < 0.6:
        sheet.text(210, 95, rng.choice(("（副 本）", "（副本）")), 9, style="song", middle=True)
    sheet.text(32, 58, "统一社会信用代码", 7.6, style=form.label_style)
    sheet.text(32, 69, facts["reg_num"], 8.6, latin="plain", value=True)
    if "serial" in facts:
        end = sheet.text(32, 40, "编号：", 6.4, style=form.label_style)
        sheet.text(end + 2, 40, facts["serial"], 6.4, value=True)
    patterns.qr_like(sheet, rng, (330, 38, 366, 74))
    sheet.text(370, 48, "扫描二维码登录", 3.6, style="hei")
    sheet.text(370, 54, "国家企业信用", 3.6, style="hei")
    sheet.text(370, 60, "信息公示系统", 3.6, style="hei")
    labels = PERSONAL if personal else LABELS
    left = ["enterprise_name", "type_of_enterprise", "legal_representative", "business_scope"]
    right = [
        "registered_capital",
        "paid_in_capital",
        "type_of_organization",
        "registered_date",
        "valid_period",
        "address",
    ]
    y = 118.0
    for key in left:
        y = form.fact(32, y, labels[key], facts[key], 184, 8)
    y = 118.0
    for key in right:
        if key in facts:
            y = form.fact(236, y, labels[key], facts[key], 160, 4)
    _registry(sheet, form, facts, 300, 248, 25)
    return sheet


def portrait(rng: random.Random, fonts: Fonts) -> Canvas:
    """210 x 297 mm: one column."""
    sheet = _paper(rng, fonts, 210, 297, 8)
    personal = rng.random() < 0.3
    facts = invented(rng, personal=personal)
    sheet.fields = dict(facts)
    form = Licence(sheet, rng, 5.2)
    _emblem(sheet, 105, 30, 14)
    sheet.text(105, 66, "营业执照", 17, style=rng.choice(("song", "hei")), middle=True, gap=7, bold=2)
    sheet.text(105, 77, "（副本）", 6, style="song", middle=True)
    end = sheet.text(50, 88, "统一社会信用代码", 5.0, style=form.label_style)
    sheet.text(end + 3, 88, facts["reg_num"], 5.2, value=True)
    if "serial" in facts:
        end = sheet.text(140, 20, "编号 ", 4.2, style=form.label_style)
        sheet.text(end, 20, facts["serial"], 4.2, value=True)
    labels = PERSONAL if personal else LABELS
    order = [
        "enterprise_name",
        "type_of_enterprise",
        "address",
        "legal_representative",
        "registered_capital",
        "paid_in_capital",
        "type_of_organization",
        "registered_date",
        "valid_period",
        "business_scope",
    ]
    y = 102.0
    for key in order:
        if key in facts:
            y = form.fact(34, y, labels[key], facts[key], 142, 7)
    _registry(sheet, form, facts, 140, 246, 19)
    sheet.text(105, 286, "企业信用信息公示系统网址：http://www.example.com", 3.4, style="song", middle=True)
    return sheet


def _registry(sheet: Canvas, form: Licence, facts: dict[str, str], x: float, y: float, reach: float) -> None:
    """Registry, seal and date; the date below the seal is not a field."""
    size = form.size
    sheet.text(x - size * 7, y, "登记机关", size * 1.05, style=form.label_style, gap=size * 0.3)
    city = facts["enterprise_name"].split("市")[0] + "市"
    patterns.round_seal(sheet, (x + reach * 0.9, y), reach, f"{city}市场监督管理局")
    year, month, day = people.date(form.rng, 2015, 2025).split("-")
    shown = f"{year} 年 {month} 月 {day} 日"
    sheet.text(x - size * 0.6, y + reach * 1.02, shown, size, style=form.label_style, latin=form.latin)
