"""What is left out at first, what is read again, and how two readings become one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.documents import driver_licence
from cloudbase_ocr.recognizer.evidence import Evidence
from cloudbase_ocr.recognizer.fields.formats import DIGITS
from cloudbase_ocr.recognizer.fields.passes import read_in_passes
from cloudbase_ocr.recognizer.fields.reading import Reading
from cloudbase_ocr.recognizer.fields.resolve import resolve
from cloudbase_ocr.recognizer.fields.spec import FieldSpec
from cloudbase_ocr.recognizer.image.augment import augmented, magnified
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.image.geometry import transformed
from cloudbase_ocr.recognizer.layout.pieces import pieces
from cloudbase_ocr.recognizer.layout.sublabels import nothing, sublabels
from cloudbase_ocr.recognizer.page.page import Page
from tests.emulator.recognizer.pictures import erased, opened, saved

pytestmark = pytest.mark.check

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]
Boxes = dict[str, dict[str, list[list[list[int]]]]]


def quad(left: float, top: float, width: float, height: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    corners = [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
    return np.array(corners, float)


def test_small_print_beneath_a_label_is_left_out_and_values_are_not() -> None:
    label, english, value = quad(0, 0, 120, 30), quad(2, 30, 150, 20), quad(160, 8, 300, 34)
    row, below = quad(0, 100, 400, 30), quad(0, 132, 60, 24)
    assert sublabels([label, english, value, row, below]) == [False, True, False, False, False]
    assert sublabels([]) == nothing([]) == []


@pytest.mark.parametrize("angle", [-15.0, 15.0])
def test_small_print_is_found_on_a_tilted_page_too(angle: float) -> None:
    turn = np.array(
        [
            [np.cos(np.radians(angle)), -np.sin(np.radians(angle))],
            [np.sin(np.radians(angle)), np.cos(np.radians(angle))],
        ]
    )
    quads = [quad(0, 0, 120, 30), quad(2, 30, 150, 20), quad(160, 8, 300, 34)]
    assert sublabels([each @ turn.T for each in quads]) == [False, True, False]


def test_a_label_that_was_erased_is_replaced_by_the_english_beneath_it(
    recognizer: Recognizer, specimen: Specimen, truth: Truth
) -> None:
    picture = opened(specimen("drivinglicense"))
    page = Page(decode(specimen("drivinglicense"), 40_000_000), recognizer._loaded(), 960)
    label = next(line for line in page.lines() if line.text == "初次领证日期")
    corners = [[round(x), round(y)] for x, y in label.quad.tolist()]
    fields = recognizer.recognize("drivinglicense", saved(erased(picture, corners, margin=0)))
    assert fields["issue_date"] == truth("drivinglicense")["issue_date"]


def page_of(recognizer: Recognizer, data: bytes, **options: Any) -> Page:
    return Page(decode(data, 40_000_000), recognizer._loaded(), 960, **options)


def test_lines_that_were_left_out_can_be_read_later(recognizer: Recognizer, specimen: Specimen) -> None:
    page = page_of(recognizer, specimen("drivinglicense"), leave_out=driver_licence.READER.skip_lines)
    assert "Date of Birth" not in {line.text for line in page.lines()}
    assert page.recognize_left_out()
    assert "Date of Birth" in {line.text for line in page.lines()}
    assert not page.recognize_left_out()


def test_a_closer_look_that_finds_nothing_new_reads_nothing(
    recognizer: Recognizer, specimen: Specimen
) -> None:
    page = page_of(recognizer, specimen("drivinglicense"))
    assert page.closer([]) is None
    assert page_of(recognizer, saved(opened(specimen("menu")).crop((0, 0, 90, 60)))).closer() is None


def test_a_closer_look_gives_places_in_the_same_picture(recognizer: Recognizer, specimen: Specimen) -> None:
    whole = page_of(recognizer, specimen("drivinglicense"))
    gone = next(line for line in whole.lines() if line.text == "初次领证日期")
    text = replace(whole.text, lines=[line for line in whole.lines() if line is not gone])
    closer = whole.derived(text).closer([gone.quad])
    assert closer is not None
    assert {line.text for line in closer.lines()} >= {line.text for line in whole.lines()}
    found = next(line for line in closer.lines() if line.text == "初次领证日期")
    assert np.abs(found.quad.mean(axis=0) - gone.quad.mean(axis=0)).max() < 20


class Passes(Page):
    """A page that only counts how often it is looked at."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def recognize_left_out(self, areas: Any = None) -> bool:
        self.asked.append(areas)
        return False

    def closer(self, areas: Any = None) -> Page | None:
        self.asked.append(areas)
        return self


def test_readings_are_merged_and_a_doubtful_difference_is_no_answer() -> None:
    answers = [
        ({"a": "1", "b": "", "c": "x", "d": "same"}, {"a": 0.7, "c": 0.95, "d": 0.6}),
        ({"a": "2", "b": "new", "c": "y", "d": "same"}, {"a": 0.75, "b": 0.9, "c": 0.85, "d": 0.9}),
    ]

    def read(_page: Page) -> Reading:
        fields, sure = answers.pop(0)
        return Reading(dict(fields), {name: Evidence(confidence, []) for name, confidence in sure.items()})

    reading = read_in_passes(Passes(), read)
    assert reading is not None
    assert reading.fields == {"a": "", "b": "new", "c": "x", "d": "same"}
    assert {name: each.confidence for name, each in reading.evidence.items()} == {
        "b": 0.9,
        "c": 0.95,
        "d": 0.6,
    }


@pytest.mark.parametrize(
    ("reading", "asked"),
    [
        (Reading({"a": ""}), [[None], [None]]),
        (Reading({"a": "1"}), []),
        (Reading({"a": ""}, sought={}), []),
        (Reading({"a": "", "b": ""}, sought={"a": None}), [[None], [None]]),
        (None, [None, None]),
    ],
)
def test_another_pass_needs_a_reason(reading: Reading | None, asked: list[Any]) -> None:
    page = Passes()
    again = read_in_passes(page, lambda _page: reading)
    assert (again and again.fields) == (reading and reading.fields)
    assert page.asked == asked


def test_another_pass_looks_where_something_is_sought() -> None:
    page, place = Passes(), quad(0, 0, 90, 20)
    read_in_passes(page, lambda _page: Reading({"a": "", "b": ""}, sought={"a": place}))
    assert [[each is place for each in areas] for areas in page.asked] == [[True], [True]]


def test_a_check_digit_chooses_only_among_what_the_pixels_support(
    recognizer: Recognizer, specimen: Specimen, boxes: Boxes
) -> None:
    page = page_of(recognizer, specimen("driving-back"))
    piece = next(piece for piece in pieces(page.lines()) if piece.text == "992400718264")
    for wanted in ("992400718263", "123456789012"):
        spec = FieldSpec(lambda text: text, DIGITS, lambda text, wanted=wanted: text == wanted)  # type: ignore[misc]  # a default of a lambda has no type
        assert resolve(page, [piece], spec).value == "992400718264"


def test_augmented_pictures_show_the_same_line_and_magnified_places_map_back(specimen: Specimen) -> None:
    picture = decode(specimen("menu"), 40_000_000).picture
    place = quad(300, 400, 200, 40)
    assert [shown.shape[0] for shown, _ in augmented(picture, place)] == [96] * 4
    part, matrix = magnified(picture, place)
    assert part.shape[1] > 400
    whole = quad(0, 0, part.shape[1], part.shape[0])
    assert transformed(whole, matrix)[[0, 2]] == pytest.approx(np.array([[284, 384], [516, 456]]), abs=1)
