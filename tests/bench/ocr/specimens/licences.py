"""The vehicle licence (行驶证), its two pages, and the driver licence (驾驶证)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr.specimens.people import BIRTH, NAME, OWNER, PLACE, PLATE, id_number, vehicle_number
from tests.bench.ocr.specimens.sheet import RED, Sheet

if TYPE_CHECKING:
    from tests.bench.ocr.specimens.fonts import Fonts

PAGE = (1400, 960)
LABEL = (96, 92, 88)
ENGLISH = (150, 146, 142)

# Every field of a vehicle licence, in the contract's order, as it is when its page is not in the picture.
EMPTY = dict.fromkeys(
    (
        "plate_num",
        "vehicle_type",
        "owner",
        "addr",
        "use_character",
        "model",
        "vin",
        "engine_num",
        "register_date",
        "issue_date",
        "plate_num_b",
        "record",
        "passengers_num",
        "total_quality",
        "prepare_quality",
        "overall_size",
    ),
    "",
)


def vehicle_front(fonts: Fonts) -> Sheet:
    """The first page: whose vehicle, and what vehicle."""
    sheet = Sheet(*PAGE, fonts, paper=(238, 240, 232), corner=24)
    sheet.whole("card_position_front")
    sheet.waves((224, 230, 220))
    sheet.text((700, 46), "中华人民共和国机动车行驶证", 54, middle=True, gap=6)
    sheet.text((700, 118), "Vehicle License of the People's Republic of China", 26, middle=True, fill=ENGLISH)
    _pair(sheet, (70, 180), "号牌号码", "Plate No.", "plate_num", PLATE)
    _pair(sheet, (720, 180), "车辆类型", "Vehicle Type", "vehicle_type", "小型普通客车")
    _pair(sheet, (70, 282), "所有人", "Owner", "owner", OWNER)
    _pair(sheet, (70, 384), "住址", "Address", "addr", f"{PLACE}槐荫巷六号院4幢702室")
    _pair(sheet, (70, 486), "使用性质", "Use Character", "use_character", "非营运")
    _pair(sheet, (720, 486), "品牌型号", "Model", "model", "远帆牌YF6450H2")
    _seal(sheet, (210, 740), ("海棠市公安局", "交通警察支队"))
    _pair(sheet, (430, 588), "车辆识别代号", "VIN", "vin", vehicle_number(), shift=250)
    _pair(sheet, (430, 690), "发动机号码", "Engine No.", "engine_num", "K20T5069137", shift=250)
    _pair(sheet, (430, 806), "注册日期", "Register Date", "register_date", "2021-03-09", shift=190, size=38)
    _pair(sheet, (900, 806), "发证日期", "Issue Date", "issue_date", "2021-03-11", shift=190, size=38)
    sheet.specimen((1190, 690), 46, two_rows=True)
    return sheet


def vehicle_back(fonts: Fonts) -> Sheet:
    """The second page: the file, the masses and the sizes."""
    sheet = Sheet(*PAGE, fonts, paper=(238, 240, 232), corner=24)
    sheet.whole("card_position_back")
    sheet.waves((224, 230, 220))
    fields = (
        ("plate_num_b", "号牌号码", PLATE, 70, 70),
        ("record", "档案编号", "992400718264", 790, 70),
        ("passengers_num", "核定载人数", "5人", 70, 200),
        ("total_quality", "总质量", "1965kg", 790, 200),
        ("prepare_quality", "整备质量", "1520kg", 70, 330),
        ("", "核定载质量", "--", 790, 330),
        ("overall_size", "外廓尺寸", "4623×1842×1690mm", 70, 460),
        ("", "准牵引总质量", "--", 790, 460),
    )
    for key, label, value, x, y in fields:
        sheet.text((x, y), label, 34, fill=LABEL)
        sheet.text((x + 215, y - 4), value, 44, key=key)
        sheet.draw.line((x, y + 88, x + 550, y + 88), fill=(188, 190, 180), width=2)
        if key:
            sheet.fields[key] = value.replace("×", "x")
    sheet.text((70, 590), "备注", 36, fill=LABEL)
    sheet.text((70, 720), "检验记录", 36, fill=LABEL)
    sheet.text((285, 716), "检验有效期至2027年03月", 44)
    sheet.specimen((1090, 640), 60)
    return sheet


def vehicle_both(fonts: Fonts) -> Sheet:
    """Both pages in their open cover, side by side."""
    sheet = Sheet(2 * PAGE[0] + 130, PAGE[1] + 80, fonts, paper=(52, 44, 48), corner=30)
    sheet.paste(vehicle_front(fonts), 40, 40)
    sheet.paste(vehicle_back(fonts), PAGE[0] + 90, 40)
    return sheet


def driver_licence(fonts: Fonts) -> Sheet:
    """The driver licence's main page."""
    sheet = Sheet(*PAGE, fonts, paper=(240, 238, 228), corner=24)
    sheet.waves((230, 226, 212))
    number = id_number(BIRTH, "462")
    sheet.text((700, 40), "中华人民共和国机动车驾驶证", 54, middle=True, gap=6)
    sheet.text((700, 112), "Driving License of the People's Republic of China", 26, middle=True, fill=ENGLISH)
    _pair(sheet, (300, 168), "证号", "", "id_num", number, shift=120)
    _pair(sheet, (70, 262), "姓名", "Name", "name", NAME)
    _pair(sheet, (560, 262), "性别", "Sex", "sex", "女", shift=120)
    _pair(sheet, (890, 262), "国籍", "Nationality", "nationality", "中国", shift=170)
    _pair(sheet, (70, 364), "住址", "Address", "address", f"{PLACE}望月路二十七号3栋2单元1501室")
    _seal(sheet, (220, 690), ("海棠市公安局", "交通警察支队"))
    _pair(sheet, (430, 474), "出生日期", "Date of Birth", "birth_date", BIRTH, shift=260)
    _pair(sheet, (430, 584), "初次领证日期", "Date of First Issue", "issue_date", "2016-11-28", shift=260)
    _pair(sheet, (430, 694), "准驾车型", "Class", "car_class", "C1", shift=260)
    _pair(sheet, (70, 836), "有效期限", "Valid Period", "valid_from", "2022-11-28", shift=240, size=42)
    sheet.text((580, 840), "至", 34, fill=LABEL)
    sheet.text((640, 836), "2032-11-28", 42, key="valid_to")
    sheet.portrait((1040, 474, 1320, 810))
    sheet.specimen((1180, 690), 44, two_rows=True)
    sheet.fields |= {
        "valid_to": "2032-11-28",
        "official_seal": "海棠市公安局交通警察支队",
    }
    return sheet


def _pair(
    sheet: Sheet,
    place: tuple[float, float],
    label: str,
    english: str,
    key: str,
    value: str,
    shift: int = 230,
    size: int = 44,
) -> None:
    x, y = place
    sheet.text((x, y), label, 34, fill=LABEL)
    if english:
        sheet.text((x, y + 42), english, 22, fill=ENGLISH)
    sheet.text((x + shift, y), value, size, key=key)
    if key:
        sheet.fields[key] = value


def _seal(sheet: Sheet, middle: tuple[int, int], rows: tuple[str, str]) -> None:
    """A square seal in red with the authority's name in two rows."""
    x, y = middle
    sheet.draw.rectangle((x - 140, y - 90, x + 140, y + 90), outline=RED, width=6)
    for row, text in enumerate(rows):
        sheet.text((x, y - 64 + row * 68), text, 42, fill=RED, middle=True, key="official_seal")
