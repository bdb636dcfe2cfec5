"""The Chinese dash: a stroke as long as two characters, and none of the strokes that are something else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.fields.dashes import dashes
from cloudbase_ocr.recognizer.image.geometry import Line, box
from cloudbase_ocr.recognizer.layout.pieces import part, pieces
from tests.emulator.recognizer.pictures import saved

EM, HEIGHT = 40, 48
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


PLACES = (0, 1, 2, 5, 6, 7)
"""Cells of six characters, with two cells between the third and the fourth."""


def found(
    text: str,
    places: Sequence[float] = PLACES,
    stroke: tuple[float, float] = (3, 5),
    *,
    at: int = 24,
    thick: int = 3,
    ink: int = 20,
    paper: int = 250,
) -> list[str]:
    """Draw a square for each character at its place and a stroke between two places; tell what is a dash."""
    picture = np.full((HEIGHT, 8 * EM, 3), paper, np.uint8)
    for character, place in zip(text, places, strict=True):
        if character not in "一—":
            picture[8:40, round(place * EM) + 4 : round((place + 1) * EM) - 4] = ink
    picture[at - thick // 2 : at - thick // 2 + thick, round(stroke[0] * EM) : round(stroke[1] * EM)] = ink
    centers = tuple((place + 0.5) / 8 for place in places)
    line = Line(text, box(0, 0, 8 * EM, HEIGHT), (1.0,) * len(text), centers)
    (piece,) = pieces([line])
    return [f"{text[:start]}|{text[start:end]}|{text[end:]}" for start, end in dashes(picture, piece)]


def test_a_dash_that_is_read_as_nothing() -> None:
    assert found("青禾区望月路") == ["青禾区||望月路"]
    assert found("青禾区望月路", ink=250, paper=60) == ["青禾区||望月路"]


@pytest.mark.parametrize("read", "一—")
def test_a_dash_that_is_read_as_one_character(read: str) -> None:
    assert found(f"青禾区{read}望月路", (0, 1, 2, 3.5, 5, 6, 7)) == [f"青禾区|{read}|望月路"]


def test_a_character_that_looks_like_a_dash_is_as_wide_as_others() -> None:
    assert found("青禾区一望月路海", range(8), (3.05, 3.95)) == []


@pytest.mark.parametrize("stroke", [(3, 3.9), (4, 4), (3.2, 4.2)])
def test_a_gap_without_a_stroke_that_fills_it_is_a_gap(stroke: tuple[float, float]) -> None:
    assert found("青禾区望月路", stroke=stroke) == []


def test_a_line_below_a_blank_to_fill_in_is_no_dash() -> None:
    assert found("青禾区望月路", at=44) == []


def test_a_bar_is_no_dash() -> None:
    assert found("青禾区望月路", thick=14) == []


def test_without_chinese_characters_nobody_knows_how_long_it_is() -> None:
    assert found("AB CDE", PLACES) == []


def test_places_are_counted_in_the_text_of_the_piece() -> None:
    picture = np.full((HEIGHT, 8 * EM, 3), 250, np.uint8)
    picture[8:40, : 3 * EM : 3] = picture[8:40, 5 * EM :: 3] = 20
    picture[23:26, 3 * EM : 5 * EM] = 20
    centers = tuple((place + 0.5) / 8 for place in PLACES)
    (piece,) = pieces([Line("青禾区望月路", box(0, 0, 8 * EM, HEIGHT), (1.0,) * 6, centers)])
    assert list(dashes(picture, part(piece, 1, 6))) == [(2, 2)]


@pytest.mark.check
@pytest.mark.skipif(
    not FONT.is_file(), reason=f"{FONT} is not installed; run: apt-get install fonts-noto-cjk"
)
def test_dashes_of_a_printed_page_are_read(recognizer: Recognizer) -> None:
    lines = ["这是一种方法——它保护投资者", "北京——上海的列车今天晚点", "他说的第一章一共有一百零一页"]
    font = ImageFont.truetype(FONT, 32, index=2)  # Simplified Chinese
    paper = Image.new("RGB", (700, 340), (250, 250, 246))
    for number, line in enumerate(lines):
        ImageDraw.Draw(paper).text((60, 50 + 90 * number), line, fill=(30, 30, 30), font=font)
    assert [item["text"] for item in recognizer.recognize("comm", saved(paper))["items"]] == lines
