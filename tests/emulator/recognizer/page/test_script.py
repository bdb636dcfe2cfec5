"""What a page is written in, and which of its lines are read again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cloudbase_ocr.recognizer.image.geometry import Line, box
from cloudbase_ocr.recognizer.ocr.scripts import Script
from cloudbase_ocr.recognizer.page.script import in_their_scripts, script_of


def line(text: str, score: float = 1.0, row: int = 0) -> Line:
    count = len(text)
    return Line(
        text, box(0, 50 * row, 300, 50 * row + 40), (score,) * count, tuple(np.linspace(0, 1, count).tolist())
    )


@pytest.mark.parametrize(
    ("texts", "script"),
    [
        (["飲料", "红茶"], Script.SIMPLIFIED),
        (["飲料", "紅茶", "绿茶"], Script.TRADITIONAL),
        (["奶茶", "8.00"], Script.SIMPLIFIED),
        (["漢"], Script.TRADITIONAL),
        ([], Script.SIMPLIFIED),
    ],
)
def test_script_that_most_telling_characters_have(texts: list[str], script: Script) -> None:
    assert script_of(map(line, texts)) is script


def test_characters_without_confidence_do_not_tell() -> None:
    assert script_of([line("飲料", 0.4), line("红茶")]) is Script.SIMPLIFIED


class Engine:
    """Notes which lines it reads in which script."""

    def __init__(self) -> None:
        self.read: list[tuple[str, float]] = []
        self.script: Any = None

    def in_script(self, script: Script) -> Engine:
        self.script = script
        return self

    def recognize_all(self, _picture: Any, quads: list[Any]) -> list[Line]:
        self.read += [(self.script.value, float(quad[0, 1]) / 50) for quad in quads]
        return [line("again", row=round(float(quad[0, 1]) / 50)) for quad in quads]


def found(engine: Engine, lines: list[Line], script: Script) -> list[str]:
    picture = np.zeros((400, 400, 3), np.uint8)
    read = in_their_scripts(engine, picture, lines, script, lambda: None)  # type: ignore[arg-type]  # it stands in
    return [each.text for each in read]


def test_on_a_traditional_page_what_may_be_simplified_is_read_again() -> None:
    engine = Engine()
    lines = [line("飲料"), line("红茶", row=1), line("奶茶", 0.8, row=2), line("60", 0.5, row=3)]
    assert found(engine, lines, Script.TRADITIONAL) == ["飲料", "again", "again", "60"]
    assert engine.read == [("traditional", 1), ("traditional", 2)]


def test_lines_with_kana_are_read_again_as_japanese() -> None:
    engine = Engine()
    assert found(engine, [line("ポイ拾て"), line("梅の绿", row=1)], Script.SIMPLIFIED) == ["again", "梅の绿"]
    assert engine.read == [("japanese", 0)]
