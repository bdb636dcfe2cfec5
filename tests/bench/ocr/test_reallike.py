"""The level R: pictures are repeatable and hold their truth, and what is invented is counted."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from tests.bench.ocr import fonts, judge, tables
from tests.bench.ocr.cases import DOCUMENTS, REAL, Case, RealLike, cases
from tests.bench.ocr.picture import Picture
from tests.bench.ocr.reallike import farrington

KINDS = [document for document in DOCUMENTS if isinstance(document, RealLike)]
LICENCE = next(document for document in KINDS if document.name == "real-driver-second-page")


def test_only_real_like_documents_have_the_level() -> None:
    """L0 to L3 keep their rows, whatever is drawn beside them."""
    assert {case.level for case in cases(("real",), ("L0", REAL), "dev", 1)} == {REAL}
    assert not list(cases(("idcard",), (REAL,), "dev", 1))


def test_an_answer_for_a_blank_field_is_invented() -> None:
    """A form that nobody has filled in says nothing."""
    picture = Picture(b"", (1, 1), {"name": "", "id_num": "", "sex": "男"})
    verdicts = judge.judge(Case(LICENCE, REAL, "dev", 0), picture, {"name": "档案编号"})
    assert verdicts == {"name": "invented", "id_num": "right", "sex": "missing"}
    row = {"reader": "ours", "document": LICENCE.name, "fields": verdicts, "cpu": 0.5}
    assert tables.real_like([row], ["ours"])[-1] == "| all | ours | 1 | 3 | 1 | 0 | 1 | 1 | 0.50 / 0.50 |"


def test_every_figure_of_a_card_has_strokes() -> None:
    """A figure that is not drawn would count as misread."""
    assert set(farrington.STROKES) == set("0123456789")


@pytest.mark.check
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_case_is_always_the_same_picture(kind: RealLike) -> None:
    """Results of an interrupted run can only go on with the very same pictures."""
    try:
        fonts.check_installed()
    except fonts.MissingFonts as error:
        pytest.skip(str(error))
    case = Case(kind, REAL, "dev", 1)
    picture = case.picture()
    assert picture == case.picture()
    pixels = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert (pixels.shape[1], pixels.shape[0]) == picture.size
    assert picture.fields


def test_each_confidence_is_told_with_whether_its_value_is_right() -> None:
    """A menu has one for all of it; a field that nothing was answered for has none."""
    menu = next(kind for kind in KINDS if kind.key == "menu")
    pairs = [{"name": "红茶", "price": 10.0}, {"name": "绿茶", "price": 12.0}]
    truth = Picture(b"", (1, 1), {"content": json.dumps({"menu_items": pairs})})
    for answered, right in ((pairs[:1], True), ([pairs[0] | {"price": 11.0}], False)):
        answer = {"content": json.dumps({"menu_items": answered})}
        assert judge.confidences(Case(menu, REAL, "dev", 0), truth, answer, {"content": 0.9}) == [
            (0.9, right)
        ]
    licence = Picture(b"", (1, 1), {"name": "", "sex": "男"})
    given = {"name": 0.8, "sex": 0.7}
    found = judge.confidences(Case(LICENCE, REAL, "dev", 0), licence, {"name": "档案编号", "sex": ""}, given)
    assert found == [(0.8, False)]
