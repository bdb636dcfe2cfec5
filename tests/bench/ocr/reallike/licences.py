"""Business licences as the web shows them: electronic ones, notices, small scans, two pages side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr import business, fonts, patterns, people
from tests.bench.ocr.canvas import BLACK, Canvas, Colour
from tests.bench.ocr.reallike import camera, security

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.picture import Picture

INK: Colour = (58, 48, 40)
RULES = (
    "《企业法人营业执照》是企业法人资格和合法经营的凭证。",
    "《企业法人营业执照》分为正本和副本，正本和副本具有同等法律效力。",
    "《企业法人营业执照》正本应置于住所的醒目位置。",
    "《企业法人营业执照》不得伪造、涂改、出租、出借、转让。",
    "登记事项发生变化，应当向公司登记机关申请变更登记，换领《企业法人营业执照》。",
    "每年三月一日至六月三十日，应当参加年度检验。",
    "办理注销登记，应当交回《企业法人营业执照》正本和副本。",
)


class _Rows:
    """Rows of a label and its value: labels are set as wide as five characters, and rows stand close."""

    def __init__(self, sheet: Canvas, rng: random.Random, size: float, pitch: float) -> None:
        self.sheet, self.size, self.pitch = sheet, size, size * pitch
        self.label_style, self.style = rng.choice(("hei", "song")), rng.choice(("song", "hei"))
        self.bold = rng.choice((0, 1))

    def row(self, x: float, y: float, label: str, value: str, room: float) -> float:
        """Print one, give the base line of the next."""
        size, sheet = self.size, self.sheet
        gap = size * (5 - len(label)) / max(1, len(label) - 1)
        sheet.text(x, y, label, size * 0.95, style=self.label_style, fill=INK, gap=gap, bold=self.bold)
        rows = sheet.wrap(value, size, room - size * 6, self.style)
        for place, line in enumerate(rows):
            sheet.text(
                x + size * 6, y + place * size * 1.2, line, size, style=self.style, fill=BLACK, value=True
            )
        return y + (len(rows) - 1) * size * 1.2 + self.pitch

    def rows(self, x: float, y: float, facts: dict[str, str], keys: tuple[str, ...], room: float) -> float:
        """Print those of `keys` that there are."""
        for key in keys:
            if key in facts:
                y = self.row(x, y, business.LABELS[key], facts[key], room)
        return y


def electronic(rng: random.Random, half: str) -> Picture:
    """Since 2019: security ground, often the watermark; as a screenshot or a picture of a web page."""
    return _landscape(rng, half, noticed=False)


def noticed(rng: random.Random, half: str) -> Picture:
    """The same with the box 重要提示 in the place of the scope, as in Shenzhen."""
    return _landscape(rng, half, noticed=True)


def _landscape(rng: random.Random, half: str, *, noticed: bool) -> Picture:
    sheet = Canvas(420, 297, 4, fonts.choose(half, rng), (255, 246, 236))
    facts = business.invented(rng, personal=False)
    for key in ("serial", "paid_in_capital", "valid_period", *(["business_scope"] if noticed else [])):
        facts.pop(key, None)
    sheet.fields = dict(facts)
    security.ground(sheet, rng)
    sheet.rectangle(16, 16, 404, 281, outline=(150, 124, 80), width=4)
    if not noticed and rng.random() < 0.8:
        security.watermark(sheet, rng)
    form = _Rows(sheet, rng, rng.uniform(7.0, 8.6), rng.uniform(1.6, 2.3))
    sheet.text(210, 86, "营业执照", 32, style="song", fill=(214, 140, 30), middle=True, gap=8, bold=3)
    sheet.text(36, 74, "统一社会信用代码", form.size * 0.9, style="hei")
    sheet.text(36, 84, facts["reg_num"], form.size * 0.95, value=True)
    patterns.qr_like(sheet, rng, (330, 40, 366, 76))
    for place, line in enumerate(("扫描二维码登录", "国家企业信用", "信息公示系统")):
        sheet.text(370, 48 + place * 7, line, 3.6, style="hei")
    left = ("enterprise_name", "type_of_enterprise", "legal_representative", "business_scope")
    y = form.rows(36, 122, facts, left, 190)
    form.rows(240, 122, facts, ("registered_capital", "registered_date", "address"), 154)
    if noticed:
        security.notices(sheet, 36, y - form.size, 190, rng.uniform(3.8, 4.8))
    sheet.text(262, 250, "登记机关", form.size * 1.1, style="hei", gap=2)
    sheet.text(
        300, 270, f"{rng.randint(2019, 2025)} 年 {rng.randint(1, 12):02} 月 {rng.randint(1, 28):02} 日", 7
    )
    sheet.text(30, 274, "市场主体应当于每年1月1日至6月30日通过国家企业信用信息公示系统报送年度报告", 3.4)
    if rng.random() < 0.5:
        patterns.round_seal(sheet, (330, 244), 20, "海棠市市场监督管理局")
    return camera.scan(sheet, rng, rng.randint(900, 1600), (70, 92))


def small_scan(rng: random.Random, half: str) -> Picture:
    """A copy of 500 to 640 pixels width with close rows and wide-set labels."""
    sheet = Canvas(210, 290, 8, fonts.choose(half, rng), (246, 243, 226))
    facts = business.invented(rng, personal=False)
    facts.pop("serial", None)
    sheet.fields = dict(facts)
    patterns.guilloche(sheet, rng, (232, 224, 190), lines=50, depth=0.3)
    sheet.rectangle(12, 12, 198, 278, outline=(170, 156, 120), width=2.4)
    sheet.text(105, 78, "营业执照", 20, style="song", middle=True, gap=5, bold=3)
    sheet.text(105, 90, "(副  本)(1-1)", 5, style="hei", middle=True)
    form = _Rows(sheet, rng, rng.uniform(4.3, 5.2), rng.uniform(1.3, 1.6))
    end = sheet.text(100, 100, "统一社会信用代码", form.size * 0.9, style="song")
    sheet.text(end + 2, 100, facts["reg_num"], form.size * 0.9, value=True)
    keys = (
        "enterprise_name",
        "type_of_enterprise",
        "address",
        "legal_representative",
        "registered_capital",
        "paid_in_capital",
        "registered_date",
        "valid_period",
        "business_scope",
    )
    form.rows(34, 112, facts, keys, 142)
    sheet.text(100, 238, "登记机关", 5.2, style="hei", gap=2, bold=1)
    sheet.text(130, 260, "2017 年 03 月 02 日", 4.4)
    return camera.scan(sheet, rng, rng.randint(500, 640), (72, 90))


def two_pages(rng: random.Random, half: str) -> Picture:
    """A copy before 2014: facts on the left page, 须知 and 年度检验情况 on the right one."""
    sheet = Canvas(420, 297, 4, fonts.choose(half, rng), (238, 238, 248))
    facts = business.invented(rng, personal=False)
    facts["reg_num"] = f"9999{rng.randrange(10**11):011}"
    facts.setdefault("paid_in_capital", facts["registered_capital"])
    sheet.fields = dict(facts)
    patterns.guilloche(sheet, rng, (214, 216, 236), lines=40, depth=0.3)
    sheet.text(108, 46, "企业法人营业执照", 21, style="hei", middle=True, bold=2)
    sheet.text(70, 68, "（副  本）", 8, style="hei")
    form = _Rows(sheet, rng, rng.uniform(6.2, 7.0), rng.uniform(1.9, 2.4))
    if "serial" in facts:
        end = sheet.text(126, 62, "编号：", 5.6, style="hei")
        sheet.text(end + 2, 62, facts["serial"], 5.6, value=True)
    end = sheet.text(106, 78, "注册号", 6.2, style="hei")
    sheet.text(end + 4, 78, facts["reg_num"], 6.2, style="hei", value=True)
    facts |= {"business_scope": facts.pop("business_scope")}
    y = 96.0
    labels = business.LABELS | {"legal_representative": "法定代表人姓名", "type_of_enterprise": "公司类型"}
    order = (
        "enterprise_name",
        "address",
        "legal_representative",
        "registered_capital",
        "paid_in_capital",
        "type_of_enterprise",
        "business_scope",
    )
    for key in order:
        y = form.row(20, y, labels[key], facts[key], 190)
    for key in ("registered_date", "valid_period"):
        y = form.row(20, y, labels[key], facts[key], 190)
    _right_page(sheet, rng)
    return camera.scan(sheet, rng, rng.randint(900, 1300), (75, 92))


def _right_page(sheet: Canvas, rng: random.Random) -> None:
    sheet.text(316, 46, "须    知", 7, style="hei", middle=True)
    y = 60.0
    for number, rule in enumerate(RULES, 1):
        for line in sheet.wrap(f"{number}．{rule}", 4.8, 172, "song"):
            sheet.text(236, y, line, 4.8)
            y += 7.2
    sheet.text(316, y + 14, "年度检验情况", 6, style="hei", middle=True)
    sheet.rectangle(240, y + 22, 392, y + 74, outline=INK, width=0.4)
    for x in (291, 341):
        sheet.line(x, y + 22, x, y + 74, fill=INK)
    for place, line in enumerate(("已参加", f"{rng.randint(2006, 2012)}年度", "年检")):
        sheet.text(246, y + 36 + place * 9, line, 5)
    year, month, day = people.date(rng, 2006, 2013).split("-")
    sheet.text(300, 280, f"{year} 年 {month} 月 {day} 日", 6)
