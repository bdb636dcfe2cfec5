"""Layouts of driver licences: the second page alone, and the one that tells the term by its length."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cloudbase_ocr.recognizer.documents import driver_licence, vehicle_licence
from cloudbase_ocr.recognizer.evidence import Evidence
from cloudbase_ocr.recognizer.fields.reading import Reading
from cloudbase_ocr.recognizer.image.geometry import Line, Quad, box
from cloudbase_ocr.recognizer.page.page import Page


class Printed(Page):
    """A white page of 880x600 with these lines."""

    def __init__(self, lines: list[Line]) -> None:
        self.printed = lines
        self._rectification = None
        self.width, self.height = 880, 600

    def lines(self) -> list[Line]:
        return self.printed

    @property
    def picture(self) -> Any:
        return np.full((600, 880, 3), 255, np.uint8)

    def quad(self, quad: Quad) -> Any:
        return {}

    def recognize_again(self, quad: Quad, only: Iterable[str] | None = None) -> Line:
        return line("", 0, 0)

    def evidence(self, found: Any, confidence: float | None = None) -> Evidence:
        return Evidence(1.0, [])


def line(text: str, left: float, top: float) -> Line:
    wide = sum(24 if character > "\u2e80" else 12 for character in text)
    places = tuple((np.arange(len(text)) + 0.5) / len(text)) if text else ()
    return Line(text, box(left, top, left + wide, top + 24), (0.99,) * len(text), places)


def read(module: Any, *lines: tuple[str, float, float]) -> Reading:
    reading = module._read(Printed([line(*each) for each in lines]))
    assert reading is not None
    return reading  # type: ignore[no-any-return]  # of a module


def test_the_second_page_has_no_other_fields() -> None:
    title = ("中华人民共和国机动车驾驶证副页", 260, 40)
    page = [("证号", 220, 110), ("姓名", 40, 170), ("档案编号", 440, 170), ("记录", 40, 260)]
    reading = read(driver_licence, title, *page)
    assert reading.fields["name"] == ""
    assert reading.sought == {}


def test_what_stands_below_an_engines_number_does_not_belong_to_it() -> None:
    page = [("车辆识别代号", 264, 365), ("发动机号码", 264, 427), ("4G15S801234", 450, 430), ("01", 450, 462)]
    page += [("注册日期", 264, 496), ("使用性质", 40, 302), ("品牌型号", 378, 302)]
    assert read(vehicle_licence, *page).fields["engine_num"] == "4G15S801234"
