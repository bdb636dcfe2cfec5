"""Rows, labels and the values beside them, from lines at known places."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cloudbase_ocr.recognizer.image.deskew import skew
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.labels import Label, cut
from cloudbase_ocr.recognizer.layout.pieces import (
    beside,
    joined,
    labelled,
    min_confidence,
    pieces,
    quad_of,
    rows,
)

LABELS = (
    Label("name", ("姓名",)),
    Label("gender", ("性别",)),
    Label("nationality", ("民族",)),
    Label("id", ("公民身份号码",)),
)


def line(text: str, left: float, top: float, tilt: float = 0.0) -> Line:
    """A line of characters of 20 by 20 pixels, in a page that is tilted by this many degrees."""
    right, bottom = left + 20 * len(text), top + 20
    quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    angle = math.radians(tilt)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    centers = tuple((index + 0.5) / len(text) for index in range(len(text)))
    return Line(text, quad @ turn.T, (1.0,) * len(text), centers)


@pytest.mark.parametrize("tilt", [-12.0, 0.0, 7.5])
def test_rows_follow_the_print_and_not_the_picture(tilt: float) -> None:
    page = [
        line("乙", 900, 100, tilt),
        line("丙丁", 0, 130, tilt),
        line("甲", 0, 100, tilt),
        line("戊", 900, 131, tilt),
    ]
    page.append(line("一行很长的文字一行很长的文字", 100, 200, tilt))
    assert [[piece.text for piece in row] for row in rows(pieces(page))[:2]] == [["甲", "乙"], ["丙丁", "戊"]]
    assert skew(page) == pytest.approx(math.radians(tilt))


def test_a_line_is_cut_at_its_labels() -> None:
    found = cut(pieces([line("性别女民族维吾尔", 0, 0)]), LABELS)
    assert [(piece.text, piece.label, round(piece.left, 3), round(piece.right, 3)) for piece in found] == [
        ("性别", "gender", 0, 40),
        ("女", "", 40, 60),
        ("民族", "nationality", 60, 100),
        ("维吾尔", "", 100, 160),
    ]
    assert quad_of(found[1]) == pytest.approx(np.array([[40, 0], [60, 0], [60, 20], [40, 20]]))


def test_a_value_ends_at_the_next_label_and_at_a_wide_gap() -> None:
    found = cut(
        pieces(
            [
                line("姓名", 0, 0),
                line("林", 50, 0),
                line("知夏", 80, 1),
                line("样本", 400, 0),
                line("性别男民族", 0, 40),
            ]
        ),
        LABELS,
    )
    name, gender = labelled(found, "name"), labelled(found, "gender")
    assert name is not None
    assert gender is not None
    assert joined(beside(name, found)) == "林知夏"
    assert joined(beside(gender, found)) == "男"


@pytest.mark.parametrize(
    ("text", "label"),
    [("公民身价号码1", "id"), ("公民身价导码1", "id"), ("公民自价导码1", ""), ("娃名林", ""), ("汉民族", "")],
)
def test_a_misread_label_is_known_by_most_of_its_characters(text: str, label: str) -> None:
    assert cut(pieces([line(text, 0, 0)]), LABELS)[0].label == label


def test_the_confidence_in_a_value_is_that_of_its_worst_character() -> None:
    sure = line("姓名林 夏", 0, 0)
    doubtful = Line(sure.text, sure.quad, (0.2, 0.9, 0.8, 0.1, 0.7), sure.centers)
    value = cut(pieces([doubtful]), LABELS)[1]
    assert value.text == "林 夏"
    assert min_confidence([value]) == 0.7
    assert min_confidence([]) == 1.0
