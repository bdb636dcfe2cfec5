"""Invented numbers of the same form: right check digits, in ranges that nobody owns.

* ID numbers and credit codes name division 992407: GB/T 2260 has no division whose code begins with 99.
* Card numbers begin with 9990: ISO/IEC 7812 gives numbers with a leading 9 to national bodies under 9 and the country's
  three digits, and ISO 3166 has no country 990 to 999.
* Vehicle numbers begin with ZT, which ISO 3780 assigns to no maker's country.
* Number plates begin with 宁Z: Ningxia has plates A to E.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields import checksums
from cloudbase_ocr.record.dates import calendar_day
from cloudbase_ocr.record.dice import DIGITS, Dice, fresh

if TYPE_CHECKING:
    from collections.abc import Callable

_DIVISION = "992407"

ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
OLD_ID_NUMBER = re.compile(r"[0-9]{15}")
CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
VEHICLE_NUMBER = re.compile(r"[0-9A-HJ-NPR-Z]{17}")

_PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_LOWER = "abcdefghijkmnpqrstuvwyz"
_MASKED = re.compile(r"[xX]{3,}|(?<=[*xX])[xX]|[xX](?=[*])")


def is_card_number(digits: str) -> bool:
    """Tell whether this can be a bank card number: 13 to 19 digits, right by Luhn."""
    return 13 <= len(digits) <= 19 and checksums.luhn_digit(digits[:-1]) == digits[-1]


def is_registration_number(digits: str) -> bool:
    """Tell whether this is the 15-digit number of a business licence before 2015, right by MOD 11,10."""
    return len(digits) == 15 and digits[14] == registration_check(digits[:14])


def registration_check(body: str) -> str:
    """Return the 15th digit for the first 14 (GS 15, ISO 7064 MOD 11,10)."""
    product = 10
    for digit in body:
        product = (product + int(digit)) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)


def id_number(key: bytes, original: str, birth: Callable[[datetime.date], datetime.date]) -> str:
    """Invent an ID number of 18 or 15 characters; it keeps the sex and takes its birth date from `birth`."""
    number = original.upper()
    short = len(number) == 15
    born = calendar_day("19" + number[6:12] if short else number[6:14])
    sequence = number[12:15] if short else number[14:17]

    def make(dice: Dice) -> str:
        day = (
            birth(born)
            if born
            else datetime.date(1960 + dice.below(40), 1 + dice.below(12), 1 + dice.below(28))
        )
        middle = f"{dice.below(100):02d}{2 * dice.below(5) + int(sequence[2]) % 2}"
        if middle == sequence:
            middle = f"{(int(middle[:2]) + 1) % 100:02d}{middle[2]}"
        if short:
            return f"{_DIVISION}{day:%y%m%d}{middle}"
        body = f"{_DIVISION}{day:%Y%m%d}{middle}"
        return body + checksums.id_check_character(body)

    return fresh(key, "id", number, make, prefix=6)


def card_number(key: bytes, original: str) -> str:
    """Invent the number of a bank card; blanks between groups stay where they are."""
    digits = re.sub(r"[^0-9]", "", original)

    def make(dice: Dice) -> str:
        body = "9990" + dice.digits(len(digits) - 5)
        return body + checksums.luhn_digit(body)

    row = iter(fresh(key, "card", digits, make, prefix=4))
    return "".join(next(row) if character in DIGITS else character for character in original)


def credit_code(key: bytes, original: str) -> str:
    """Invent a unified social credit code; its first two characters (kind of organisation) stay."""

    def make(dice: Dice) -> str:
        tail = "".join(dice.choice(checksums.CREDIT_LETTERS) for _ in range(9))
        body = original[:2] + _DIVISION + tail
        return body + checksums.credit_code_character(body)

    return fresh(key, "credit", original, make, prefix=8)


def registration_number(key: bytes, original: str) -> str:
    """Invent the 15-digit registration number of a business licence."""

    def make(dice: Dice) -> str:
        body = _DIVISION + dice.digits(8)
        return body + registration_check(body)

    return fresh(key, "registration", original, make, prefix=6)


def vehicle_number(key: bytes, original: str) -> str:
    """Invent a vehicle identification number: maker ZT, right check digit."""

    def make(dice: Dice) -> str:
        form = [_alike(dice, character, checksums.VIN_LETTERS[10:]) for character in original.upper()]
        vin = "ZT" + "".join(form[2:])
        return vin[:8] + checksums.vin_character(vin) + vin[9:]

    return fresh(key, "vin", original, make, prefix=2)


def plate(key: bytes, original: str) -> str:
    """Invent a number plate: 宁Z, then letters for letters and digits for digits; 学, 警, 挂, 港 and 澳 stay."""
    bare = original.replace("·", "").replace(" ", "")
    dice = Dice(key, "plate", bare)
    head = "宁Z"[: len(bare[:2])] if bare[1:2].isupper() else "宁"
    tail = [
        _alike(dice, character, _PLATE_LETTERS) if character not in "xX*" else character
        for character in bare[len(head) :]
    ]
    row = iter([*head, *tail])
    return "".join(character if character in "· " else next(row) for character in original)


def phone(key: bytes, original: str) -> str:
    """Invent a mobile number of 11 digits: it begins with 100, and mobile numbers begin with 13 to 19."""
    return fresh(key, "phone", original, lambda dice: "100" + dice.digits(8))


def code(key: bytes, original: str) -> str:
    """Invent a text of the same form: digits for digits, letters for letters; xxx and * stay, as they hide already."""
    hidden = {at for match in _MASKED.finditer(original) for at in range(*match.span())}

    def make(dice: Dice) -> str:
        return "".join(
            character if at in hidden else _alike(dice, character, _UPPER)
            for at, character in enumerate(original)
        )

    return fresh(key, "code", original, make)


def _alike(dice: Dice, character: str, letters: str) -> str:
    """Return another character of the same class; what is neither digit nor Latin letter stays."""
    if character in DIGITS:
        # A zero may begin a number only where one did: the text can be part of JSON.
        pool = DIGITS[1:]
    elif "A" <= character <= "Z":
        pool = letters
    elif "a" <= character <= "z":
        pool = _LOWER
    else:
        return character
    return dice.choice([other for other in pool if other != character])
