"""What a business licence's paper carries besides its fields: ground, watermark, notice, a second page."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cloudbase_ocr.recognizer.documents.business_page import business_page, unstacked
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces

HIGH = 20.0


def line(text: str, left: float, top: float, high: float = HIGH, slant: float = 0.0) -> Line:
    """Full-width characters, turned about their first corner by `slant` radians."""
    width = high * len(text)
    quad = np.array([[0, 0], [width, 0], [width, high], [0, high]], float)
    turn = np.array([[math.cos(slant), math.sin(slant)], [-math.sin(slant), math.cos(slant)]])
    centers = tuple((place + 0.5) / len(text) for place in range(len(text)))
    return Line(text, quad @ turn + [left, top], (1.0,) * len(text), centers)


def licence() -> list[Line]:
    """A few fields, so that there is print for the rest to be measured by."""
    return [
        line("名称", 0, 100),
        line("望海青禾书屋有限公司", 120, 100),
        line("住所", 0, 150),
        line("望海市白露区松月路9号", 120, 150),
        line("法定代表人", 0, 200),
        line("禾青山", 120, 200),
    ]


def kept(*lines: Line) -> list[str]:
    own = {each.text for each in licence()}
    return [
        piece.text for piece in business_page(pieces([*licence(), *lines])).pieces if piece.text not in own
    ]


@pytest.mark.parametrize("text", ["SCJDGL", "CJDGL", "6CJDGL", "DGLSCJ", "GJGSZJ", "DGL", "GL"])
def test_letters_of_the_ground_are_left_out(text: str) -> None:
    assert kept(line(text, 300, 250)) == []


@pytest.mark.parametrize("text", ["SCI", "91310000570770808", "B座", "KTV", "LED"])
def test_other_letters_stay(text: str) -> None:
    assert kept(line(text, 300, 250)) == [text]


def test_print_between_letters_of_the_ground_stays() -> None:
    assert kept(line("SCJDGL （副本） SCJDGL", 0, 250)) == [" （副本） "]


def test_large_characters_and_slanted_lines_are_a_watermark() -> None:
    assert kept(line("执", 300, 200, high=3 * HIGH), line("营业", 300, 300, slant=0.6)) == []


def test_labels_that_stand_on_end_are_no_watermark() -> None:
    stacked = Line(
        "名类", np.array([[0, 100], [20, 100], [20, 170], [0, 170]], float), (1.0, 1.0), (0.25, 0.75)
    )
    assert kept(stacked) == ["名类"]


def notice() -> list[Line]:
    return [
        line("1.商事主体的经营范围由章程确定。经营范围中属于法律", 60, 250),
        line("法规规定应当经批准的项目，取得许可审批文件后方可。", 60, 280),
        line("2.商事主体经营范围和许可审批项目等有关事项，请登录", 60, 310),
        *(line(character, 0, 250 + 24 * place) for place, character in enumerate("重要提示")),
    ]


def test_the_notice_in_the_scope_s_place_is_left_out() -> None:
    assert kept(*notice(), line("登记机关", 60, 420)) == ["登记机关"]
    assert business_page(pieces([*licence(), *notice()])).notice
    assert not business_page(pieces(licence())).notice


def rules() -> list[Line]:
    return [
        line("须知", 700, 60),
        line("1.《营业执照》是企业合法经营的凭证。", 600, 100),
        line("2.《营业执照》分为正本和副本，具有同等法律效力。", 600, 150),
        line("3.《营业执照》不得伪造、涂改、出租、出借、转让。", 600, 200),
        line("4.登记事项发生变化，应当申请变更登记，换领执照。", 600, 250),
        line("已参加", 580, 300),
    ]


def test_a_second_page_with_rules_is_left_out() -> None:
    assert kept(*rules()) == []


def test_rules_below_the_fields_take_nothing_away() -> None:
    below = [line(each.text, 0, 300 + 30 * place) for place, each in enumerate(rules())]
    assert len(kept(*below)) == len(below)


def test_a_box_that_stands_on_end_is_one_label_a_row() -> None:
    box = np.array([[10, 100], [30, 100], [30, 220], [10, 220]], float)
    [whole] = pieces([Line("名类住", box, (0.9, 0.8, 0.7), (0.2, 0.5, 0.8))])
    found = unstacked(whole)
    assert [(each.text, each.middle, each.height) for each in found] == [
        ("名", 120, 40),
        ("类", 160, 40),
        ("住", 200, 40),
    ]
    assert [each.line.scores for each in found] == [(0.9,), (0.8,), (0.7,)]


def test_a_lying_box_stays_one() -> None:
    [whole] = pieces([line("名称", 0, 0)])
    assert unstacked(whole) == [whole]
    assert isinstance(whole, Piece)
