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

DIVISION = "992407"
PLACE = "云栖省海棠市青禾区"
NAME = "林知夏"
OWNER = "许怀舟"
PLATE = "宁Z3K7Q8"
BIRTH = "1994-08-16"


def id_number(birth: str, sequence: str, division: str = DIVISION) -> str:
    """An ID number of the invented division; `birth` is YYYY-MM-DD, `sequence` three digits, odd for men."""
    body = division + birth.replace("-", "") + sequence
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def card_number(body: str = "999047082365194730") -> str:
    """A bank card number: `body` and its Luhn digit."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def credit_code(body: str = "91" + DIVISION + "MA7K2P4X9") -> str:
    """A unified social credit code: `body` of 17 characters and its check character."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(letters.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + letters[-total % 31]


def vehicle_number(template: str = "ZT7BK34E*N0206815") -> str:
    """A vehicle identification number: `template` with its ninth character replaced by the check digit."""
    values = dict(
        zip(
            "0123456789ABCDEFGHJKLMNPRSTUVWXYZ",
            [*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)],
            strict=True,
        )
    )
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(
        values.get(character, 0) * weight for character, weight in zip(template, weights, strict=True)
    )
    return template.replace("*", "X" if total % 11 == 10 else str(total % 11))
