"""Licences whose labels cannot be read: values tell by their form what they are, and where the others are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.documents import driver_licence, vehicle_licence
from cloudbase_ocr.recognizer.documents.lexicon import vehicles
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields.formats import DIGITS
from cloudbase_ocr.recognizer.fields.punctuation import with_end_mark
from cloudbase_ocr.recognizer.fields.resolve import resolve
from cloudbase_ocr.recognizer.fields.spec import FieldSpec
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.anchors import telling
from cloudbase_ocr.recognizer.layout.labels import cut
from cloudbase_ocr.recognizer.layout.pieces import min_confidence, part, pieces
from cloudbase_ocr.recognizer.page.page import Page
from tests.emulator.recognizer.pictures import erased, opened, saved

pytestmark = pytest.mark.check

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]


def page_of(recognizer: Recognizer, data: bytes) -> Page:
    return Page(decode(data, 40_000_000), recognizer._loaded(), 960)


def without(recognizer: Recognizer, data: bytes, gone: Callable[[str], bool]) -> bytes:
    """The picture with the lines painted over that `gone` tells."""
    picture = opened(data)
    for line in page_of(recognizer, data).lines():
        if gone(line.text):
            picture = erased(picture, [[round(x), round(y)] for x, y in line.quad.tolist()], margin=0)
    return saved(picture)


@pytest.mark.parametrize(
    ("name", "key", "labels"),
    [
        ("driving-front", "driving", vehicle_licence.FRONT),
        ("driving-back", "driving", vehicle_licence.BACK),
        ("drivinglicense", "drivinglicense", driver_licence.LABELS),
    ],
)
def test_a_page_without_one_label_is_read(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, name: str, key: str, labels: Any
) -> None:
    def is_label(text: str) -> bool:
        found = pieces(
            [Line(text, np.zeros((4, 2)), (1.0,) * len(text), tuple(np.linspace(0, 1, len(text))))]
        )
        return (
            bool(text)
            and text != "中华人民共和国"
            and all(piece.label and piece.label != "title" for piece in cut(found, labels))
        )

    fields = recognizer.recognize(key, without(recognizer, specimen(name), is_label))
    wanted = {field: value for field, value in truth(name).items() if isinstance(value, str)}
    assert {field: fields[field] for field in wanted} == wanted


def test_a_few_values_are_no_document(recognizer: Recognizer, specimen: Specimen) -> None:
    kept = ("992400718264", "云A")
    blank = without(recognizer, specimen("driving-back"), lambda text: not text.startswith(kept))
    with pytest.raises(DocumentNotFound):
        recognizer.recognize("driving", blank)


def test_a_photocopy_keeps_its_seal_apart(recognizer: Recognizer, specimen: Specimen, truth: Truth) -> None:
    grey = np.asarray(opened(specimen("drivinglicense")).convert("L").convert("RGB"))
    fields = recognizer.recognize("drivinglicense", saved(Image.fromarray(grey)))
    wanted = truth("drivinglicense")
    assert (fields["official_seal"], fields["address"]) == (wanted["official_seal"], wanted["address"])


def test_half_a_seal_is_no_answer(recognizer: Recognizer, specimen: Specimen, truth: Truth) -> None:
    whole = truth("drivinglicense")["official_seal"]
    half = without(
        recognizer, specimen("drivinglicense"), lambda text: len(text) > 3 and whole.endswith(text)
    )
    assert recognizer.recognize("drivinglicense", half)["official_seal"] == ""
    assert not driver_licence.evenly([0, 40, 120])
    assert driver_licence.evenly([0, 40, 82])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("望海市公安局交通警察支队", "望海市公安局交通警察支队"),
        ("云栖省望海市公安局公安交通管理局", "云栖省望海市公安局公安交通管理局"),
        ("望海市公安局交通警察支队车辆管理所", "望海市公安局交通警察支队车辆管理所"),
        ("望海市公安管理局", ""),
        ("望海市公安局", ""),
        ("警察支队", ""),
    ],
)
def test_the_form_of_an_authority(text: str, value: str) -> None:
    assert driver_licence.authority(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (driver_licence.person, "许怀舟", "许怀舟"),
        (driver_licence.person, "建设大道3号", ""),
        (driver_licence.person, "许怀舟性女", "许怀舟"),
        (driver_licence.country, "男中国", "中国"),
        (driver_licence.country, "号附2号", ""),
        (driver_licence.home, "号26幢1单元1106室", ""),
        (driver_licence.home, "南屏省望海市9号", "南屏省望海市9号"),
        (vehicles.size, "4514×1758×2423mm 准牵引总质量 38000kg", "4514x1758x2423mm"),
        (vehicles.size, "4514×1758×24231", ""),
        (vehicles.size, "4514×1758×2423 38000kg", ""),
    ],
)
def test_the_form_of_values_beside_misread_print(parse: Callable[[str], str], text: str, value: str) -> None:
    assert parse(text) == value


def test_the_next_label_in_the_line_of_a_size_is_cut_off() -> None:
    text = "4514×1758×2423mm准牵引总质量"
    line = Line(
        text,
        np.array([[0, 0], [500, 0], [500, 30], [0, 30]], float),
        (1.0,) * len(text),
        tuple(np.linspace(0.02, 0.98, len(text))),
    )
    assert [piece.text for piece in vehicle_licence.parted(pieces([line]))] == [
        "4514×1758×2423mm",
        "准牵引总质量",
    ]


def test_what_is_there_twice_tells_nothing() -> None:
    quad = np.array([[0, 0], [200, 0], [200, 30], [0, 30]], float)
    plate = Line("云A12345", quad, (1.0,) * 7, tuple(np.linspace(0.1, 0.9, 7)))
    below = Line("云A54321", quad + np.array([0, 80]), (1.0,) * 7, plate.centers)
    assert list(telling(pieces([plate]), vehicle_licence.FRONT)) == ["plate_num"]
    assert telling(pieces([plate, below]), vehicle_licence.FRONT) == {}


def test_only_characters_that_count_make_a_value_doubtful(recognizer: Recognizer, specimen: Specimen) -> None:
    page = page_of(recognizer, specimen("platenum"))
    assert page.lines()
    quad = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], float)
    text = "2020-01-02"
    scores = tuple(0.2 if character == "-" else 0.9 for character in text)
    piece = pieces([Line(text, quad, scores, tuple(np.linspace(0.05, 0.95, 10)))])[0]
    assert (min_confidence([piece]), min_confidence([piece], DIGITS)) == (0.2, 0.9)
    assert resolve(page, [piece], FieldSpec(lambda text: text, counting=DIGITS)).value == text


def test_a_mark_that_a_box_cuts_off_is_read(recognizer: Recognizer, specimen: Specimen) -> None:
    page = page_of(recognizer, specimen("bizlicense"))
    whole = next(
        piece for piece in pieces(page.lines()) if piece.text[-1:] in "；。，）)" and len(piece.text) > 5
    )
    line = whole.line
    share = (line.centers[-2] + line.centers[-1]) / 2
    quad = line.quad.copy()
    quad[1] = line.quad[0] + share * (line.quad[1] - line.quad[0])
    quad[2] = line.quad[3] + share * (line.quad[2] - line.quad[3])
    short = pieces(
        [Line(line.text[:-1], quad, line.scores[:-1], tuple(c / share for c in line.centers[:-1]))]
    )[0]
    assert with_end_mark(page, short).text == whole.text
    assert with_end_mark(page, part(whole, 0, 3)).text == whole.text[:3]
