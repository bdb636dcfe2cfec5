"""What a reply proves or contradicts about itself, after the fact: check digits, dates, vocabularies, twins.

A reading is never changed here. A check that fails says that the document is odd or was misread, not which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.documents import driver_licence
from cloudbase_ocr.recognizer.documents.lexicon import vehicles
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.fields import checksums, formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Texts = Mapping[str, str]
    Found = Iterator[tuple[str, "Check"]]

# GB/T 2260: the first two digits of a division, one pair for each province.
PROVINCE_CODES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
    for code in (*codes, 71, 81, 82, 83)
)
_CARD_LENGTHS = range(15, 20)
_DATE = re.compile(r"([0-9]{4})[年.-]?([0-9]{1,2})[月.-]?([0-9]{1,2})日?")


@dataclass(frozen=True)
class Check:
    """One check: its stable `name`, whether it holds, and a sentence for people."""

    name: str
    ok: bool
    text: str


def checks_of(key: str, fields: Mapping[str, Any]) -> dict[str, list[Check]]:
    """Return the checks of the business fields that the method `key` answers, by the field that they are about.

    Empty fields have none.
    """
    texts = {name: value for name, value in fields.items() if isinstance(value, str) and value}
    found: dict[str, list[Check]] = {}
    document = CHECKS.get(READERS.get(key, ""))
    if document is not None:
        for name, check in document(texts):
            if name in texts:
                found.setdefault(name, []).append(check)
    return found


def _id_card(texts: Texts) -> Found:
    number = texts.get("id", "")
    yield from _id_number("id", number)
    if "nationality" in texts:
        known = texts["nationality"] in checksums.ETHNIC_GROUPS
        yield "nationality", _check("ethnic_group", known, "one of the 56 ethnic groups", "no ethnic group")
    yield from _twins(texts, "birth", "gender", number)
    yield from _dates(texts, "birth")
    if "valid_date" in texts:
        yield from _period("valid_date", *texts["valid_date"].partition("-")[::2])


def _bank_card(texts: Texts) -> Found:
    number = texts.get("number", "")
    fits = number.isdigit() and len(number) in _CARD_LENGTHS
    yield "number", _check("length", fits, f"{len(number)} digits", "not 15 to 19 digits")
    ok = checksums.luhn_ok(number)
    yield (
        "number",
        _check("checksum", ok, "the Luhn digit is right", "the Luhn digit is wrong, or the card has none"),
    )


def _vehicle_licence(texts: Texts) -> Found:
    for name in ("plate_num", "plate_num_b"):
        yield from _plate(name, texts.get(name, ""))
    if "plate_num_b" in texts and "plate_num" in texts:
        same = texts["plate_num"] == texts["plate_num_b"]
        yield (
            "plate_num_b",
            _check("same_plate", same, "as on the first page", "another than on the first page"),
        )
    if "vehicle_type" in texts:
        known = texts["vehicle_type"] in vehicles.TYPES
        yield "vehicle_type", _check("vehicle_type", known, "a type of GA 802", "no type of GA 802")
    if "use_character" in texts:
        known = texts["use_character"] in vehicles.USES
        yield "use_character", _check("use_character", known, "a use of GA 801", "no use of GA 801")
    if "vin" in texts:
        ok = checksums.vin_ok(texts["vin"])
        right, wrong = "the check character is right", "the check character is wrong, or the maker uses none"
        yield "vin", _check("checksum", ok, right, wrong)
    yield from _dates(texts, "register_date", "issue_date")
    yield from _order(texts, "register_date", "issue_date")
    light, heavy = (_kilograms(texts.get(name, "")) for name in ("prepare_quality", "total_quality"))
    if light and heavy:
        right, wrong = "no more than the gross mass", "more than the gross mass"
        yield "prepare_quality", _check("mass", light <= heavy, right, wrong)


def _driver_licence(texts: Texts) -> Found:
    number = texts.get("id_num", "")
    yield from _id_number("id_num", number)
    yield from _twins(texts, "birth_date", "sex", number)
    yield from _dates(texts, "birth_date", "issue_date", "valid_from")
    yield from _order(texts, "birth_date", "issue_date")
    if "car_class" in texts:
        known = driver_licence.car_class(texts["car_class"]) != ""
        yield "car_class", _check("vehicle_class", known, "classes of GA 801", "no classes of GA 801")
    if "valid_to" in texts:
        yield from _period("valid_to", texts.get("valid_from", ""), texts["valid_to"])


def _business_licence(texts: Texts) -> Found:
    code = texts.get("reg_num", "")
    if len(code) == 18:
        ok = checksums.credit_code_ok(code)
        yield (
            "reg_num",
            _check("checksum", ok, "the check character is right", "the check character is wrong"),
        )
    elif code:
        known = re.fullmatch("[0-9]{13}|[0-9]{15}", code) is not None
        yield (
            "reg_num",
            _check("length", known, "an older registration number", "neither 13, 15 nor 18 characters"),
        )
    yield from _dates(texts, "registered_date")
    start, _, end = texts.get("valid_period", "").removeprefix("自").partition("至")
    if end and _iso(start):
        yield from _period("valid_period", start, end)


def _number_plate(texts: Texts) -> Found:
    yield from _plate("number", texts.get("number", ""))


def _id_number(name: str, number: str) -> Found:
    if not number:
        return
    formed = checksums.is_id_number(number)
    yield (
        name,
        _check("length", formed, "17 digits and a check character", "not 17 digits and a check character"),
    )
    if not formed:
        return
    ok = checksums.id_check_character(number[:17]) == number[17]
    yield name, _check("checksum", ok, "the check character is right", "the check character is wrong")
    born = checksums.iso_date(number[6:10], number[10:12], number[12:14])
    yield name, _check("date", born != "", f"born on {born}", "holds no date that exists")
    right, wrong = (
        "begins with a province's code",
        "begins with no province's code; invented numbers do this on purpose",
    )
    yield name, _check("division", number[:2] in PROVINCE_CODES, right, wrong)


def _twins(texts: Texts, birth: str, sex: str, number: str) -> Found:
    """An ID number repeats the birth date, and tells the sex by its 17th digit."""
    if not checksums.is_id_number(number):
        return
    if birth in texts:
        same = _iso(texts[birth]).replace("-", "") == number[6:14]
        yield birth, _check("birth", same, "as the ID number says", "another than the ID number says")
    if sex in texts:
        same = texts[sex] == "女男"[int(number[16]) % 2]
        yield sex, _check("gender", same, "as the ID number says", "another than the ID number says")


def _plate(name: str, plate: str) -> Found:
    if plate:
        formed = formats.plate(plate) == plate
        yield (
            name,
            _check("plate", formed, "the form of a plate's number", "not the form of a plate's number"),
        )


def _dates(texts: Texts, *names: str) -> Found:
    for name in names:
        if name in texts:
            yield name, _check("date", _iso(texts[name]) != "", "a date that exists", "no date that exists")


def _order(texts: Texts, first: str, second: str) -> Found:
    before, after = _iso(texts.get(first, "")), _iso(texts.get(second, ""))
    if before and after:
        yield second, _check("order", before <= after, f"not before {before}", f"before {before}")


def _period(name: str, start: str, end: str) -> Found:
    """A term: both dates exist (the end may be 长期), and the end is later."""
    before, after = _iso(start), _iso(end)
    exist = before != "" and (after != "" or end == driver_licence.LONG_TERM)
    yield name, _check("date", exist, "dates that exist", "not two dates that exist, nor a date and 长期")
    if before and after:
        yield name, _check("order", before < after, "ends after it begins", "ends before it begins")


def _iso(text: str) -> str:
    match = _DATE.fullmatch(text)
    return checksums.iso_date(*match.groups()) if match else ""


def _kilograms(text: str) -> int:
    digits = text.removesuffix("kg")
    return int(digits) if digits.isdigit() else 0


def _check(name: str, ok: bool, right: str, wrong: str) -> Check:
    return Check(name, ok, right if ok else wrong)


# None for a document that proves nothing about itself.
CHECKS: dict[str, Callable[[Texts], Found] | None] = {
    "idcard": _id_card,
    "bankcard": _bank_card,
    "vehicle_licence": _vehicle_licence,
    "driver_licence": _driver_licence,
    "business_licence": _business_licence,
    "printed_text": None,
    "number_plate": _number_plate,
    "menu": None,
}
