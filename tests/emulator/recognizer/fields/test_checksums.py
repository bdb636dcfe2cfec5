"""Check digits, dates, ethnic groups, and the vocabulary."""

from __future__ import annotations

import pytest

from cloudbase_ocr.recognizer.fields import checksums
from cloudbase_ocr.recognizer.ocr.charset import allowed_classes, chinese_characters
from tests.bench.ocr.specimens.people import card_number, credit_code, id_number, vehicle_number


def test_the_check_character_of_an_id_number() -> None:
    # The worked example of GB 11643: 11010519491231002 has the check character X.
    assert checksums.id_check_character("11010519491231002") == "X"
    assert checksums.id_number_ok("11010519491231002X")


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310021",
        "11010519491231002x",
        "1101051949123100",
        "",
        id_number("1999-02-28", "101").replace("0228", "0229"),
    ],
)
def test_what_proves_no_number(number: str) -> None:
    assert not checksums.id_number_ok(number)


def test_check_digits_are_those_of_numbers_made_elsewhere() -> None:
    for body in ("999047082365194730", "62284804025648900", "411111111111111"):
        assert body + checksums.luhn_digit(body) == card_number(body)
    for body in ("91992407MA7K2P4X9", "91350100M000100Y4"):  # the second is the worked example of GB 32100
        assert body + checksums.credit_code_character(body) == credit_code(body)
    assert checksums.credit_code_character("91350100M000100Y4") == "3"
    for vin in ("ZT7BK34E*N0206815", "1M8GDM9A*KP042788"):  # the second is that of many pages on ISO 3779
        filled = vehicle_number(vin)
        assert checksums.vin_character(vin.replace("*", "0")) == filled[8]
    assert checksums.vin_character("1M8GDM9A0KP042788") == "X"


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        (("2000", "2", "29"), "2000-02-29"),
        (("2001", "2", "29"), ""),
        (("1899", "1", "1"), ""),
        (("2200", "1", "1"), ""),
        (("1994", "13", "1"), ""),
        (("", "", ""), ""),
    ],
)
def test_dates(parts: tuple[str, str, str], date: str) -> None:
    assert checksums.iso_date(*parts) == date


def test_there_are_56_ethnic_groups() -> None:
    assert len(set(checksums.ETHNIC_GROUPS)) == 56
    assert not [name for name in checksums.ETHNIC_GROUPS if name.endswith("族")]


def test_the_vocabulary_is_the_national_table() -> None:
    characters = chinese_characters()
    assert len(characters) == 8105 + 1
    assert set("汉族〇堃玥翀祎喆垚") <= characters
    assert not set("漢個對馬あア한") & characters
    assert {character for name in checksums.ETHNIC_GROUPS for character in name} <= characters


def test_the_blank_comes_first_and_the_order_is_kept() -> None:
    assert allowed_classes(["", "β", "ο", "≤"]) == [0, 1, 3], "a Greek o is printed as a Latin one is"
    assert allowed_classes(["", "漢", "汉", "あ", "A", "Ａ", "，", " "]) == [0, 2, 4, 6, 7]
