"""The page on the test kit has every public name of it, in both languages."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

from cloudbase_ocr import start, testing
from cloudbase_ocr.answers import FixtureError
from cloudbase_ocr.answers.conditions import CONDITIONS, GROUPS, IMAGE
from cloudbase_ocr.answers.fixtures import read_fixture
from cloudbase_ocr.journal.expectations import IMAGE_PARTS
from cloudbase_ocr.journal.received import ReceivedImage, ReceivedRequest
from cloudbase_ocr.live import OcrEmulator
from tests.docs.page_blocks import CHINESE, read, rows

ENGLISH = "docs/test-kit.md"
PAGES = pytest.mark.parametrize("page", [ENGLISH, CHINESE[ENGLISH]])
IN_PYTEST, CALLS, OUTSIDE, ORDER = 1, 2, 3, 5
"""Places of sections, which are the same in both languages."""


def in_code(text: str) -> set[str]:
    """Return the words that stand in code."""
    return {word for span in re.findall(r"`([^`]+)`", text) for word in re.findall(r"\w+", span)}


def section(page: str, number: int) -> str:
    """Return one section without its examples."""
    return re.sub(r"^```.*?^```$", "", read(page).split("\n## ")[number], flags=re.DOTALL | re.MULTILINE)


def first_column(page: str, first: str) -> set[str]:
    """Return the words in code in the first column of the table whose first row begins with `first`."""
    return in_code(" ".join(row[0] for row in rows(page, first)))


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def parameters(method: object) -> set[str]:
    assert callable(method)
    return set(inspect.signature(method).parameters) - {"self"}


@PAGES
def test_every_name_of_an_emulator_is_described(page: str) -> None:
    with start(recognizer=False) as ocr:
        names = public(ocr)
        controls = public(ocr.tokens) | public(ocr.quota)
    described = in_code(section(page, IN_PYTEST))
    table = first_column(page, "`url`, `appid`")
    assert table & names == names - {"close"}
    assert controls <= described
    assert parameters(OcrEmulator.intercept) | parameters(OcrEmulator.env) <= table
    assert "close" in in_code(section(page, OUTSIDE))


@PAGES
def test_every_fixture_of_pytest_is_described(page: str) -> None:
    names = {name for name in testing.__all__ if name.islower()}
    assert first_column(page, "`ocr_emulator_session`") == names - {"ocr_emulator"}
    assert "`ocr_emulator`" in section(page, IN_PYTEST)


@PAGES
def test_a_call_has_what_is_described_and_nothing_else(page: str) -> None:
    table = rows(page, "`method`")
    assert first_column(page, "`method`") == {field.name for field in fields(ReceivedRequest)}
    (image,) = [row[1] for row in table if row[0] == "`image`"]
    assert {field.name for field in fields(ReceivedImage)} == set(IMAGE_PARTS)
    assert set(IMAGE_PARTS) <= in_code(image)


@PAGES
def test_what_is_compared_is_described(page: str) -> None:
    (paragraph,) = re.findall(
        r"^`assert_called` .*?(?:\n\n|\Z)", section(page, CALLS), re.DOTALL | re.MULTILINE
    )
    assert in_code(paragraph) - {"assert_called"} == parameters(OcrEmulator.assert_called) - {"method"}


@PAGES
def test_keys_of_match_are_described(page: str) -> None:
    entry = {"name": "menu/x", "method": "menu", "provenance": "written", "reference": "x", "error": 101001}
    with pytest.raises(FixtureError) as caught:
        read_fixture({**entry, "match": {"nonsense": "x"}}, "here", Path())
    known = str(caught.value).rpartition("known are ")[2].split(", ")
    assert sorted(first_column(page, "`url` |")) == known
    assert set(CONDITIONS) <= in_code(section(page, ORDER))


@PAGES
def test_placeholders_are_described(page: str) -> None:
    table = rows(page, "`{query.")
    spans = set(re.findall(r"\{(\w+)\.(\w+)\}", " ".join(row[0] for row in table)))
    assert {group for group, _ in spans} == {*GROUPS, "image"}
    assert {name for group, name in spans if group == "image"} == set(IMAGE)
