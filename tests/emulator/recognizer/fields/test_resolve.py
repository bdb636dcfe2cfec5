"""How sure a value must be: names and addresses surer than words of a list, numbers with a check digit proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.documents import business_licence, business_values, driver_licence
from cloudbase_ocr.recognizer.documents.lexicon import enterprises, vehicles
from cloudbase_ocr.recognizer.fields import formats
from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED
from cloudbase_ocr.recognizer.fields.resolve import resolve
from cloudbase_ocr.recognizer.fields.spec import FieldSpec
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces
from cloudbase_ocr.recognizer.page.page import Page

pytestmark = pytest.mark.check

Specimen = Callable[[str], bytes]
# Bare paper in every specimen's corner.
BARE = np.array([[2, 2], [200, 2], [200, 30], [2, 30]], float)
TAIL = "（依法须经批准的项目，经相关部门批准后方可开展经营活动）"


@pytest.fixture
def page(recognizer: Recognizer, specimen: Specimen) -> Page:
    page = Page(decode(specimen("drivinglicense"), 40_000_000), recognizer._loaded(), 960)
    assert page.lines()
    return page


def unsupported(text: str, score: float) -> Piece:
    """A text of this confidence that no second look finds: there is nothing in its place."""
    centers = tuple(np.linspace(0.05, 0.95, len(text)))
    return pieces([Line(text, BARE, (score,) * len(text), centers)])[0]


def printed(page: Page, text: str, score: float, misread: str = "") -> Piece:
    """A line of the specimen as if it had been read with this confidence, or as another text."""
    line = next(line for line in page.lines() if line.text == text)
    return pieces([replace(line, text=misread or text, scores=(score,) * len(text))])[0]


def test_open_text_must_be_surer_than_a_word_of_a_list(page: Page) -> None:
    open_text, listed = formats.TEXT, replace(formats.TEXT, known=frozenset({"甲乙丙"}).__contains__)
    found = [unsupported("甲乙丙", 0.8)]
    assert resolve(page, found, open_text) == UNRESOLVED == ("", None)
    assert resolve(page, found, listed) == ("甲乙丙", page.evidence(found, 0.8))
    assert resolve(page, [unsupported("甲乙丁", 0.8)], listed) == UNRESOLVED
    assert resolve(page, [unsupported("甲乙丙", 0.9)], open_text).value == "甲乙丙"


def test_open_text_that_every_look_confirms_is_answered(page: Page) -> None:
    name = max((line.text for line in page.lines() if formats.chinese(line.text) == line.text), key=len)
    assert resolve(page, [printed(page, name, 0.5)], formats.TEXT).value == name


def test_what_sure_looks_agree_on_stands_for_a_doubtful_reading(page: Page) -> None:
    name = max((line.text for line in page.lines() if formats.chinese(line.text) == line.text), key=len)
    misread = "某" + name[1:]
    assert resolve(page, [printed(page, name, 0.7, misread)], formats.TEXT).value == name


@pytest.mark.parametrize(
    ("spec", "number"),
    [
        (business_licence.SPECS["reg_num"], "91990605MAY422RW5B"),
        (driver_licence.SPECS["id_num"], "999999199001010000"),
    ],
)
def test_a_number_that_contradicts_its_check_digit_is_taken_only_beyond_doubt(
    page: Page, spec: FieldSpec, number: str
) -> None:
    assert spec.checksum_ok is not None
    assert not spec.checksum_ok(number)
    assert resolve(page, [unsupported(number, 0.9)], spec).value == ""
    assert resolve(page, [unsupported(number, 0.97)], spec).value == number


@pytest.mark.parametrize("name", ["legal_representative", "enterprise_name", "address"])
def test_names_and_addresses_of_licences_are_open_text(page: Page, name: str) -> None:
    spec: Any = business_licence.SPECS[name]
    assert resolve(page, [unsupported("甲乙丙路", 0.8)], spec).value == ""


def test_a_kind_whose_end_was_not_read_is_none() -> None:
    assert enterprises.kind("有限") == enterprises.kind("有限责任公司（自然人") == ""
    assert enterprises.kind("有限责任公司") == "有限责任公司"


def test_a_brand_of_one_character_was_not_read_in_full() -> None:
    assert vehicles.model("大牌DY8169BEV") == vehicles.model("牌DY8169BEV") == ""
    assert not vehicles.is_model("大牌DY8169BEV")
    assert vehicles.model("大雁牌DY8169BEV") == "大雁牌DY8169BEV"


def test_marks_and_standing_phrases_do_not_make_a_scope_doubtful() -> None:
    text = "星际开发；餐饮服务。" + TAIL.replace("须", "频")
    scores = [0.4 if each in "；。（）频" else 0.97 for each in text]
    assert enterprises.scope_confidence(text, scores) == 0.97
    scores[1] = 0.7
    assert enterprises.scope_confidence(text, scores) == 0.7
    assert enterprises.scope_confidence("", []) == 1.0


@pytest.mark.parametrize(("score", "answered"), [(0.7, False), (0.9, True)])
def test_a_doubtful_word_in_a_scope_leaves_it_out(page: Page, score: float, answered: bool) -> None:
    found = [unsupported("软件开发餐饮服务", score)]
    value, _ = business_values.resolved(
        page, "business_scope", found, business_licence.SPECS["business_scope"]
    )
    assert value == ("软件开发餐饮服务" if answered else "")
