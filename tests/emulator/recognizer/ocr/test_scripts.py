"""Characters of other scripts than Simplified Chinese: which they are, how likely, and that they are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.ocr.scripts import (
    FurtherClasses,
    Script,
    further_classes,
    is_kana,
    is_simplified,
    is_traditional,
    weights,
)
from tests.emulator.recognizer.pictures import saved

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
TRADITIONAL, SIMPLIFIED, JAPANESE = 3, 2, 0  # of the faces in this file
needs_font = pytest.mark.skipif(
    not FONT.is_file(), reason=f"{FONT} is not installed; run: apt-get install fonts-noto-cjk"
)


@pytest.mark.parametrize(
    ("character", "simplified", "traditional", "kana"),
    [
        ("汉", True, False, False),
        ("漢", False, True, False),
        ("中", False, False, False),
        ("后", False, False, False),
        ("ポ", False, False, True),
        ("の", False, False, True),
        ("々", False, False, True),
        ("é", False, False, False),
        ("", False, False, False),
    ],
)
def test_form_of_a_character(character: str, simplified: bool, traditional: bool, kana: bool) -> None:
    found = is_simplified(character), is_traditional(character), is_kana(character)
    assert found == (simplified, traditional, kana)


def test_full_width_letters_and_symbols_are_left_out() -> None:
    alphabet = ["", "汉", "漢", "Ａ", "ｱ", "ア", "é", "€", "☎", "a", " "]
    assert [alphabet[index] for index in further_classes(alphabet)] == ["漢", "ア", "é", "€"]


def test_the_last_layer_in_two_parts_gives_what_the_whole_gives() -> None:
    rng = np.random.default_rng(1)
    alphabet = ["", "汉", "漢", "中", "é", " "]
    usual = [0, 1, 3, 5]
    kernel, bias = rng.normal(0, 2, (7, 6)).astype(np.float32), rng.normal(0, 1, 6).astype(np.float32)
    features = rng.normal(0, 1, (9, 7)).astype(np.float32)
    exponentials = np.exp(features @ kernel + bias)
    cut = exponentials[:, usual]
    further = FurtherClasses(kernel, bias, alphabet, usual)
    assert further.names == ["", "汉", "中", " ", "漢", "é"]
    found = further.extended(cut / cut.sum(axis=1, keepdims=True), features, np.ones(6, np.float32))
    order = [alphabet.index(name) for name in further.names]
    whole = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, whole[:, order], atol=1e-5)


def test_a_page_decides_between_two_forms() -> None:
    names = ["汉", "漢", "い", "中"]
    assert weights(names, Script.SIMPLIFIED).tolist() == pytest.approx([1, 0.05, 0.05, 1])
    assert weights(names, Script.TRADITIONAL).tolist() == pytest.approx([0.001, 1, 0.05, 1])
    assert weights([*names, "国"], Script.JAPANESE).tolist() == pytest.approx([0.05, 1, 1, 1, 1])


@pytest.mark.check
@needs_font
@pytest.mark.parametrize(
    ("face", "lines"),
    [
        (TRADITIONAL, ["觀自在菩薩照見", "檸檬紅茶與飲料"]),
        (JAPANESE, ["ポイ捨て禁止です"]),
        (JAPANESE, ["Musée für Café"]),
        (SIMPLIFIED, ["凉水", "汉学"]),
    ],
)
def test_each_script_is_read_as_printed(recognizer: Recognizer, face: int, lines: list[str]) -> None:
    assert _texts(recognizer, lines, ImageFont.truetype(FONT, 48, index=face)) == lines


def _texts(recognizer: Recognizer, lines: list[str], font: ImageFont.FreeTypeFont) -> list[str]:
    paper = Image.new("RGB", (700, 60 + 120 * len(lines)), (250, 250, 246))
    for number, line in enumerate(lines):
        ImageDraw.Draw(paper).text((60, 50 + 120 * number), line, fill=(30, 30, 30), font=font)
    return [item["text"] for item in recognizer.recognize("comm", saved(paper))["items"]]
