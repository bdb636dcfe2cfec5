"""What values look like that several documents share: dates, number plates, names, addresses."""

from __future__ import annotations

import re

from cloudbase_ocr.recognizer.fields.checksums import iso_date
from cloudbase_ocr.recognizer.fields.plate_grammar import DIGITS as DIGITS
from cloudbase_ocr.recognizer.fields.plate_grammar import FORMS
from cloudbase_ocr.recognizer.fields.plate_grammar import LETTERS as LETTERS
from cloudbase_ocr.recognizer.fields.plate_grammar import plate as plate
from cloudbase_ocr.recognizer.fields.spec import FieldSpec

LONG_TERM = "长期"  # what stands in place of the end of a term that has none


def date(text: str) -> str:
    """A date as YYYY-MM-DD, or nothing; separators may be misread or missing, digits may not."""
    match = re.fullmatch(r"([0-9]{4})[^0-9]{0,2}([0-9]{2})[^0-9]{0,2}([0-9]{2})日?", text)
    return iso_date(*match.groups()) if match else ""


def chinese(text: str) -> str:
    """Chinese characters and the point inside foreign names."""
    return re.sub(r"[^\u3400-\u9fff·]", "", text)


def name(text: str) -> str:
    """A person's name, without what is left of the label before it: no name begins with 名."""
    return re.sub("^姓?名(?=..)", "", chinese(text))


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


PLATE = FieldSpec(plate, "".join(sorted({each for form in FORMS for place in form for each in place})) + "O")
DATE = FieldSpec(date, DIGITS + "-", counting=DIGITS)
MASS = FieldSpec(mass, DIGITS + "kg", counting=DIGITS)
TEXT = FieldSpec(free, open=True)
