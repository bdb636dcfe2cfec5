"""What looks like print, and what is a blank line of a form."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cloudbase_ocr.recognizer.image.geometry import Line, Picture, box
from cloudbase_ocr.recognizer.layout.ink import Ink, has_print, ink_of
from cloudbase_ocr.recognizer.layout.pieces import pieces

PLACE = box(150, 14, 600, 62)


def form(value: str = "", paper: int = 235, ink: int = 40, scale: float = 1.0) -> Picture:
    """A label, a dotted and a ruled line beside it, and perhaps a value."""
    image = Image.new("RGB", (640, 80), (paper,) * 3)
    draw = ImageDraw.Draw(image)
    draw.text((10, 22), "LABEL", fill=(ink,) * 3, font=ImageFont.load_default(32))
    draw.line((150, 54, 600, 56), fill=(ink,) * 3, width=2)
    for left in range(150, 600, 8):
        draw.line((left, 58, left + 3, 58), fill=(ink,) * 3)
    draw.text((200, 20), value, fill=(ink,) * 3, font=ImageFont.load_default(32))
    size = (round(640 * scale), round(80 * scale))
    return np.ascontiguousarray(
        np.asarray(image.resize(size, Image.Resampling.BILINEAR), np.uint8)[..., ::-1]
    )


def label_ink(picture: Picture, scale: float = 1.0) -> Ink:
    line = Line("LABEL", box(8, 18, 120, 58) * scale, (1.0,) * 5, (0.1, 0.3, 0.5, 0.7, 0.9))
    return ink_of(picture, pieces([line]))


@pytest.mark.parametrize(("paper", "ink"), [(235, 40), (200, 120), (30, 220)])
@pytest.mark.parametrize("scale", [0.4, 1.0, 2.5])
def test_a_ruled_line_is_no_print_and_a_value_on_it_is(paper: int, ink: int, scale: float) -> None:
    blank, filled = (form(value, paper, ink, scale) for value in ("", "A1"))
    assert label_ink(blank, scale).dark is (ink < paper)
    assert not has_print(blank, PLACE * scale, label_ink(blank, scale))
    assert has_print(filled, PLACE * scale, label_ink(filled, scale))


def test_what_a_line_covers_does_not_count() -> None:
    picture = form("A1")
    assert not has_print(picture, PLACE, label_ink(picture), [(0.05, 0.3)])
    assert has_print(picture, PLACE, label_ink(picture), [(0.5, 0.9)])


def test_a_pale_ground_is_no_print() -> None:
    picture = form()
    for left in range(160, 590, 40):
        picture[16:50, left : left + 12] = 205
    assert not has_print(picture, PLACE, label_ink(picture))


def test_a_form_without_labels_has_the_least_ink() -> None:
    picture = form("A1")
    assert has_print(picture, PLACE, ink_of(picture, []))
