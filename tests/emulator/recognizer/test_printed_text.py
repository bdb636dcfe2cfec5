"""Printed text: characters that look alike, and marks that are no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import ImageDraw

from emulator.recognizer import Recognizer
from emulator.recognizer.text import _is_speck, _told_apart
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
    ],
)
def test_what_looks_alike_is_told_apart(read: str, printed: str) -> None:
    assert _told_apart(read) == printed


@pytest.mark.parametrize(
    ("text", "speck"), [(")", True), ("·", True), ("3", False), ("一", False), ("——", False)]
)
def test_a_single_mark_alone_is_no_text(text: str, speck: bool) -> None:
    assert _is_speck(text) == speck


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
