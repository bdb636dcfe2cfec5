"""The vocabulary of vehicle licences: types (GA 802), uses (GA 801), and how numbers and sizes are written."""

from __future__ import annotations

import re
from dataclasses import replace

from cloudbase_ocr.recognizer.fields import formats
from cloudbase_ocr.recognizer.fields.formats import chinese, free
from cloudbase_ocr.recognizer.fields.spec import FieldSpec

# fmt: off
USES = (
    "非营运", "营转非", "出租营转非", "预约出租转非", "营运", "货运", "公路客运", "公交客运", "出租客运",
    "预约出租客运", "旅游客运", "租赁", "教练", "接送幼儿", "接送小学生", "接送中小学生", "接送初中生",
    "危险品运输", "危险货物运输", "危化品运输", "救护", "工程救险", "警用", "消防",
)

_SIZES = ("大型", "中型", "小型", "微型")
_LOADS = ("重型", "中型", "轻型", "微型", "低速")
_COACHES = (
    "普通客车", "双层客车", "卧铺客车", "铰接客车", "越野客车", "专用客车", "专用校车", "轿车", "面包车",
    "旅居车", "客车",
)
_TRUCKS = (
    "普通货车", "厢式货车", "封闭货车", "罐式货车", "平板货车", "集装箱车", "自卸货车", "特殊结构货车",
    "仓栅式货车", "车辆运输车", "厢式自卸货车", "罐式自卸货车", "平板自卸货车", "集装箱自卸货车",
    "仓栅式自卸货车", "半挂牵引车", "全挂牵引车", "专项作业车", "载货专项作业车", "非载货专项作业车",
    "货车", "专项作业车", "多用途货车", "栏板货车", "厢式载货车",
)
_TRAILERS = (
    "普通半挂车", "厢式半挂车", "罐式半挂车", "平板半挂车", "集装箱半挂车", "自卸半挂车",
    "特殊结构半挂车", "仓栅式半挂车", "低平板半挂车", "车辆运输半挂车", "栏板半挂车", "旅居半挂车",
    "专项作业半挂车", "普通全挂车", "厢式全挂车", "罐式全挂车", "平板全挂车", "自卸全挂车",
)
_OTHER_TYPES = (
    "普通正三轮摩托车", "轻便正三轮摩托车", "正三轮载客摩托车", "正三轮载货摩托车", "侧三轮摩托车",
    "普通二轮摩托车", "轻便二轮摩托车", "三轮汽车", "轮式装载机械", "轮式挖掘机械", "轮式平地机械",
    "有轨电车", "无轨电车", "大型无轨电车", "大型有轨电车",
)
# fmt: on
TYPES = frozenset(
    [size + kind for size in _SIZES for kind in _COACHES]
    + [load + kind for load in _LOADS for kind in _TRUCKS]
    + [load + kind for load in _LOADS for kind in _TRAILERS]
    + [*_OTHER_TYPES, "轿车"]
)


# What stands between the numbers is often misread; the next label may follow in the same line.
SIZE = re.compile(r"([1-9][0-9]{3,4})[^0-9]{1,2}([1-9][0-9]{2,3})[^0-9]{1,2}([1-9][0-9]{2,3})(mm)?(?![0-9])")


def plate(text: str) -> str:
    """A number plate, also behind what is left of the label; specimens have 某 in the province's place."""
    plain = formats.plate(text) or formats.plate(text[1:])
    return plain or (text if re.fullmatch("某[A-Z][A-Z0-9]{5,6}", text) else "")


def vehicle_type(text: str) -> str:
    """A vehicle type of the standard's list, or its code; another one as it is read, when it ends as types do."""
    if re.fullmatch("[A-Z]?[0-9]{2}", text):
        return text
    plain = chinese(text)
    return plain if plain in TYPES or re.fullmatch(r".{2,12}(车|机械|拖拉机)", plain) else ""


def vin(text: str) -> str:
    """A vehicle identification number. I, O and Q do not occur in one: they are 1 and 0.

    That of a specimen, with a row of X in the maker's place, may have another length.
    """
    plain = re.sub(r"[^A-Z0-9]", "", text.upper()).translate(str.maketrans("IOQ", "100"))
    return plain if len(plain) == 17 or re.fullmatch("X{4}[A-Z0-9]{10,16}", plain) else ""


def owner(text: str) -> str:
    """A person or a company, without what is left of the label before it: no name begins with 人.

    None ends in figures, or has small letters: that is print which does not belong to it.
    """
    plain = re.sub("^(所?有)?人(?=..)", "", free(text))
    return "" if re.search("[a-z]|[0-9]$", plain) else plain


def model(text: str) -> str:
    """Brand and model: 远帆牌YF6450H2. No brand has one character before 牌: another was not read."""
    plain = free(text)
    cut_off = re.match(".?牌", plain)
    return plain if re.search(r"[\u4e00-\u9fff]", plain) and len(plain) >= 3 and not cut_off else ""


def engine(text: str) -> str:
    """An engine's number: letters, digits and a few marks; 无 for vehicles without one."""
    plain = free(text).upper()
    return plain if re.fullmatch(r"[A-Z0-9][A-Z0-9*/ ().+-]{2,24}|无", plain) else ""


def record(text: str) -> str:
    """A file number, usually of 12 digits."""
    plain = re.sub(r"[\s.·:：-]", "", text).upper()
    return plain if re.fullmatch(r"[0-9A-Z]{8,16}", plain) and sum(c.isdigit() for c in plain) >= 6 else ""


def passengers(text: str) -> str:
    """Approved passengers: 7人, or 2+3人 for a cab with two rows."""
    match = re.fullmatch(r"([1-9][0-9]{0,2}(?:\+[0-9])?)人?", free(text))
    return f"{match[1]}人" if match else ""


def size(text: str) -> str:
    """Length, width and height: 4582x1795x1458mm."""
    match = SIZE.match(text.replace(" ", ""))
    rest = text.replace(" ", "")[match.end() :] if match else ""
    # Where the unit was not read, nothing else may follow.
    return (
        f"{match[1]}x{match[2]}x{match[3]}mm" if match and (match[4] or not re.search("[0-9]", rest)) else ""
    )


def is_type(text: str) -> bool:
    """Whether a text can be nothing but a vehicle type."""
    return text in TYPES


def is_use(text: str) -> bool:
    """Whether a text can be nothing but a use."""
    return text in USES


def is_model(text: str) -> bool:
    """Whether a text can be nothing but brand and model: 牌 stands between them."""
    return re.fullmatch(r"[\u4e00-\u9fff]{2,8}牌[A-Z0-9().-]{3,24}", text) is not None


def is_record(text: str) -> bool:
    """Whether a text can be nothing but a file number."""
    return re.fullmatch("[0-9]{12}", text) is not None


def is_passengers(text: str) -> bool:
    """Whether a text can be nothing but a number of passengers."""
    return text.endswith("人") and passengers(text) != ""


LICENCE_PLATE = replace(formats.PLATE, parse=plate)
TYPE = FieldSpec(vehicle_type, "".join(sorted(set("".join(TYPES)))), is_type, words=sorted(TYPES))
