"""Either side of the ID card from lines that are told: which labels make it one, and what is left of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cloudbase_ocr.recognizer.documents import idcard
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces

NUMBER = "992407199408164622"
LINES = {
    "姓名": (62, 103, 27),
    "林知夏": (152, 105, 37),
    "性别女民族汉": (62, 170, 31),
    "出生1994年8月16日": (62, 237, 31),
    "住址南屏省望海市青禾区": (62, 306, 31),
    "望月路6号": (152, 348, 31),
    "公民身份号码": (62, 486, 27),
    NUMBER: (284, 488, 39),
}


def card(**changed: str) -> list[Piece]:
    """The front of a card, ten pixels a millimetre; lines that begin as `changed` says are other ones, or gone."""
    found = []
    for text, (left, middle, height) in LINES.items():
        shown = next((new for old, new in changed.items() if text.startswith(old)), text)
        right = left + 0.9 * height * len(shown)
        top, bottom = middle - height / 2, middle + height / 2
        quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
        centers = tuple((index + 0.5) / len(shown) for index in range(len(shown)))
        if shown:
            found.append(Line(shown, quad, (1.0,) * len(shown), centers))
    return pieces(found)


def values(found: list[Piece]) -> dict[str, str]:
    form = idcard._front(found)
    assert form is not None
    return {name: idcard.SPECS[name].parse(form.text(name)) for name in idcard.SPECS if form.text(name)}


TRUTH = {
    "name": "林知夏",
    "gender": "女",
    "nationality": "汉",
    "birth": "1994-08-16",
    "addr": "南屏省望海市青禾区望月路6号",
    "id": NUMBER,
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"姓名": ""},
        {"姓名": "名", "性别": "别女民族汉", "出生": "生1994年8月16日", "住址": "址南屏省望海市青禾区"},
        {"公民": "身份号码"},
        {"公民": ""},
        {"公民": "公民身份证号码"},
    ],
    ids=lambda changed: "-".join(changed.values()) if isinstance(changed, dict) else "",
)
def test_values_are_found_beside_labels_that_are_there_cut_off_or_missing(changed: dict[str, str]) -> None:
    assert values(card(**changed)) == TRUTH


def test_what_is_left_of_its_label_is_no_part_of_a_number_that_proves_itself() -> None:
    assert idcard.number(f"份号码{NUMBER}") == NUMBER
    assert idcard.number(f"份号码{NUMBER[:-1]}9") == ""
    assert idcard.number(f"{NUMBER[:-1]}9") == f"{NUMBER[:-1]}9"


def test_a_form_that_asks_for_a_person_is_no_card() -> None:
    assert idcard._front(card(公民="", **{NUMBER: ""})) is None
    assert idcard._front(card(住址="", 出生="", 公民="")) is None


def test_the_nation_stands_behind_the_sex_where_its_label_was_not_read() -> None:
    line = next(piece for piece in card(性别="性别女") if piece.text == "性别女")
    nation = replace(line, text="汉", left=320, right=350, line=replace(line.line, text="汉"), start=0, end=1)
    form = idcard._front([*card(性别="性别女", 住址="", 出生=""), nation])
    assert form is not None
    form.values["gender"] = [piece for piece in form.pieces if piece.text in ("女", "汉")]
    form.values.pop("nationality", None)
    assert [piece.text for piece in idcard._nation(form)] == ["汉"]


def test_the_birthday_of_an_invented_person_is_answered() -> None:
    assert idcard.birth("1654年12月20日") == "1654-12-20"
    assert idcard.birth("1654年13月20日") == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("公安局", ""),
        ("望海市公安局", "望海市公安局"),
        ("望海市公安局白露分局", "望海市公安局白露分局"),
        ("市", ""),
    ],
)
def test_an_authority_belongs_to_a_place(text: str, value: str) -> None:
    assert idcard.authority(text) == value
