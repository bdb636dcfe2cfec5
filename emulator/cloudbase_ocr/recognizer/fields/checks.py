"""What values prove or contradict about themselves, after the fact: dates, terms, number plates, ID numbers.

A reading is never changed here. A check that fails says that the document is odd or was misread, not which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields import checksums, formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Texts = Mapping[str, str]
    Found = Iterator[tuple[str, "Check"]]

# GB/T 2260: the first two digits of a division, one pair for each province.
PROVINCE_CODES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
    for code in (*codes, 71, 81, 82, 83)
)
_DATE = re.compile(r"([0-9]{4})[年.-]?([0-9]{1,2})[月.-]?([0-9]{1,2})日?")


@dataclass(frozen=True)
class Check:
    """One check: its stable `name`, whether it holds, and a sentence for people."""

    name: str
    ok: bool
    text: str


def check(name: str, ok: bool, right: str, wrong: str) -> Check:
    """A check with the sentence that fits its outcome."""
    return Check(name, ok, right if ok else wrong)


def id_number(name: str, number: str) -> Found:
    """Form, check character, date and division of an ID number."""
    if not number:
        return
    formed = checksums.is_id_number(number)
    yield (
        name,
        check("length", formed, "17 digits and a check character", "not 17 digits and a check character"),
    )
    if not formed:
        return
    ok = checksums.id_check_character(number[:17]) == number[17]
    yield name, check("checksum", ok, "the check character is right", "the check character is wrong")
    born = checksums.birth_date(number)
    yield name, check("date", born != "", f"born on {born}", "holds no date that exists")
    right, wrong = (
        "begins with a province's code",
        "begins with no province's code; invented numbers do this on purpose",
    )
    yield name, check("division", number[:2] in PROVINCE_CODES, right, wrong)


def twins(texts: Texts, birth: str, sex: str, number: str) -> Found:
    """An ID number repeats the birth date, and tells the sex by its 17th digit."""
    if not checksums.is_id_number(number):
        return
    if birth in texts:
        same = iso(texts[birth]).replace("-", "") == number[6:14]
        yield birth, check("birth", same, "as the ID number says", "another than the ID number says")
    if sex in texts:
        same = texts[sex] == "女男"[int(number[16]) % 2]
        yield sex, check("gender", same, "as the ID number says", "another than the ID number says")


def plate(name: str, text: str) -> Found:
    """The form of a number plate."""
    if text:
        formed = formats.plate(text) == text
        yield name, check("plate", formed, "the form of a plate's number", "not the form of a plate's number")


def dates(texts: Texts, *names: str) -> Found:
    """Each of these dates exists."""
    for name in names:
        if name in texts:
            yield name, check("date", iso(texts[name]) != "", "a date that exists", "no date that exists")


def order(texts: Texts, first: str, second: str) -> Found:
    """The second date is not before the first."""
    before, after = iso(texts.get(first, "")), iso(texts.get(second, ""))
    if before and after:
        yield second, check("order", before <= after, f"not before {before}", f"before {before}")


def period(name: str, start: str, end: str) -> Found:
    """A term: both dates exist (the end may be 长期), and the end is later."""
    before, after = iso(start), iso(end)
    exist = before != "" and (after != "" or end == formats.LONG_TERM)
    yield name, check("date", exist, "dates that exist", "not two dates that exist, nor a date and 长期")
    if before and after:
        yield name, check("order", before < after, "ends after it begins", "ends before it begins")


def iso(text: str) -> str:
    """A date in any of the forms that replies have as YYYY-MM-DD, or nothing."""
    match = _DATE.fullmatch(text)
    return checksums.iso_date(*match.groups()) if match else ""
