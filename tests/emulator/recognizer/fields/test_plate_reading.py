"""When a plate's number is answered: by the margin to the next one, over all crops of one plate."""

from __future__ import annotations

from cloudbase_ocr.recognizer.fields.plate_reading import PLATE_READING, Place, PlateReading, likeliest
from cloudbase_ocr.recognizer.image.geometry import box

ENOUGH, SURE = PLATE_READING.enough, PLATE_READING.sure


def reading(left: float = 0, height: float = 30, **scores: float) -> PlateReading:
    ranked = sorted(scores.items(), key=lambda each: -each[1])
    return PlateReading(Place(box(left, 0, left + 3 * height, height)), dict(ranked))


def answered(*readings: PlateReading, least: float = ENOUGH) -> str:
    found = likeliest(readings, least)
    return found.best if found else ""


def test_a_clear_number_is_answered() -> None:
    assert answered(reading(宁Z01234=-0.2, 青Z01234=-6.0), least=SURE) == "宁Z01234"


def test_two_numbers_that_are_about_as_likely_are_not_answered() -> None:
    assert answered(reading(宁Z01234=-0.6, 青Z01234=-0.8)) == ""


def test_an_unlikely_number_is_not_answered_although_it_is_the_only_one() -> None:
    assert answered(reading(宁Z01234=-9.0)) == ""


def test_two_crops_of_a_plate_vouch_for_a_number() -> None:
    crops = reading(宁Z01234=-4.5, 青Z01234=-7.5), reading(2, 宁Z01234=-4.8, 青Z01234=-8.0)
    assert answered(crops[0]) == ""
    assert answered(*crops) == "宁Z01234"


def test_two_crops_of_a_plate_contradict_each_other() -> None:
    assert answered(reading(宁Z01234=-0.5), reading(2, 青Z01234=-0.6)) == ""


def test_a_blurred_crop_says_little_against_a_clear_one() -> None:
    clear, blurred = reading(宁Z01234=-2.0, 青Z01234=-5.0), reading(2, 青Z01234=-4.0, 宁Z01234=-6.0)
    assert answered(clear, blurred) == "宁Z01234"
    assert answered(clear, reading(2, 青Z01234=-2.0, 宁Z01234=-4.0)) == ""


def test_what_a_clear_crop_leaves_open_another_may_tell() -> None:
    clear, blurred = reading(宁Z01234=-2.0, 青Z01234=-2.2), reading(2, 宁Z01234=-4.0, 青Z01234=-7.0)
    assert answered(clear) == ""
    assert answered(clear, blurred) == "宁Z01234"


def test_of_two_plates_the_larger_is_answered_unless_it_is_doubtful() -> None:
    small = reading(500, 30, 宁Z01234=-0.1)
    assert answered(small, reading(0, 60, 青Z01234=-0.4)) == "青Z01234"
    assert answered(small, reading(0, 60, 青Z01234=-0.4, 鲁Z01234=-0.5)) == "宁Z01234"


def test_a_crop_that_missed_the_plate_says_nothing() -> None:
    crops = [reading(at, 宁Z01234=-4.0, 青Z01234=-6.0) for at in (0, 2)]
    missed = [reading(at, 桂S12345=-25.0) for at in (4, 6, 8)]
    assert answered(*crops, *missed) == "宁Z01234"
