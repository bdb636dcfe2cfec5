"""Invented people, numbers and places. Nothing here can belong to anybody:

* ID numbers, credit codes and file numbers name a division that begins with 99 (GB/T 2260 has none);
* card numbers begin with 9990 to 9999 (ISO/IEC 7812 gives them to a country that ISO 3166 does not have);
* number plates have the letter Z after a province that does not issue it;
* vehicle numbers begin with ZT (no country in ISO 3780).

Check digits are right unless `broken` says otherwise: sample cards in the wild often carry wrong ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr import check_digits

if TYPE_CHECKING:
    import random


def words(text: str) -> tuple[str, ...]:
    """The words of a text, between blanks."""
    return tuple(text.split())


FAMILIES = (
    *"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文",
    "欧阳",
    "上官",
    "司马",
    "诸葛",
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂云辰宇轩浩然子涵梓萱欣怡诗雨晨曦思源雅琴建国志鹏海燕春梅玉珍"
    "凤嘉俊凯琳璐瑶婷慧莹雪松柏岩峰鑫淼森垚堃翀玥珺骞钰昊晟煜炜烨祺禛彧旻暄芷若薇蔓菁菡萌瀚泓渊博远航"
)
ETHNIC_GROUPS = words(
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 "
    "傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 "
    "羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 "
    "德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
REAL_PLACES = (
    "浙江省杭州市", "江苏省苏州市", "山东省济南市", "河南省洛阳市", "四川省成都市", "湖北省武汉市", "湖南省长沙市",
    "广东省佛山市", "福建省厦门市", "安徽省合肥市", "陕西省西安市", "辽宁省大连市", "黑龙江省哈尔滨市", "云南省昆明市",
    "贵州省贵阳市", "甘肃省兰州市", "广西壮族自治区南宁市", "内蒙古自治区包头市", "新疆维吾尔自治区乌鲁木齐市",
    "北京市", "上海市", "重庆市", "天津市",
)  # fmt: skip
INVENTED_PLACES = ("云栖省海棠市", "云栖省松月市", "临溪省望海市", "临溪省梧桐市", "南屏省鹤鸣市")
DISTRICTS = ("青禾区", "白露区", "长泽县", "云麓县", "新渡区", "枫桥新区", "石塘县", "金穗区")
ROADS = words(
    "望月路 槐荫巷 解放东路 人民中路 建设大道 龙腾街 桃源里 学府路 滨河南路 "
    "梅园新村 红旗街 工业园三路 光明胡同"
)
# A province's character, always followed by Z (京 and 川 issue unusual letters and are left out).
PROVINCES = "津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵青藏宁琼"
PLATE_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def name(rng: random.Random) -> str:
    """A name of two to four characters; one in thirty is of a minority, with a dot."""
    if rng.random() < 1 / 30:
        return rng.choice(("阿依古丽·买买提", "巴图·那仁", "古丽娜尔·艾山", "扎西·次仁", "努尔兰·别克"))
    return str(rng.choice(FAMILIES)) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2, 2))))


def place(rng: random.Random) -> str:
    """Province, city and a district; the district never exists there."""
    return rng.choice(REAL_PLACES if rng.random() < 0.5 else INVENTED_PLACES) + rng.choice(DISTRICTS)


def address(rng: random.Random, where: str = "") -> str:
    """An address of 17 to 40 characters."""
    where = where or place(rng)
    number = rng.randint(1, 999)
    tails = (
        f"{number}号{rng.randint(1, 30)}幢{rng.randint(1, 6)}单元{rng.randint(1, 33)}0{rng.randint(1, 6)}室",
        f"{number}号附{rng.randint(1, 20)}号",
        f"{number}弄{rng.randint(1, 60)}号{rng.randint(101, 699)}室",
        f"{number}号",
    )
    villages = (
        f"石桥镇柳树村{rng.randint(1, 20)}组{number}号",
        f"清溪乡马家沟村{rng.randint(1, 12)}社{number}号",
    )
    if rng.random() < 0.25:
        return where + rng.choice(villages)
    return where + rng.choice(ROADS) + rng.choice(tails)


def date(rng: random.Random, first: int, last: int) -> str:
    """YYYY-MM-DD in the years given."""
    return f"{rng.randint(first, last)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def id_number(rng: random.Random, birth: str, gender: str) -> str:
    """An ID number for a birth date (YYYY-MM-DD) and 男 or 女."""
    sequence = rng.randrange(1 if gender == "男" else 2, 1000, 2)
    body = f"99{rng.randint(0, 9999):04}{birth.replace('-', '')}{sequence:03}"
    return body + check_digits.id_character(body)


def card_number(rng: random.Random, digits: int, *, broken: bool = False) -> str:
    """A bank card number of 16 to 19 digits."""
    body = f"999{rng.randint(0, 9)}" + "".join(rng.choices("0123456789", k=digits - 5))
    digit = int(check_digits.luhn_digit(body))
    return body + str((digit + (3 if broken else 0)) % 10)


def credit_code(rng: random.Random, *, person: bool = False) -> str:
    """A unified social credit code of 18 characters; `person` for a one-person business."""
    body = (
        ("92" if person else "91")
        + f"99{rng.randint(0, 9999):04}"
        + "MA"
        + "".join(rng.choices(check_digits.CREDIT_LETTERS, k=7))
    )
    return body + check_digits.credit_character(body)


def vehicle_number(rng: random.Random) -> str:
    """A vehicle identification number of 17 characters."""
    letters = check_digits.VIN_LETTERS
    body = (
        "ZT" + "".join(rng.choices(letters, k=6)) + "0" + rng.choice("ABCDEFGHJKLMNPR") + rng.choice(letters)
    )
    body += "".join(rng.choices("0123456789", k=17 - len(body)))
    return body[:8] + check_digits.vin_character(body) + body[9:]


def plate(rng: random.Random, *, electric: bool = False, large: bool = False) -> str:
    """A number plate of seven characters, eight for an electric car."""
    tail = "".join(rng.choices("0123456789", k=5))
    if electric:
        return rng.choice(PROVINCES) + "Z" + (tail + rng.choice("DF") if large else rng.choice("DF") + tail)
    letters = rng.choice((0, 1, 1, 2))
    for at in rng.sample(range(5), letters):
        tail = tail[:at] + rng.choice(PLATE_CHARACTERS[:24]) + tail[at + 1 :]
    return rng.choice(PROVINCES) + "Z" + tail
