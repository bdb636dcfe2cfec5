"""The benchmark's own rules: pictures are repeatable, truth is visible, verdicts are strict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.bench.ocr import fonts, judge, people, photo, rules, run, tables
from tests.bench.ocr.cases import DOCUMENTS, Case, cases
from tests.bench.ocr.picture import Picture

pytestmark = [pytest.mark.check]
try:
    fonts.check_installed()
except fonts.MissingFonts as error:
    pytestmark.append(pytest.mark.skip(str(error)))

FRONT = DOCUMENTS[0]


def _case(level: str, number: int = 0, half: str = "dev") -> Case:
    return Case(FRONT, level, half, number)


def test_a_case_is_always_the_same_picture() -> None:
    """Results of an interrupted run can only go on with the very same pictures."""
    assert _case("L2").picture() == _case("L2").picture()


def test_halves_and_numbers_differ_and_levels_share_the_document() -> None:
    """Developing on one half says nothing about the other half's people."""
    first = _case("L0").picture().fields
    assert first == _case("L2r").picture().fields
    assert first != _case("L0", half="test").picture().fields
    assert first != _case("L0", number=1).picture().fields


def test_turned_pictures_have_turned_quads() -> None:
    """The true place of a page is the same paper in the picture and in the turned picture."""
    page = next(one for one in DOCUMENTS if one.name == "driving-front")
    upright, turned = (Case(page, level, "dev", 0).picture() for level in ("L1", "L1r"))
    colours = []
    for picture in (upright, turned):
        image = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        assert (image.shape[1], image.shape[0]) == picture.size
        mask = np.zeros(image.shape[:2], np.uint8)
        quad = np.array(picture.positions["card_position_front"], np.int32)
        cv2.fillConvexPoly(mask, quad, (1,))
        colours.append(image[mask > 0].mean(axis=0))
    assert np.allclose(colours[0], colours[1], atol=2)


@pytest.mark.parametrize("number", range(4))
def test_a_cut_edge_leaves_every_value_in_the_frame(number: int) -> None:
    """L1c puts a corner outside; were a value outside, no reader could be right."""
    page = next(one for one in DOCUMENTS if one.name == "driving-front")
    picture = Case(page, "L1c", "dev", number).picture()
    corners = np.array(picture.positions["card_position_front"])
    width, height = picture.size
    outside = (corners < 0).any() or (corners[:, 0] > width).any() or (corners[:, 1] > height).any()
    assert outside


def test_invented_numbers_pass_their_checks() -> None:
    """Readers use check digits, so right documents must have right ones."""
    import random

    rng = random.Random(3)
    for _ in range(50):
        number = people.card_number(rng, 19)
        assert number.startswith("999")
        digits = [int(one) for one in reversed(number)]
        doubled = [value * 2 - 9 * (value > 4) for value in digits[1::2]]
        assert (sum(digits[::2]) + sum(doubled)) % 10 == 0
        assert people.id_number(rng, "1990-01-31", "女")[:2] == "99"
        assert len(people.vehicle_number(rng)) == 17
        assert len(people.credit_code(rng)) == 18
        assert people.plate(rng)[1] == "Z"


def test_verdicts_tell_wrong_from_missing() -> None:
    """Brackets and blanks are folded; nothing else is."""
    picture = Picture(b"", (10, 10), {"name": "张三", "addr": "甲（乙）1 号", "id": "99X"})
    answer = {"name": "张叁", "addr": "甲(乙)1号", "id": "", "gender": "男", "card_property": 4}
    verdicts = judge.judge(_case("L0"), picture, answer)
    assert verdicts == {"name": "wrong", "addr": "right", "id": "missing", "gender": "wrong"}


def test_menus_are_judged_by_pairs() -> None:
    """A right name with a wrong price is a wrong pair, not a missing one."""
    case = Case(next(one for one in DOCUMENTS if one.name == "menu"), "L0", "dev", 0)
    truth, given = (
        json.dumps({"menu_items": [{"name": name, "price": price} for name, price in pairs]})
        for pairs in ((("a", 1.0), ("b", 2.0), ("c", 3.0)), (("b", 2), ("a", 1.5)))
    )
    verdicts = judge.judge(case, Picture(b"", (1, 1), {"content": truth}), {"content": given})
    assert sorted(verdicts.values()) == ["missing", "right", "wrong"]


def test_overlap_and_distance() -> None:
    """Half of a square, and three edits."""
    square, half = [(0.0, 0.0), (99, 0), (99, 99), (0, 99)], [(0.0, 0.0), (49, 0), (49, 99), (0, 99)]
    assert judge.overlap(square, half, (100, 100)) == pytest.approx(0.5)
    assert judge.distance("公民身份号码", "公民份号吗。") == 3


def test_simple_rules_take_what_follows_a_label() -> None:
    """The peers' rules are simple, but they do work."""
    lines = [
        rules.Line("姓名张三", 0, 0, 80, 20),
        rules.Line("住址", 0, 30, 40, 50),
        rules.Line("甲路1号", 60, 30, 160, 50),
    ]
    assert rules.answer("idcard", lines) == {"name": "张三", "addr": "甲路1号", "type": "Front"}


def test_choice_of_cases_by_beginnings_of_names() -> None:
    """``--documents driving`` means the licence's three pictures and the driver licence."""
    chosen = {case.document.name for case in cases(("driving",), ("L0",), "dev", 1)}
    assert chosen == {"driving-front", "driving-back", "driving-both", "drivinglicense"}
    assert set(photo.TABLE) == set(photo.LEVELS)
    assert len(run.edition("ours")) == 12


def test_pictures_read_side_by_side_give_no_times(tmp_path: Path) -> None:
    """On a machine that is busy with the other pictures a time says nothing."""

    def row(reader: str, case: str, jobs: int, seconds: float) -> dict[str, Any]:
        fields = {"id": "right"}
        rest = {"level": "L0", "document": "idcard-front", "cpu": seconds, "memory": 9, "positions": {}}
        return {
            "reader": reader,
            "case": case,
            "edition": "e",
            "jobs": jobs,
            "seconds": seconds,
            "fields": fields,
        } | rest

    results = tmp_path / "results.jsonl"
    rows = [
        row("ours", "a", 2, 7.0),
        row("ours", "b", 2, 8.0),
        row("rapidocr", "a", 1, 0.5),
        row("ours", "a", 1, 0.25),
    ]
    results.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    kept = list(run.load(results))
    assert len(kept) == 3, "the later reading of a picture replaces the earlier one"
    table = tables.times(kept, ["ours", "rapidocr"])
    assert table[-1] == "| all | 1 | 250 / 250 | 250 | 500 / 500 | 500 | 9 / 9 |"
    assert {one["case"] for one in tables.common(kept, ["ours", "rapidocr"])} == {"a"}
