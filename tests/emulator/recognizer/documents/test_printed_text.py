"""Printed text: characters that look alike, and marks that are no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.documents.printed_text import _is_speck, _told_apart
from tests.emulator.recognizer.pictures import opened, saved


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("字数在800一1500字之间", "字数在800—1500字之间"),
        ("14:30一16:00", "14:30—16:00"),
        ("一九二五年十一月", "一九二五年十一月"),
        ("第1一节", "第1一节"),
        ("规格：750m1×6瓶", "规格：750ml×6瓶"),
        ("m1=20", "m1=20"),
        ("他说:", "他说："),
        ("End:", "End:"),
        ("严禁奔跑,打闹!他", "严禁奔跑，打闹！他"),
        ("价值V49.90", "价值￥49.90"),
        ("版本V49", "版本V49"),
    ],
)
def test_what_looks_alike_is_told_apart(read: str, printed: str) -> None:
    assert _told_apart(read) == printed


@pytest.mark.parametrize(
    ("text", "speck"), [(")", True), ("·", True), ("3", False), ("一", False), ("——", False)]
)
def test_a_single_mark_alone_is_no_text(text: str, speck: bool) -> None:
    assert _is_speck(text) == speck


@pytest.mark.check
def test_a_bracket_shaped_edge_beside_a_page_is_not_answered(
    recognizer: Recognizer, specimen: Callable[[str], bytes], truth: Callable[[str], dict[str, Any]]
) -> None:
    page = opened(specimen("printed-text"))
    wide = page.crop((0, 0, page.width, page.height + 160))
    pen = ImageDraw.Draw(wide)
    pen.rectangle((0, page.height, wide.width, wide.height), fill=(236, 234, 230))
    pen.arc((560, page.height + 40, 610, page.height + 110), -70, 70, fill=(40, 40, 40), width=7)
    texts = [item["text"] for item in recognizer.recognize("comm", saved(wide))["items"]]
    assert texts == [item["text"] for item in truth("printed-text")["items"]]


@pytest.mark.check
@pytest.mark.parametrize("rings", [1, 2])
def test_a_second_ring_makes_per_mille(recognizer: Recognizer, rings: int) -> None:
    pen, right = _printed("Fine of 7%")
    if rings == 2:
        pen.ellipse((right + 2, 82, right + 20, 112), outline=0, width=6)
    pen.text((right + 40, 50), "each", fill=0, font=ImageFont.load_default(SIZE))
    assert _only_line(recognizer, pen).replace(" ", "") == ("Fineof7‰each" if rings == 2 else "Fineof7%each")


@pytest.mark.check
@pytest.mark.parametrize("ring", [True, False])
def test_a_full_stop_behind_latin_letters_is_a_ring_or_a_dot(recognizer: Recognizer, ring: bool) -> None:
    pen, right = _printed("sample.yaml")
    if ring:
        pen.ellipse((right + 6, 96, right + 20, 110), outline=0, width=3)
    else:
        pen.text((right, 50), ".", fill=0, font=ImageFont.load_default(SIZE))
    assert _only_line(recognizer, pen) == ("sample.yaml。" if ring else "sample.yaml.")


SIZE = 60


def _printed(text: str) -> tuple[ImageDraw.ImageDraw, int]:
    """A line on white paper, and where it ends."""
    font = ImageFont.load_default(SIZE)
    pen = ImageDraw.Draw(Image.new("RGB", (900, 400), "white"))
    pen.text((60, 50), text, fill=0, font=font)
    return pen, round(60 + font.getlength(text))


def _only_line(recognizer: Recognizer, pen: ImageDraw.ImageDraw) -> str:
    (item,) = recognizer.recognize("comm", saved(pen._image))["items"]
    text: str = item["text"]
    return text
