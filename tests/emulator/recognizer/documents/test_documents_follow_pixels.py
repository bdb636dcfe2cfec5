"""What is printed on a document is what is answered: change the print, and the answer follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cloudbase_ocr.recognizer import DocumentNotFound, Recognizer
from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.documents.registry import READERS, reader
from cloudbase_ocr.recognizer.fields.checksums import luhn_ok
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.page.page import Page
from tests.bench.ocr.specimens.people import card_number, credit_code, vehicle_number
from tests.emulator.recognizer.pictures import erased, opened, printed_over, saved

pytestmark = pytest.mark.check

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]
Boxes = dict[str, dict[str, list[list[list[int]]]]]

CHANGES = [
    ("driving-front", {"vin": vehicle_number("ZT4RC82H*P0517396"), "register_date": "2017-12-28"}),
    ("driving-front", {"engine_num": "4G15S-E7702", "issue_date": "2019-02-03"}),
    ("driving-back", {"record": "990318264075", "total_quality": "24980kg", "prepare_quality": "8745kg"}),
    ("driving-both", {"vin": vehicle_number("ZT9XM16L*R0340782"), "record": "995507184632"}),
    ("drivinglicense", {"birth_date": "1971-09-30", "car_class": "A1A2", "valid_to": "2026-10-09"}),
    ("bizlicense", {"reg_num": credit_code("91993105MB3H8Q7T5"), "serial": "8804"}),
    ("bizlicense-portrait", {"reg_num": credit_code("92994508MA1W4E9R2")}),
]


@pytest.mark.parametrize(("name", "changes"), CHANGES)
def test_other_print_other_answer(
    recognizer: Recognizer,
    specimen: Specimen,
    truth: Truth,
    boxes: Boxes,
    name: str,
    changes: dict[str, str],
) -> None:
    picture = opened(specimen(name))
    for field, text in changes.items():
        picture = printed_over(picture, boxes[name][field][0], text)
    fields = recognizer.recognize(name.split("-")[0], saved(picture))
    expected = truth(name) | changes
    assert {key: value for key, value in fields.items() if isinstance(value, str)} == {
        key: value for key, value in expected.items() if isinstance(value, str)
    }


@pytest.mark.parametrize(
    "number",
    [
        card_number("999052817736402"),
        card_number("99901846253097418"),
        # Its Luhn digit is wrong: it is answered as it is printed, not "repaired".
        card_number("999052817736402")[:-1] + "1",
    ],
)
def test_another_card_number(recognizer: Recognizer, specimen: Specimen, boxes: Boxes, number: str) -> None:
    quad = boxes["bankcard"]["number"][0]
    picture = printed_over(opened(specimen("bankcard")), quad, number, ink=245)
    assert recognizer.recognize("bankcard", saved(picture)) == {"number": number}


def test_a_number_with_a_covered_digit_is_not_made_up(
    recognizer: Recognizer, specimen: Specimen, boxes: Boxes
) -> None:
    quad = np.array(boxes["bankcard"]["number"][0], float)
    along, left = (quad[1] - quad[0]) / 23, quad[0]
    covered = [left + along * 15.1, left + along * 16.0]
    down = quad[3] - quad[0]
    patch = [covered[0], covered[1], covered[1] + down, covered[0] + down]
    picture = erased(opened(specimen("bankcard")), [[round(x), round(y)] for x, y in patch], margin=3)
    try:
        number = recognizer.recognize("bankcard", saved(picture))["number"]
    except DocumentNotFound:
        return
    assert not luhn_ok(number) or len(number) != 19


@pytest.mark.parametrize(
    ("name", "index", "text", "ink", "number"),
    [
        ("platenum", 1, "8M2T4", 245, "宁Z8M2T4"),
        ("platenum-green", 1, "F06397", 20, "宁ZF06397"),
        ("platenum-yellow", 1, "A7094", 20, "宁ZA7094"),
    ],
)
def test_another_plate(
    recognizer: Recognizer,
    specimen: Specimen,
    boxes: Boxes,
    name: str,
    index: int,
    text: str,
    ink: int,
    number: str,
) -> None:
    picture = printed_over(opened(specimen(name)), boxes[name]["number"][index], text, ink)
    assert recognizer.recognize("platenum", saved(picture)) == {"number": number}


def test_another_price_and_a_dish_without_one(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, boxes: Boxes
) -> None:
    places = boxes["menu"]
    picture = printed_over(opened(specimen("menu")), places["price"][2], "76.5")
    picture = erased(picture, places["price"][4])
    items = json.loads(truth("menu")["content"])["menu_items"]
    items[2]["price"] = 76.5
    del items[4]
    content = recognizer.recognize("menu", saved(picture))["content"]
    assert json.loads(content) == {"menu_items": items}


@pytest.mark.parametrize(
    ("name", "field", "text"),
    [
        ("driving-front", "register_date", "2017-13-28"),
        ("driving-front", "vin", "ZT4RC82HP0517"),
        ("driving-back", "overall_size", "4623"),
        ("drivinglicense", "car_class", "K9"),
        ("drivinglicense", "valid_to", "2026-02-31"),
    ],
)
def test_what_cannot_be_a_value_is_not_answered(
    recognizer: Recognizer, specimen: Specimen, boxes: Boxes, name: str, field: str, text: str
) -> None:
    picture = printed_over(opened(specimen(name)), boxes[name][field][0], text)
    assert recognizer.recognize(name.split("-")[0], saved(picture))[field] == ""


def test_a_business_licence_leaves_out_what_is_not_printed(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, boxes: Boxes
) -> None:
    picture = opened(specimen("bizlicense"))
    for field in ("serial", "valid_period"):
        picture = erased(picture, boxes["bizlicense"][field][0])
    expected = [field for field in truth("bizlicense") if field not in ("serial", "valid_period")]
    assert list(recognizer.recognize("bizlicense", saved(picture))) == expected


@pytest.mark.parametrize(
    "name", ["driving-front", "drivinglicense", "bizlicense", "bankcard", "platenum", "menu"]
)
def test_the_wrong_document_is_not_found(recognizer: Recognizer, specimen: Specimen, name: str) -> None:
    page = Page(decode(specimen(name), MAX_PIXELS), recognizer._loaded(), 1280)
    for key in READERS:
        if key not in (name.split("-")[0], "comm"):
            with pytest.raises(DocumentNotFound):
                reader(key).read(page)


@pytest.mark.parametrize(
    ("name", "turns"), [("driving-both", 2), ("bankcard", 1), ("bizlicense-portrait", 3)]
)
def test_a_turned_document(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, name: str, turns: int
) -> None:
    picture = opened(specimen(name)).rotate(-90 * turns, expand=True)
    fields = recognizer.recognize(name.split("-")[0], saved(picture, "JPEG", quality=92))
    assert {key: value for key, value in fields.items() if isinstance(value, str)} == {
        key: value for key, value in truth(name).items() if isinstance(value, str)
    }
    if "img_size" in fields:
        assert fields["img_size"] == {"w": picture.width, "h": picture.height}
