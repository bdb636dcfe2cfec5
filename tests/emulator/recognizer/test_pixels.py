"""The answer comes from the pixels: change what is printed, and it follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import ImageFilter

from cloudbase_ocr.recognizer import DocumentNotFound, Recognizer
from tests.bench.ocr.specimens.people import id_number
from tests.emulator.recognizer.pictures import erased, opened, printed_over, reordered, saved

pytestmark = pytest.mark.check

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]
Boxes = dict[str, dict[str, list[list[list[int]]]]]


@pytest.mark.parametrize(
    "number",
    [
        id_number("1987-03-25", "719", division="990183"),
        # The right check digit would be another one: the number is returned as it is printed, not "repaired".
        id_number("1961-12-30", "508", division="995620")[:17] + "7",
        # A month 13 makes no date either.
        "993407195813276544",
    ],
)
def test_another_id_number(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, boxes: Boxes, number: str
) -> None:
    picture = printed_over(opened(specimen("idcard-front")), boxes["idcard-front"]["id"][0], number)
    assert recognizer.recognize("idcard", saved(picture)) == truth("idcard-front") | {"id": number}


@pytest.mark.parametrize(("order", "name"), [([2, 1, 0], "夏知林"), ([1, 2, 0], "知夏林")])
def test_other_order_of_the_names_characters(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, boxes: Boxes, order: list[int], name: str
) -> None:
    picture = reordered(opened(specimen("idcard-front")), boxes["idcard-front"]["name"][0], order)
    assert recognizer.recognize("idcard", saved(picture)) == truth("idcard-front") | {"name": name}


def test_other_dates_on_the_back(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, boxes: Boxes
) -> None:
    quad = boxes["idcard-back"]["valid_date"][0]
    picture = printed_over(opened(specimen("idcard-back")), quad, "2008.11.02-2028.11.02")
    expected = truth("idcard-back") | {"valid_date": "20081102-20281102"}
    assert recognizer.recognize("idcard", saved(picture)) == expected


def test_an_impossible_date_is_not_answered(recognizer: Recognizer, specimen: Specimen, boxes: Boxes) -> None:
    quad = boxes["idcard-back"]["valid_date"][0]
    picture = printed_over(opened(specimen("idcard-back")), quad, "2008.13.02-2028.11.41")
    assert recognizer.recognize("idcard", saved(picture))["valid_date"] == ""


@pytest.mark.parametrize("field", ["name", "id", "gender", "nationality", "addr"])
def test_what_cannot_be_read_is_empty(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, boxes: Boxes, field: str
) -> None:
    picture = opened(specimen("idcard-front"))
    for quad in boxes["idcard-front"][field]:
        picture = erased(picture, quad)
    assert recognizer.recognize("idcard", saved(picture)) == truth("idcard-front") | {field: ""}


def test_a_birth_date_that_is_not_readable_is_taken_from_the_proved_number(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, boxes: Boxes
) -> None:
    picture = opened(specimen("idcard-front"))
    for quad in boxes["idcard-front"]["birth"]:
        picture = erased(picture, quad)
    assert recognizer.recognize("idcard", saved(picture))["birth"] == truth("idcard-front")["birth"]
    unproved = printed_over(picture, boxes["idcard-front"]["id"][0], "992407199408164621")
    assert recognizer.recognize("idcard", saved(unproved))["birth"] == ""


def test_an_erased_line_is_no_item(recognizer: Recognizer, specimen: Specimen, truth: Truth) -> None:
    items = truth("printed-text")["items"]
    quad = [[point["x"], point["y"]] for point in items[3]["pos"].values()]
    reply = recognizer.recognize("comm", saved(erased(opened(specimen("printed-text")), quad)))
    assert [item["text"] for item in reply["items"]] == [item["text"] for item in items[:3] + items[4:]]


def test_half_a_card_is_not_a_card(recognizer: Recognizer, specimen: Specimen) -> None:
    picture = opened(specimen("idcard-front"))
    with pytest.raises(DocumentNotFound):
        recognizer.recognize("idcard", saved(picture.crop((640, 0, 1280, 960))))


@pytest.mark.parametrize("name", ["idcard-front", "idcard-back"])
@pytest.mark.parametrize("radius", [1.5, 3.0, 4.0])
def test_a_blurred_card_loses_fields_and_gains_none(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, name: str, radius: float
) -> None:
    """A wrong answer is worse than a missing one."""
    picture = opened(specimen(name)).filter(ImageFilter.GaussianBlur(radius))
    try:
        fields = recognizer.recognize("idcard", saved(picture, "JPEG", quality=60))
    except DocumentNotFound:
        assert radius > 2
        return
    assert {key: value for key, value in fields.items() if value} == {
        key: value for key, value in truth(name).items() if fields[key]
    }
    if radius < 2:
        assert fields == truth(name)
