"""What values look like that several documents share: dates, number plates, names, addresses."""

from __future__ import annotations

import re

from cloudbase_ocr.recognizer.fields.checksums import iso_date
from cloudbase_ocr.recognizer.fields.spec import FieldSpec

DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # without I and O, which plates and vehicle numbers do not use
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
LONG_TERM = "长期"  # what stands in place of the end of a term that has none
# The last character of plates for driving schools, police, Hong Kong, Macao, trailers, consulates, trials.
PLATE_ENDS = "学警港澳挂领试超"

_PLATE = re.compile(
    f"[{PROVINCES}][{LETTERS}](?:[{LETTERS}{DIGITS}]{{4}}[{LETTERS}{DIGITS}{PLATE_ENDS}]|[{LETTERS}{DIGITS}]{{6}})"
)


def plate(text: str) -> str:
    """A number plate, or nothing. I and O do not occur behind the second character: they are 1 and 0."""
    text = re.sub(r"[\s·•.\-—_:：,]", "", text).upper()
    text = text[:2] + text[2:].replace("O", "0").replace("I", "1")
    return text if _PLATE.fullmatch(text) else ""


def date(text: str) -> str:
    """A date as YYYY-MM-DD, or nothing; separators may be misread or missing, digits may not."""
    match = re.fullmatch(r"([0-9]{4})[^0-9]{0,2}([0-9]{2})[^0-9]{0,2}([0-9]{2})日?", text)
    return iso_date(*match.groups()) if match else ""


def chinese(text: str) -> str:
    """Chinese characters and the point inside foreign names."""
    return re.sub(r"[^\u3400-\u9fff·]", "", text)


def free(text: str) -> str:
    """Free text: as read, without marks that only stand at its edges by mistake."""
    return paired(text.strip(" :：.·_-—,，、'\"`|"))


def paired(text: str) -> str:
    """The text with each closing bracket as wide as its opening one: at a line's end its width cannot be seen."""
    opened, characters = [], []
    for character in text:
        if character in "(（":
            opened.append(character)
        elif character in ")）" and opened:
            character = ")" if opened.pop() == "(" else "）"
        characters.append(character)
    return "".join(characters)


def mass(text: str) -> str:
    """A mass in kilograms, as 1995kg."""
    match = re.fullmatch(r"([1-9][0-9]{1,5})(?:[kK][gGqQ9]?)?[.。]?", free(text))
    return f"{match[1]}kg" if match else ""


PLATE = FieldSpec(plate, PROVINCES + LETTERS + DIGITS + PLATE_ENDS)
DATE = FieldSpec(date, DIGITS + "-", counting=DIGITS)
MASS = FieldSpec(mass, DIGITS + "kg", counting=DIGITS)
TEXT = FieldSpec(free, open=True)
