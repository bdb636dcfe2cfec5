"""Photos that cut a card, show it in the dark, lie on their side with little text, or hide a line at first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.documents import idcard
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.ocr.detection import TextDetector, brightened
from cloudbase_ocr.recognizer.page.page import Page
from tests.emulator.recognizer.pictures import opened, saved

pytestmark = pytest.mark.check

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]


def page_of(recognizer: Recognizer, data: bytes) -> Page:
    return Page(decode(data, 40_000_000), recognizer._loaded(), 960)


def test_a_card_whose_labels_are_cut_off_at_the_left(
    recognizer: Recognizer, specimen: Specimen, truth: Truth
) -> None:
    picture = opened(specimen("idcard-front"))
    label = next(
        line for line in page_of(recognizer, specimen("idcard-front")).lines() if "住址" in line.text
    )
    first = label.quad[0, 0] + label.centers[0] * (label.quad[1, 0] - label.quad[0, 0])
    second = label.quad[0, 0] + label.centers[1] * (label.quad[1, 0] - label.quad[0, 0])
    cut = picture.crop((round((first + second) / 2), 0, *picture.size))
    assert recognizer.recognize("idcard", saved(cut)) == truth("idcard-front")


def test_a_line_of_a_card_that_was_not_found_at_first_is_found_by_a_closer_look(
    recognizer: Recognizer, specimen: Specimen, truth: Truth
) -> None:
    page = page_of(recognizer, specimen("idcard-front"))
    name = truth("idcard-front")["name"]
    page = page.derived(replace(page.text, lines=[line for line in page.lines() if name not in line.text]))
    assert len(page.lines()) == len(page_of(recognizer, specimen("idcard-front")).lines()) - 1
    assert idcard.read(page).fields == truth("idcard-front")


def test_the_detector_sees_a_dark_picture_brightened_and_a_bright_one_as_it_is() -> None:
    seen = []

    def infer(picture: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        seen.append(int(picture.max()))
        return np.zeros((1, 1, *picture.shape[1:3]), np.float32)

    for paper in (60, 100, 215, 255):
        TextDetector(infer).detect(np.full((192, 192, 3), paper, np.uint8), 960)
    assert seen == [180, 230, 215, 255]
    assert brightened(np.zeros((8, 8, 3), np.uint8)).max() == 0


@pytest.mark.parametrize("turn", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270])
def test_two_short_rows_that_lie_on_their_side_are_turned_upright(
    recognizer: Recognizer, turn: Image.Transpose
) -> None:
    picture = Image.new("RGB", (900, 640), (120, 130, 125))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((230, 170, 670, 470), fill=(250, 190, 30))
    draw.text((360, 175), "R Z", fill=(20, 20, 20), font=ImageFont.load_default(100))
    draw.text((245, 275), "8W519", fill=(20, 20, 20), font=ImageFont.load_default(165))
    texts = [line.text for line in page_of(recognizer, saved(picture.transpose(turn))).lines()]
    assert "8W519" in texts
