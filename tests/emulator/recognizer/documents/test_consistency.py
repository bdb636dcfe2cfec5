"""What a reply proves or contradicts about itself: each check holds on a right value, and fails on a wrong one."""

from __future__ import annotations

from typing import Any

import pytest

from cloudbase_ocr.recognizer.documents.consistency import checks_of
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.fields.checks import Check
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests.bench.ocr.specimens.truths import truth_of

# Invented ID numbers begin with a code that no division has, and this is how it shows.
ON_PURPOSE = {("id", "division"), ("id_num", "division")}


def results(key: str, fields: dict[str, Any]) -> dict[tuple[str, str], bool]:
    return {
        (field, check.name): check.ok for field, checks in checks_of(key, fields).items() for check in checks
    }


CASES = [
    ("idcard", "idcard-front", {"id": "992407199408164623"}, ("id", "checksum")),
    ("idcard", "idcard-front", {"id": "99240719940816462"}, ("id", "length")),
    ("idcard", "idcard-front", {"id": "992407199413164626"}, ("id", "date")),
    ("idcard", "idcard-front", {"birth": "1994-08-17"}, ("birth", "birth")),
    ("idcard", "idcard-front", {"birth": "1994-02-30"}, ("birth", "date")),
    ("idcard", "idcard-front", {"gender": "男"}, ("gender", "gender")),
    ("idcard", "idcard-front", {"nationality": "汗"}, ("nationality", "ethnic_group")),
    ("idcard", "idcard-back", {"valid_date": "20190520-20180520"}, ("valid_date", "order")),
    ("idcard", "idcard-back", {"valid_date": "20190520-20391320"}, ("valid_date", "date")),
    ("bankcard", "bankcard", {"number": "9990470823651947301"}, ("number", "checksum")),
    ("bankcard", "bankcard", {"number": "99904708236519"}, ("number", "length")),
    ("driving", "driving-both", {"vin": "ZT7BK34E3N0206815"}, ("vin", "checksum")),
    ("driving", "driving-both", {"plate_num": "宁Z3K7"}, ("plate_num", "plate")),
    ("driving", "driving-both", {"plate_num_b": "宁Z3K7Q9"}, ("plate_num_b", "same_plate")),
    ("driving", "driving-both", {"vehicle_type": "小型普通客年"}, ("vehicle_type", "vehicle_type")),
    ("driving", "driving-both", {"use_character": "非营"}, ("use_character", "use_character")),
    ("driving", "driving-both", {"issue_date": "2021-03-08"}, ("issue_date", "order")),
    ("driving", "driving-both", {"register_date": "2021-02-29"}, ("register_date", "date")),
    ("driving", "driving-both", {"prepare_quality": "1966kg"}, ("prepare_quality", "mass")),
    ("drivinglicense", "drivinglicense", {"id_num": "992407199408164623"}, ("id_num", "checksum")),
    ("drivinglicense", "drivinglicense", {"sex": "男"}, ("sex", "gender")),
    ("drivinglicense", "drivinglicense", {"birth_date": "1994-08-15"}, ("birth_date", "birth")),
    ("drivinglicense", "drivinglicense", {"issue_date": "1993-11-28"}, ("issue_date", "order")),
    ("drivinglicense", "drivinglicense", {"car_class": "C9"}, ("car_class", "vehicle_class")),
    ("drivinglicense", "drivinglicense", {"valid_to": "2020-11-28"}, ("valid_to", "order")),
    ("drivinglicense", "drivinglicense", {"valid_to": "2032-11-31"}, ("valid_to", "date")),
    ("bizlicense", "bizlicense", {"reg_num": "91992407MA7K2P4X9E"}, ("reg_num", "checksum")),
    ("bizlicense", "bizlicense", {"reg_num": "9199240"}, ("reg_num", "length")),
    ("bizlicense", "bizlicense", {"registered_date": "2023年04月31日"}, ("registered_date", "date")),
    (
        "bizlicense",
        "bizlicense",
        {"valid_period": "2023年04月17日至2022年04月16日"},
        ("valid_period", "order"),
    ),
    ("platenum", "platenum", {"number": "A12345"}, ("number", "plate")),
]


@pytest.mark.parametrize(("key", "name", "change", "check"), CASES, ids=lambda value: str(value))
def test_a_wrong_value_fails_its_check(
    key: str, name: str, change: dict[str, str], check: tuple[str, str]
) -> None:
    before, after = results(key, truth_of(name)), results(key, truth_of(name) | change)
    assert before.get(check, True) is True
    assert after[check] is False


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda each: each.name)
def test_specimens_hold_except_where_they_are_invented_on_purpose(specimen: Any) -> None:
    failed = {check for check, ok in results(specimen.key, truth_of(specimen.name)).items() if not ok}
    assert failed <= ON_PURPOSE


def test_a_real_division_passes() -> None:
    # Nobody is born in month 99, so this is nobody's number.
    assert results("idcard", {"id": "110000199999990000"})[("id", "division")] is True
    assert results("idcard", {"id": "992407199408164622"})[("id", "division")] is False


@pytest.mark.parametrize("term", ["2023年04月17日至长期", "自2023年4月17日至2043年4月16日"])
def test_terms_are_checked_as_printed(term: str) -> None:
    found = results("bizlicense", {"valid_period": term})
    assert found[("valid_period", "date")] is True
    assert found.get(("valid_period", "order"), True) is True
    assert results("idcard", {"valid_date": "20260311-长期"}) == {("valid_date", "date"): True}


def test_older_registration_numbers_have_a_length_only() -> None:
    assert results("bizlicense", {"reg_num": "992400000012345"}) == {("reg_num", "length"): True}


@pytest.mark.parametrize("key", [*READERS, "passport"])
def test_empty_fields_have_no_checks_and_odd_ones_do_no_harm(key: str) -> None:
    assert checks_of(key, {}) == {}
    names = (
        "id",
        "birth",
        "gender",
        "vin",
        "plate_num",
        "reg_num",
        "valid_period",
        "valid_date",
        "number",
        "id_num",
    )
    assert checks_of(key, dict.fromkeys(names, "")) == {}
    for odd in ("至", "-", "\u0000", "99999999999999999X", "²²²²²²²²²²²²²²²²²²", "自至", "长期"):
        for checks in checks_of(key, dict.fromkeys(names, odd)).values():
            assert all(isinstance(check, Check) and check.text and check.name for check in checks)
