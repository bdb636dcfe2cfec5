"""Vehicle licence (two pages) and driver licence, 88 x 60 mm each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr import patterns, people
from tests.bench.ocr.canvas import Canvas, Colour
from tests.bench.ocr.people import words

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.fonts import Fonts

SCALE = 18
RED: Colour = (200, 44, 46)
LABEL: Colour = (52, 72, 66)
LINE: Colour = (116, 140, 132)
TYPES = words(
    "小型轿车 小型普通客车 小型越野客车 重型半挂牵引车 轻型厢式货车 中型普通客车 "
    "大型普通客车 普通二轮摩托车 重型自卸货车 小型面包车 轻型栏板货车 微型轿车 "
    "小型专用客车"
)
USES = words("非营运 非营运 非营运 货运 公路客运 出租客运 租赁 预约出租客运 教练 营转非 公交客运 旅游客运")
BRANDS = ("远帆牌YF", "青鸾牌QL", "北辰牌BC", "晨曦牌CX", "大雁牌DY", "骏驰牌JC")
COMPANIES = (
    "青禾物流有限公司",
    "海棠建材机械厂",
    "松月汽车租赁有限公司",
    "望海出租汽车公司",
    "梧桐食品有限责任公司",
)
CLASSES = ("C1", "C1", "C2", "B2", "A2", "C1E", "A1A2", "C1D", "B1", "A1A2D", "C6")


def _paper(rng: random.Random, fonts: Fonts) -> Canvas:
    sheet = Canvas(88, 60, SCALE, fonts, (238, 242, 236), corner=rng.choice((0.0, 3.0)))
    patterns.gradient(sheet, (238, 244, 238), (228, 238, 240), across=rng.random())
    patterns.guilloche(sheet, rng, (176, 206, 190), lines=50, depth=rng.uniform(0.25, 0.55))
    patterns.rosette(sheet, rng, (48, 32), 18, (206, 196, 160), rng.uniform(0.2, 0.4))
    return sheet


class _Form:
    """Labels printed with the form; values printed later by another machine, so a little off."""

    def __init__(self, sheet: Canvas, rng: random.Random) -> None:
        self.sheet = sheet
        self.shift = (rng.uniform(-0.5, 0.8), rng.uniform(-0.5, 0.3))
        self.style = rng.choice(("song", "hei", "kai"))
        self.latin = rng.choice(("plain", "mono", "roman"))

    def label(self, x: float, y: float, chinese: str, english: str = "", size: float = 2.35) -> None:
        self.sheet.text(x, y, chinese, size, style="song", fill=LABEL)
        if english:
            self.sheet.text(x, y + 2.0, english, 1.5, latin="roman", fill=LABEL)

    def value(self, x: float, y: float, key: str, text: str, room: float = 80.0, size: float = 3.2) -> float:
        """Write a value into `room` millimetres, smaller if it does not fit."""
        fitting = size
        while fitting > 1.9 and self.sheet.length(text, fitting, self.style, self.latin) > room:
            fitting -= 0.1
        if key:
            self.sheet.fields[key] = text.replace("×", "x") if key == "overall_size" else text
        dx, dy = self.shift
        return self.sheet.text(
            x + dx, y + dy, text, fitting, style=self.style, latin=self.latin, value=bool(key)
        )


def _seal(sheet: Canvas, left: float, top: float, text: str, key: str = "") -> None:
    """A red frame of 22 mm with the authority's name in rows."""
    sheet.rectangle(left, top, left + 21.5, top + 21.5, outline=RED, width=0.35)
    rows = -(-len(text) // 5)
    per_row = -(-len(text) // rows)
    step = 19.0 / rows
    for row in range(rows):
        part = text[row * per_row : (row + 1) * per_row]
        sheet.text(
            left + 1.6,
            top + 1.2 + step * row + min(step, 4.2) * 0.86,
            part,
            min(3.7, step * 0.9),
            style="song",
            fill=RED,
            gap=(18.4 - min(3.7, step * 0.9) * per_row) / max(1, per_row - 1),
            value=bool(key),
        )
    if key:
        sheet.fields[key] = text


def _authority(rng: random.Random) -> str:
    city = rng.choice(("海棠市", "松月市", "望海市", "梧桐市", "鹤鸣市"))
    province = rng.choice(("", "", "云栖省", "临溪省"))
    return province + city + rng.choice(("公安局交通警察支队", "公安局交通管理局", "公安局公安交通管理局"))


def vehicle_front(rng: random.Random, fonts: Fonts, plate: str = "") -> Canvas:
    """The main page: whose vehicle, and which."""
    sheet = _paper(rng, fonts)
    sheet.position = "card_position_front"
    form = _Form(sheet, rng)
    sheet.text(44, 6.6, "中华人民共和国机动车行驶证", 3.9, style="song", middle=True, gap=0.35, bold=1)
    sheet.text(44, 9.6, "Vehicle License of the People's Republic of China", 1.9, latin="roman", middle=True)
    for y in (11.5, 18.6, 25.0, 31.4):
        sheet.line(3, y, 85, y, fill=LINE)
    form.label(3.6, 14.4, "号牌号码", "Plate No.")
    form.value(15.4, 15.6, "plate_num", plate or people.plate(rng), 22)
    form.label(39.5, 14.4, "车辆类型", "Vehicle Type")
    form.value(53.5, 15.6, "vehicle_type", rng.choice(TYPES), 30)
    form.label(3.6, 21.2, "所有人", "Owner")
    owner = people.name(rng) if rng.random() < 0.7 else people.place(rng) + rng.choice(COMPANIES)
    form.value(15.4, 22.4, "owner", owner, 68)
    form.label(3.6, 27.6, "住址", "Address")
    form.value(15.4, 28.8, "addr", people.address(rng), 68.5)
    form.label(3.6, 34.0, "使用性质", "Use Character")
    form.value(17.0, 35.2, "use_character", rng.choice(USES), 18)
    form.label(37.0, 34.0, "品牌型号", "Model")
    model = (
        rng.choice(BRANDS)
        + "".join(rng.choices("0123456789", k=4))
        + rng.choice(("", "A", "H2", "KDE", "BEV"))
    )
    form.value(49.4, 35.2, "model", model, 34)
    _seal(sheet, 3.6, 37.0, _authority(rng))
    form.label(28.0, 40.6, "车辆识别代号", "VIN")
    form.value(45.0, 41.8, "vin", people.vehicle_number(rng), 39)
    form.label(28.0, 46.6, "发动机号码", "Engine No.")
    engine = "".join(rng.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=rng.randint(1, 3)))
    engine += "".join(rng.choices("0123456789", k=rng.randint(5, 7)))
    form.value(45.0, 47.8, "engine_num", engine, 39)
    form.label(28.0, 53.2, "注册日期", "Register Date")
    first = people.date(rng, 2008, 2024)
    form.value(39.6, 54.4, "register_date", first, 17.5)
    form.label(58.2, 53.2, "发证日期", "Issue Date")
    form.value(69.2, 54.4, "issue_date", f"{int(first[:4]) + rng.randint(0, 3)}{first[4:]}", 17.0)
    return sheet


def vehicle_back(rng: random.Random, fonts: Fonts, plate: str = "") -> Canvas:
    """The second page: file number, masses, sizes, record of inspections."""
    sheet = _paper(rng, fonts)
    sheet.position = "card_position_back"
    form = _Form(sheet, rng)
    curb = rng.randint(900, 9000)
    size = f"{rng.randint(3200, 11900)}×{rng.randint(1500, 2550)}×{rng.randint(1400, 3990)}mm"
    plate = plate or people.plate(rng)
    rows = (
        ("plate_num_b", "号牌号码", plate, "record", "档案编号", "99" + f"{rng.randrange(10**10):010}"),
        ("passengers_num", "核定载人数", f"{rng.choice((2, 3, 5, 7, 9, 45))}人", "total_quality", "总质量",
         f"{curb + rng.randint(350, 20000)}kg"),
        ("prepare_quality", "整备质量", f"{curb}kg", "", "核定载质量", rng.choice(("--", "1490kg"))),
        ("overall_size", "外廓尺寸", size, "", "准牵引总质量", rng.choice(("--", "38000kg"))),
    )  # fmt: skip
    for row, (key, label, value, key2, label2, value2) in enumerate(rows):
        y = 8.4 + row * 7.0
        form.label(3.6, y, label)
        form.value(17.0, y, key, value, 28, 2.9)
        form.label(46.5, y, label2)
        form.value(61.5, y, key2, value2, 23, 2.9)
        sheet.line(3, y + 2.4, 85, y + 2.4, fill=LINE)
    form.label(3.6, 37.2, "备    注")
    form.label(3.6, 44.6, "检验记录")
    sheet.line(3, 40.0, 85, 40.0, fill=LINE)
    month = f"{rng.randint(2026, 2031)}年{rng.randint(1, 12):02}月"
    form.value(17.0, 44.6, "", f"检验有效期至{month}{plate[:2]}", 60, 2.9)
    patterns.barcode(sheet, rng, (45, 50, 82, 55.0))
    sheet.text(63, 57.6, "*" + f"{rng.randrange(10**13):013}" + "*", 2.0, middle=True)
    return sheet


def driver(rng: random.Random, fonts: Fonts) -> Canvas:
    """The main page of the driver licence."""
    sheet = _paper(rng, fonts)
    form = _Form(sheet, rng)
    gender = rng.choice("男女")
    birth = people.date(rng, 1955, 2003)
    sheet.text(44, 6.6, "中华人民共和国机动车驾驶证", 3.9, style="song", middle=True, gap=0.35, bold=1)
    sheet.text(44, 9.6, "Driving License of the People's Republic of China", 1.9, latin="roman", middle=True)
    form.label(22.0, 14.6, "证号")
    form.value(29.0, 14.8, "id_num", people.id_number(rng, birth, gender), 50, 3.6)
    for y in (16.6, 23.4):
        sheet.line(3, y, 85, y, fill=LINE)
    form.label(3.6, 19.6, "姓名", "Name")
    form.value(13.0, 20.8, "name", people.name(rng), 26)
    form.label(43.0, 19.6, "性别", "Sex")
    form.value(50.6, 20.8, "sex", gender)
    form.label(58.6, 19.6, "国籍", "Nationality")
    form.value(69.6, 20.8, "nationality", "中国")
    form.label(3.6, 26.2, "住址", "Address")
    home = people.address(rng)
    lines = sheet.wrap(home, 3.0, 64, form.style, form.latin)
    for row, line in enumerate(lines):
        form.value(16.0, 26.6 + row * 3.7, "address", line, 70, 3.0)
    sheet.fields["address"] = home
    _seal(sheet, 3.6, 32.4, _authority(rng), "official_seal")
    form.label(27.6, 36.6, "出生日期", "Date of Birth")
    form.value(44.5, 37.6, "birth_date", birth, 18, 3.0)
    form.label(27.6, 42.8, "初次领证日期", "Date of First Issue")
    issued = people.date(rng, int(birth[:4]) + 18, 2024)
    form.value(44.5, 43.8, "issue_date", issued, 18, 3.0)
    form.label(27.6, 49.0, "准驾车型", "Class")
    form.value(44.5, 50.0, "car_class", rng.choice(CLASSES), 18, 3.0)
    form.label(3.6, 56.8, "有效期限", "Valid Period")
    start = f"{max(int(issued[:4]), 2014)}{issued[4:]}"
    end = f"{int(start[:4]) + rng.choice((6, 10))}{start[4:]}"
    at = form.value(17.0, 57.0, "valid_from", start, 25, 3.0)
    at = form.value(at + 1.0, 57.0, "", "至", 10, 3.0)
    form.value(at + 1.0, 57.0, "valid_to", end, 25, 3.0)
    patterns.portrait(sheet, rng, (65.0, 32.0, 84.0, 56.0), (250, 250, 250))
    return sheet
