"""The grammar of number plates (GA 36): which characters may follow, which numbers are whole, the likeliest one.

The letter O stands in second place only, where nothing but its place tells it from a zero. Readings of pictures
have a zero there; `spelt` makes it an O.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.ocr.plates import PROVINCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.ocr.ctc import Hypothesis, Probabilities

DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # without I and O, which plates and vehicle numbers do not use
# The last character of plates for driving schools, police, Hong Kong, Macao, trailers, consulates, trials.
PLATE_ENDS = "学警港澳挂领试超"
# Marks that are no part of a number.
_SEPARATORS = re.compile(r"[\s·•.\-—_:：,]")
# The rest of an electric vehicle's number begins or ends with one of these.
_ELECTRIC = "ABCDEFGHJK"
# The last character on plates of the armed police: a digit, or the letter of a service.
_SERVICES = DIGITS + "BDHJSTXZ"
_ANY = LETTERS + DIGITS
# Each form is the characters that may stand in each place.
FORMS: tuple[tuple[str, ...], ...] = (
    (PROVINCES, LETTERS + "0", *[_ANY] * 4, _ANY + PLATE_ENDS),
    (PROVINCES, LETTERS + "0", _ELECTRIC, _ANY, *[DIGITS] * 4),
    (PROVINCES, LETTERS + "0", *[DIGITS] * 5, _ELECTRIC),
    # Embassies: 使 comes first on the black plates, last on those since 2017.
    ("使", *[DIGITS] * 6),
    (*[DIGITS] * 6, "使"),
    # Armed police, with their place; airports.
    ("W", "J", PROVINCES, *[DIGITS] * 4, _SERVICES),
    ("民", "航", *[_ANY] * 5),
)


@lru_cache(maxsize=4096)
def following(text: str) -> frozenset[str]:
    """The characters that may follow the beginning of a number."""
    forms = [form for form in FORMS if len(text) < len(form) and _fits(text, form)]
    return frozenset(character for form in forms for character in form[len(text)])


def is_whole(text: str) -> bool:
    """Whether a reading is a number of one of the forms."""
    return any(len(text) == len(form) and _fits(text, form) for form in FORMS)


def spelt(text: str) -> str:
    """A reading with the letter O where it is one."""
    return text[0] + "O" + text[2:] if text[0] in PROVINCES and text[1] == "0" else text


def plate(text: str) -> str:
    """A plate's number without the marks in it, or nothing. I and O behind the second character are 1 and 0."""
    plain = _SEPARATORS.sub("", text).upper()
    shown = plain[:2].replace("O", "0") + plain[2:].replace("O", "0").replace("I", "1")
    zero = plain[:1] in PROVINCES and plain[1:2] == "0"
    return spelt(shown) if is_whole(shown) and not zero else ""


def _fits(text: str, form: Sequence[str]) -> bool:
    return all(character in allowed for character, allowed in zip(text, form, strict=False))


def numbers(
    probabilities: Probabilities, names: Sequence[str], width: int = 12, negligible: float = 1e-4
) -> list[Hypothesis]:
    """CTC prefix search for whole numbers only: the likeliest with their probabilities; `names[0]` is the blank.

    `width` beginnings are followed at a time, and no character with a probability up to `negligible`.
    """
    place = {name: index for index, name in enumerate(names)}
    ways: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for step in probabilities.astype(np.float64):
        likely = {names[int(index)] for index in np.flatnonzero(step > negligible) if index}
        ahead: dict[str, tuple[float, float]] = {}
        for text, (blank, last) in ways.items():
            before = ahead.get(text, (0.0, 0.0))
            repeated = last * float(step[place[text[-1]]]) if text else 0.0
            ahead[text] = (before[0] + (blank + last) * float(step[0]), before[1] + repeated)
            for name in likely & following(text):
                reach = blank if text.endswith(name) else blank + last
                longer = ahead.get(text + name, (0.0, 0.0))
                ahead[text + name] = (longer[0], longer[1] + reach * float(step[place[name]]))
        ways = dict(sorted(ahead.items(), key=lambda way: -sum(way[1]))[:width])
    whole = [(text, sum(way)) for text, way in ways.items() if is_whole(text)]
    return sorted(whole, key=lambda way: -way[1])
