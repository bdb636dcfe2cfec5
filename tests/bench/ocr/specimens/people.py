"""The invented people and numbers on the specimens, and why they can belong to nobody.

* ID numbers begin with 992407: GB/T 2260 has no division whose code begins with 99. The birth date is
  plausible and the check digit (GB 11643) is right, so the number is valid in form only.
* The card number begins with 9990: ISO/IEC 7812 gives numbers with a leading 9 to national bodies under 9
  and the country's three digits, and ISO 3166 has no country 990 to 999. Its last digit is right by Luhn.
* The credit code (GB 32100) names division 992407 too; its check character is right.
* Number plates begin with 宁Z: Ningxia has plates A to E.
* The vehicle number begins with ZT, which ISO 3780 assigns to no maker's country; its check digit is right.
* Province 云栖省, city 海棠市 and district 青禾区 do not exist, and the dates lie in the future or are arbitrary."""

from __future__ import annotations

from tests.bench.ocr import check_digits

DIVISION = "992407"
PLACE = "云栖省海棠市青禾区"
NAME = "林知夏"
OWNER = "许怀舟"
PLATE = "宁Z3K7Q8"
BIRTH = "1994-08-16"


def id_number(birth: str, sequence: str, division: str = DIVISION) -> str:
    """An ID number of the invented division; `birth` is YYYY-MM-DD, `sequence` three digits, odd for men."""
    body = division + birth.replace("-", "") + sequence
    return body + check_digits.id_character(body)


def card_number(body: str = "999047082365194730") -> str:
    """A bank card number: `body` and its Luhn digit."""
    return body + check_digits.luhn_digit(body)


def credit_code(body: str = "91" + DIVISION + "MA7K2P4X9") -> str:
    """A unified social credit code: `body` of 17 characters and its check character."""
    return body + check_digits.credit_character(body)


def vehicle_number(template: str = "ZT7BK34E*N0206815") -> str:
    """A vehicle identification number: `template` with its ninth character, a star, replaced by the check digit."""
    return template.replace("*", check_digits.vin_character(template))
