"""Where a plate may be, from its rows of text: also rows that lost an end, or came in parts."""

from __future__ import annotations

import numpy as np

from cloudbase_ocr.recognizer.image.geometry import Line, box
from cloudbase_ocr.recognizer.layout.plate_places import rows_of_plates, two_rows_of_plates


def line(text: str, left: float, top: float, right: float, bottom: float) -> Line:
    return Line(text, box(left, top, right, bottom), (0.9,) * len(text), (0.5,) * len(text))


def lefts(*lines: Line) -> list[float]:
    return [float(quad[0, 0]) for quad in rows_of_plates(lines)]


def test_a_whole_row_is_a_place_as_it_is() -> None:
    assert lefts(line("宁Z·01234", 100, 0, 400, 80)) == [100]


def test_a_row_without_its_province_goes_on_to_the_left() -> None:
    assert min(lefts(line("Z·01234", 100, 0, 360, 80))) == 100 - 0.6 * 80


def test_a_row_without_province_and_letter_goes_on_further() -> None:
    assert min(lefts(line("01234", 200, 0, 400, 80))) == 200 - 1.3 * 80


def test_two_parts_of_a_row_are_a_place_together() -> None:
    quads = list(rows_of_plates([line("宁Z", 0, 2, 110, 78), line("01234", 130, 0, 400, 80)]))
    assert any(np.array_equal(quad, box(0, 0, 400, 80)) for quad in quads)


def test_a_short_row_above_a_longer_one_is_a_plate_in_two_rows() -> None:
    upper, lower = line("宁Z", 100, 0, 260, 60), line("01234", 0, 80, 360, 180)
    (quad,) = two_rows_of_plates([upper, lower])
    assert np.array_equal(quad, box(0, 0, 360, 180))


def test_an_upper_row_in_two_parts_belongs_to_the_plate_as_a_whole() -> None:
    upper, lower = [line("宁", 60, 0, 120, 60), line("Z", 240, 0, 300, 60)], line("01234", 0, 80, 360, 180)
    assert any(np.array_equal(quad, box(0, 0, 360, 180)) for quad in two_rows_of_plates([*upper, lower]))


def test_running_text_is_no_place() -> None:
    assert lefts(line("未按规定安装的，处二百元以上罚款", 0, 0, 600, 40)) == []
