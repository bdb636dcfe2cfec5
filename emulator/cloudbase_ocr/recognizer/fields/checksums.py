"""What can be proved about a value: check digits, calendar dates, and the 56 ethnic groups.

Checks choose between readings and reject nonsense. None of them makes up a character that was not read.
"""

from __future__ import annotations

import datetime
import re

# GB 3304: the 56 ethnic groups, without 族 as WeChat gives them.
# fmt: off
ETHNIC_GROUPS = (
    "汉", "蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜",
    "满", "侗", "瑶", "白", "土家", "哈尼", "哈萨克", "傣", "黎", "傈僳",
    "佤", "畲", "高山", "拉祜", "水", "东乡", "纳西", "景颇", "柯尔克孜", "土",
    "达斡尔", "仫佬", "羌", "布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米",
    "塔吉克", "怒", "乌孜别克", "俄罗斯", "鄂温克", "德昂", "保安", "裕固", "京", "塔塔尔",
    "独龙", "鄂伦春", "赫哲", "门巴", "珞巴", "基诺",
)
# fmt: on


CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""What a unified social credit code is made of: digits and capitals without I, O, S, V and Z."""

VIN_LETTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
"""What a vehicle identification number is made of: digits and capitals without I, O and Q."""


def id_check_character(body: str) -> str:
    """The 18th character (0-9 or X) that belongs to the first 17 digits of an ID number (GB 11643)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


def is_id_number(text: str) -> bool:
    """Whether this has the form of an ID number: 17 digits and a digit or X. Says nothing about its check digit."""
    return re.fullmatch(r"[0-9]{17}[0-9X]", text) is not None


def birth_date(number: str) -> str:
    """The date of birth that an ID number repeats, as YYYY-MM-DD, or nothing when there is no such day."""
    return iso_date(number[6:10], number[10:12], number[12:14])


def id_number_ok(text: str) -> bool:
    """Whether the form, the birth date and the check digit are all right."""
    return is_id_number(text) and birth_date(text) != "" and (id_check_character(text[:17]) == text[17])


def iso_date(year: str, month: str, day: str, *, first: int = 1900) -> str:
    """YYYY-MM-DD, or nothing when there is no such day between the year `first` and 2199."""
    try:
        date = datetime.date(int(year), int(month), int(day))
    except ValueError:
        return ""
    return date.isoformat() if first <= date.year < 2200 else ""


def luhn_digit(body: str) -> str:
    """The last digit that belongs to the digits before it in a card number (ISO/IEC 7812, Luhn)."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def luhn_ok(number: str) -> bool:
    """Whether a card number's last digit is right."""
    return re.fullmatch("[0-9]{12,19}", number) is not None and luhn_digit(number[:-1]) == number[-1]


def credit_code_character(body: str) -> str:
    """The 18th character that belongs to the first 17 of a unified social credit code (GB 32100)."""
    total = sum(CREDIT_LETTERS.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return CREDIT_LETTERS[-total % 31]


def credit_code_ok(code: str) -> bool:
    """Whether a unified social credit code's last character is right."""
    if len(code) != 18 or any(character not in CREDIT_LETTERS for character in code):
        return False
    return credit_code_character(code[:17]) == code[17]


def vin_character(vin: str) -> str:
    """The ninth character that belongs to the 16 others of a vehicle identification number (GB 16735, ISO 3779)."""
    total = sum(_VIN_VALUES[character] * weight for character, weight in zip(vin, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def vin_ok(vin: str) -> bool:
    """Whether a vehicle identification number's ninth character is right."""
    return re.fullmatch("[A-HJ-NPR-Z0-9]{17}", vin) is not None and vin_character(vin) == vin[8]


_VIN_VALUES = dict(
    zip(VIN_LETTERS, [*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
