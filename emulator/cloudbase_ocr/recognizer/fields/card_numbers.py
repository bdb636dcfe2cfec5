"""What is known of bank card numbers in general: how long they are, by their first digits.

Sources: ISO/IEC 7812-1 (major industry identifiers; at most 19 digits, Luhn), the issuers' public ranges.
"""

from __future__ import annotations

import re

LENGTHS = (15, 16, 17, 18, 19)
"""Lengths that are looked for at all."""

_LONG = (16, 17, 18, 19)
_ISSUERS = (
    (re.compile("3[47]"), (15,)),  # American Express
    (re.compile("4"), (16, 19)),  # Visa
    (re.compile("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),  # Mastercard
    (re.compile("35"), (16, 19)),  # JCB
    (
        re.compile("3[0689]|5[06-9]|[69]|81"),
        _LONG,
    ),  # UnionPay, Maestro, Discover, Diners; 9: national numbers
)
_USUAL = (15, 16, 19)


def is_possible(number: str) -> bool:
    """Tell whether a card can have a number of this length: 15 digits only those of one issuer."""
    return len(number) in _LONG or (len(number) in LENGTHS and is_issued(number))


def is_issued(number: str) -> bool:
    """Tell whether the first digits are those of an issuer whose numbers have this length."""
    return any(start.match(number) and len(number) in lengths for start, lengths in _ISSUERS)


def usualness(number: str) -> float:
    """Give 1 for numbers as most cards have them, less for unusual lengths and issuers, 0 for impossible ones."""
    if not is_possible(number):
        return 0.0
    return 1.0 if is_issued(number) and len(number) in _USUAL else 0.5
