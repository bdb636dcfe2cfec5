"""Check digits of invented numbers.

Written apart from those of the recognizer, so that a mistake there does not agree with itself.
"""

from __future__ import annotations

CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VIN_LETTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VIN_VALUES = dict(
    zip(VIN_LETTERS, [*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def id_character(body: str) -> str:
    """The 18th character of an ID number, for its first 17 digits (GB 11643)."""
    return "10X98765432"[sum(int(one) * pow(2, 17 - at, 11) for at, one in enumerate(body)) % 11]


def luhn_digit(body: str) -> str:
    """The last digit of a bank card number, for those before it (ISO/IEC 7812)."""
    total = 0
    for at, one in enumerate(reversed(body)):
        doubled = int(one) * (1 if at % 2 else 2)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def credit_character(body: str) -> str:
    """The 18th character of a unified social credit code, for its first 17 (GB 32100)."""
    total = sum(CREDIT_LETTERS.index(one) * pow(3, at, 31) for at, one in enumerate(body))
    return CREDIT_LETTERS[-total % 31]


def vin_character(template: str) -> str:
    """The ninth character of a vehicle identification number (GB 16735); that of `template` does not count."""
    total = sum(_VIN_VALUES.get(one, 0) * weight for one, weight in zip(template, _VIN_WEIGHTS, strict=True))
    return "X" if total % 11 == 10 else str(total % 11)
