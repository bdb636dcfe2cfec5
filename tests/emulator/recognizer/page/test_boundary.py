"""The edges of the paper: pale on pale, on a veined table, on a telephone's screen, behind a printed frame."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.page.boundary import document_boundary
from cloudbase_ocr.recognizer.page.page import Page
from tests.emulator.recognizer.pictures import saved

pytestmark = pytest.mark.check

SIZE = (1280, 960)
PAPER = (260, 240, 1020, 720)  # left, top, right, bottom
Ground = Callable[[], Image.Image]


def scanner_bed() -> Image.Image:
    return Image.new("RGB", SIZE, (246, 246, 246))


def veined_marble() -> Image.Image:
    table = Image.new("RGB", SIZE, (230, 231, 232))
    pen = ImageDraw.Draw(table)
    for y in (130, 190, 764, 830):
        pen.line((0, y, SIZE[0], y + 16), fill=(70, 70, 74), width=5)
    return table


def dark_table() -> Image.Image:
    return Image.new("RGB", SIZE, (58, 50, 46))


def printed(ground: Image.Image, paper: tuple[int, int, int], *, frame: bool = False) -> Image.Image:
    """A sheet with six lines of text on a surface."""
    pen, font = ImageDraw.Draw(ground), ImageFont.load_default(30)
    left, top, right, bottom = PAPER
    pen.rectangle(PAPER, fill=paper)
    if frame:
        pen.rectangle((left + 18, top + 18, right - 18, bottom - 18), outline=(176, 140, 60), width=7)
    for row in range(6):
        pen.text(
            (left + 60, top + 60 + row * 62), f"Row {row}: the paper ends near", font=font, fill=(30, 30, 30)
        )
        pen.text((right - 190, top + 60 + row * 62), f"No. {row}{row}7", font=font, fill=(30, 30, 30))
    # A camera's noise, without which an edge of one grey level would be seen.
    noise = np.random.default_rng(3).normal(0, 1.2, (SIZE[1], SIZE[0], 3))
    pixels = cv2.GaussianBlur(np.asarray(ground), (0, 0), 0.8) + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def found(recognizer: Recognizer, picture: Image.Image) -> NDArray[np.float64]:
    page = Page(decode(saved(picture), 40_000_000), recognizer._loaded(), 960)
    corners = page.quad(document_boundary(page, page.lines()))
    return np.array([[corner["x"], corner["y"]] for corner in corners.values()], float)


def off(corners: NDArray[np.float64], left: float, top: float, right: float, bottom: float) -> float:
    wanted = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return float(np.abs(corners - wanted).max())


@pytest.mark.parametrize(
    ("ground", "paper", "frame"),
    [
        (scanner_bed, (241, 242, 240), False),
        (veined_marble, (240, 242, 236), False),
        (dark_table, (240, 242, 236), False),
        (dark_table, (250, 244, 226), True),
    ],
)
def test_the_paper_ends_at_its_edge(
    recognizer: Recognizer, ground: Ground, paper: tuple[int, int, int], frame: bool
) -> None:
    assert off(found(recognizer, printed(ground(), paper, frame=frame)), *PAPER) < 16


def test_a_clock_on_the_screen_is_not_on_the_paper(recognizer: Recognizer) -> None:
    photo = printed(dark_table(), (240, 242, 236))
    screen = Image.new("RGB", (1280, 2700), (0, 0, 0))
    screen.paste(photo, (0, 870))
    pen, font = ImageDraw.Draw(screen), ImageFont.load_default(60)
    pen.text((60, 40), "14:05", font=font, fill=(255, 255, 255))
    pen.text((900, 40), "5G 87%", font=font, fill=(255, 255, 255))
    left, top, right, bottom = PAPER
    assert off(found(recognizer, screen), left, top + 870, right, bottom + 870) < 24
