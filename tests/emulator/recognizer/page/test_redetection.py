"""Which lines are read again after a second detection: only what is new where something is sought."""

from __future__ import annotations

import numpy as np

from cloudbase_ocr.recognizer.image.deskew import Rectification
from cloudbase_ocr.recognizer.image.geometry import Line, Quad, box
from cloudbase_ocr.recognizer.page.redetection import changes

LEVEL = Rectification(np.eye(3))


def line(text: str, left: float, top: float, width: float) -> Line:
    return Line(
        text,
        box(left, top, left + width, top + 30),
        (0.9,) * len(text),
        tuple(np.linspace(0.1, 0.9, len(text))),
    )


def changed(lines: list[Line], found: list[Quad], areas: list[Quad | None]) -> tuple[str, list[list[float]]]:
    kept, new = changes(lines, [box(0, 100, 80, 115)], found, areas, LEVEL)
    return "".join(each.text for each in kept), [quad[0].tolist() for quad in new]


def test_a_line_that_is_found_again_is_not_read_again() -> None:
    lines = [line("a", 0, 0, 100), line("b", 200, 0, 100)]
    again = [box(2, 1, 103, 32), box(198, 0, 300, 29)]
    assert changed(lines, again, [None]) == ("ab", [])
    assert changed(lines, [], [None]) == ("ab", [])
    # Nor is small print that was left out.
    assert changed(lines, [box(0, 101, 82, 116)], [None]) == ("ab", [])


def test_a_line_in_a_place_that_was_refused_is_read_again() -> None:
    lines = [line("a", 0, 0, 100), line("b", 200, 0, 100)]
    again = [box(2, 1, 103, 32), box(198, 0, 300, 29)]
    assert changed(lines, again, [box(190, 0, 400, 30)]) == ("a", [[198, 0]])


def test_only_quads_where_something_is_sought_are_read() -> None:
    found = [box(400, 0, 500, 30), box(400, 300, 500, 330)]
    lines = [line("a", 0, 0, 100)]
    assert changed(lines, found, [box(380, 0, 700, 40)]) == ("a", [[400, 0]])
    assert changed(lines, found, [None]) == ("a", [[400, 0], [400, 300]])
    assert changed(lines, found, [box(0, 500, 700, 540)]) == ("a", [])


def test_a_line_that_falls_apart_is_replaced_by_all_of_its_parts() -> None:
    lines = [line("label and value", 0, 0, 400), line("other", 0, 200, 100)]
    parts = [box(0, 0, 90, 30), box(150, 0, 400, 30), box(0, 200, 100, 230)]
    # The value is sought; its label was in the same line and must not be lost.
    assert changed(lines, parts, [box(160, 0, 500, 30)]) == ("other", [[0, 0], [150, 0]])
