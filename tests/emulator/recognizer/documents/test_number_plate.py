"""Number plates in pieces: the parts of a row, two rows, and a province that was misread."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cloudbase_ocr.recognizer import DocumentNotFound, Recognizer
from cloudbase_ocr.recognizer.documents.number_plate import _resolved, number
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.layout.pieces import part, pieces
from cloudbase_ocr.recognizer.page.page import Page
from tests.emulator.recognizer.pictures import opened, saved

Specimen = Callable[[str], bytes]
Boxes = dict[str, dict[str, list[list[list[int]]]]]


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("宁Z·0123A", "宁Z0123A"),
        ("宁Z·D01234", "宁ZD01234"),
        ("宁Z·0123警", "宁Z0123警"),
        ("粤Z·0123港", "粤Z0123港"),
        ("使014·578", "使014578"),
        ("224578使", "224578使"),
        ("使01457", ""),
        ("北Z01234", ""),
        ("宁Z0123", ""),
    ],
)
def test_forms_of_numbers(text: str, plate: str) -> None:
    assert number(text) == plate


def page_of(recognizer: Recognizer, data: bytes) -> Page:
    return Page(decode(data, 40_000_000), recognizer._loaded(), 960)


def _rebuilt(specimen: Specimen, boxes: Boxes, *, wide: float) -> bytes:
    """The specimen's number in two rows: province and letter spread above, the rest large below."""
    whole = np.asarray(opened(specimen("platenum-yellow")))
    first, rest = (np.array(quad, np.float32) for quad in boxes["platenum-yellow"]["number"][:2])

    def flat(quad: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
        target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        matrix = cv2.getPerspectiveTransform(quad, target)
        return cv2.warpPerspective(  # type: ignore[return-value]
            whole, matrix, (width, height), flags=cv2.INTER_CUBIC
        )

    above, below = flat(first, 400, 200), flat(rest, 1000, 340)
    paper = np.median(below.reshape(-1, 3), axis=0).astype(np.uint8)
    sheet = np.full((760, 1200, 3), paper, np.uint8)
    left = round(300 - wide)
    sheet[60:260, left : left + 170] = above[:, :170]
    right = round(900 + wide - 230)
    sheet[60:260, right : right + 170] = above[:, -170:]
    sheet[330:670, 100:1100] = below
    return saved(Image.fromarray(sheet), "JPEG", quality=92)


@pytest.mark.parametrize("wide", [0.0, 60.0])
def test_a_plate_in_two_rows_whose_upper_row_is_in_two_pieces(
    recognizer: Recognizer,
    specimen: Specimen,
    boxes: Boxes,
    truth: Callable[[str], dict[str, str]],
    wide: float,
) -> None:
    picture = _rebuilt(specimen, boxes, wide=wide)
    assert recognizer.recognize("platenum", picture) == {"number": truth("platenum-yellow")["number"]}


@pytest.mark.check
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_two_rows_of_few_characters_are_read_in_any_direction(
    recognizer: Recognizer,
    specimen: Specimen,
    boxes: Boxes,
    truth: Callable[[str], dict[str, str]],
    degrees: int,
) -> None:
    picture = opened(_rebuilt(specimen, boxes, wide=60.0)).rotate(degrees, expand=True)
    answer = recognizer.recognize("platenum", saved(picture, "JPEG", quality=92))
    assert answer == {"number": truth("platenum-yellow")["number"]}


def test_a_province_that_was_cut_off_is_read_with_its_row(recognizer: Recognizer, specimen: Specimen) -> None:
    page = page_of(recognizer, specimen("platenum"))
    row = max(pieces(page.lines(), page.rectification), key=lambda piece: piece.right - piece.left)
    assert _resolved(page, [[part(row, row.text.index("Z"), len(row.text))]]).value == "宁Z3K7Q8"


def test_a_row_without_its_province_is_no_plate(
    recognizer: Recognizer, specimen: Specimen, boxes: Boxes
) -> None:
    whole = opened(specimen("platenum"))
    quad = boxes["platenum"]["number"][1]
    left, top = min(x for x, _ in quad), min(y for _, y in quad)
    right, bottom = max(x for x, _ in quad), max(y for _, y in quad)
    with pytest.raises(DocumentNotFound):
        recognizer.recognize("platenum", saved(whole.crop((left, top, right, bottom))))
