"""The method of a new function: by which names, and what its test looks for."""

from __future__ import annotations

import pytest

from cloudbase_ocr.scaffold import ScaffoldError
from cloudbase_ocr.scaffold.methods import call_name_of, is_call_name, telling_field
from wxcloud.casing import camel_keys
from wxcloud.contract import METHODS, Method


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("idcard", "idcard"),
        ("ocr.idcard", "idcard"),
        ("/cv/ocr/idcard", "idcard"),
        ("drivingLicense", "drivingLicense"),
        ("driving", "vehicleLicense"),
        ("drivinglicense", "driverLicense"),
        ("comm", "printedText"),
    ],
)
def test_names_of_a_method(text: str, name: str) -> None:
    assert call_name_of(text) == name
    assert is_call_name(name)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("idcrad", "idcard"),
        ("IDCARD", "idcard"),
        ("ocr.drivers", "driverLicense"),
        ("printed_text", "printedText"),
    ],
)
def test_the_near_one_is_named(text: str, near: str) -> None:
    with pytest.raises(
        ScaffoldError, match=rf"there is no method '{text}'\. Is {near} meant\? There are idcard, "
    ):
        call_name_of(text)
    assert not is_call_name(text)


def test_nothing_is_near() -> None:
    with pytest.raises(ScaffoldError, match=r"there is no method 'x'\. There are idcard, .*, menu$"):
        call_name_of("x")


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_a_field_of_the_documented_example(method: Method) -> None:
    place, value = telling_field(method)
    result = camel_keys(method.example_reply())
    assert eval(f"result{place}", {"result": result}) == value
    assert value not in method.sides
