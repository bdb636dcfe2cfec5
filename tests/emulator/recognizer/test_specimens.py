"""The specimens are read exactly as they are printed, in the contract's form and order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cloudbase_ocr.recognizer import DocumentNotFound, Recognizer
from cloudbase_ocr.specimens.catalog import SPECIMENS
from wxcloud.contract import METHODS, by_key

pytestmark = pytest.mark.check

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]


DOCUMENTS = [known.name for known in SPECIMENS if known.key != "comm"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_read_exactly(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, name: str
) -> None:
    fields, expected = recognizer.recognize(name.split("-")[0], specimen(name)), truth(name)
    assert list(fields) == list(expected)
    for field, value in expected.items():
        if field.endswith(("position", "position_front", "position_back")):
            off = corners(fields[field]["pos"]) - corners(value["pos"])
            # Of a page's corners in a dark cover, one may be a little off; a corner is found to 2 % of the frame.
            assert np.abs(off).max() < 0.025 * expected["img_size"]["w"], field
        else:
            assert fields[field] == value, field


def test_a_side_has_the_fields_of_the_contract_in_its_order(
    recognizer: Recognizer, specimen: Specimen
) -> None:
    for side in ("Front", "Back"):
        fields = recognizer.recognize("idcard", specimen(f"idcard-{side.lower()}"))
        method = by_key("idcard")
        assert method is not None
        assert list(fields) == [field.name for field in method.fields if field.side in (None, side)]


def test_printed_text_is_read_exactly_and_in_reading_order(
    recognizer: Recognizer, specimen: Specimen, truth: Truth
) -> None:
    reply, expected = recognizer.recognize("comm", specimen("printed-text")), truth("printed-text")
    assert [item["text"] for item in reply["items"]] == [item["text"] for item in expected["items"]]
    assert reply["img_size"] == expected["img_size"] == {"w": 1280, "h": 960}


def test_quads_lie_on_the_print(recognizer: Recognizer, specimen: Specimen, truth: Truth) -> None:
    reply, expected = recognizer.recognize("comm", specimen("printed-text")), truth("printed-text")
    for found, printed in zip(reply["items"], expected["items"], strict=True):
        quad, ink = corners(found["pos"]), corners(printed["pos"])
        height = np.linalg.norm(ink[3] - ink[0])
        # The detector's border lies outside the ink, by less than a character's height.
        assert np.abs(quad - ink).max() < height, found["text"]
        assert np.linalg.norm(quad.mean(axis=0) - ink.mean(axis=0)) < 0.5 * height, found["text"]


def test_quads_have_wechats_form(recognizer: Recognizer, specimen: Specimen) -> None:
    for item in recognizer.recognize("comm", specimen("menu"))["items"]:
        assert list(item) == ["text", "pos"]
        assert list(item["pos"]) == ["left_top", "right_top", "right_bottom", "left_bottom"]
        for point in item["pos"].values():
            assert list(point) == ["x", "y"]
            assert all(type(value) is int for value in point.values())


def test_text_in_two_columns_is_read_row_by_row(
    recognizer: Recognizer, specimen: Specimen, truth: Truth
) -> None:
    texts = [item["text"] for item in recognizer.recognize("comm", specimen("menu"))["items"]]
    dishes = [
        f"{dish['name']} ￥{dish['price']:g}" for dish in json.loads(truth("menu")["content"])["menu_items"]
    ]
    assert texts == ["望月小馆", *" ".join(dishes).split(), "样本 SPECIMEN"]


@pytest.mark.parametrize(
    "name", ["printed-text", "menu", "bankcard", "drivinglicense", "driving-front", "bizlicense", "platenum"]
)
def test_another_document_is_not_an_id_card(recognizer: Recognizer, specimen: Specimen, name: str) -> None:
    with pytest.raises(DocumentNotFound, match="no ID card"):
        recognizer.recognize("idcard", specimen(name))


def test_the_methods_that_can_be_read(recognizer: Recognizer) -> None:
    assert recognizer.methods == {method.key for method in METHODS}
    with pytest.raises(KeyError):
        recognizer.recognize("passport", b"")


def corners(pos: dict[str, dict[str, int]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([[point["x"], point["y"]] for point in pos.values()], float)
