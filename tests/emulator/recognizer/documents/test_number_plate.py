"""Number plates in pictures: small and dark ones, two rows in any direction, parts of one, and what is none."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cloudbase_ocr.recognizer import DocumentNotFound, Recognizer
from cloudbase_ocr.recognizer.documents import number_plate
from tests.emulator.recognizer.pictures import opened, saved
from tests.quick import first

Specimen = Callable[[str], bytes]
Boxes = dict[str, dict[str, list[list[list[int]]]]]


def _rebuilt(specimen: Specimen, boxes: Boxes, *, wide: float) -> bytes:
    """The specimen's number in two rows: province and letter spread above, the rest large below."""
    whole = np.asarray(opened(specimen("platenum-yellow")))
    first, rest = (np.array(quad, np.float32) for quad in boxes["platenum-yellow"]["number"][:2])

    def flat(quad: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
        target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        matrix = cv2.getPerspectiveTransform(quad, target)
        return cv2.warpPerspective(  # type: ignore[return-value]  # OpenCV names any numbers
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


@pytest.mark.check
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


def small(specimen: Specimen, boxes: Boxes, height: float, gain: float, light: int = 0) -> NDArray[np.uint8]:
    """The specimen in the dark or in haze, its characters so many pixels high, as a compressed photo."""
    whole = np.asarray(opened(specimen("platenum")))
    quad = np.array(boxes["platenum"]["number"][1], np.float64)
    scale = height / float(np.linalg.norm(quad[3] - quad[0]))
    shrunk = cv2.resize(whole, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = Image.fromarray((shrunk * gain + light).clip(0, 255).astype(np.uint8))
    return np.asarray(opened(saved(picture, "JPEG", quality=70)))


@pytest.mark.check
def test_rows_of_text_are_read_upside_down(
    recognizer: Recognizer, specimen: Specimen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_plate, "plate_regions", lambda picture: [])
    picture = opened(specimen("platenum")).rotate(180).resize((640, 480))
    assert recognizer.recognize("platenum", saved(picture)) == {"number": "宁Z3K7Q8"}


@pytest.mark.parametrize(("height", "gain", "light"), first(1, [(14, 1.0, 0), (18, 0.3, 0), (18, 0.4, 120)]))
def test_a_small_plate_in_the_dark_or_in_haze(
    recognizer: Recognizer, specimen: Specimen, boxes: Boxes, height: float, gain: float, light: int
) -> None:
    picture = saved(Image.fromarray(small(specimen, boxes, height, gain, light)))
    assert recognizer.recognize("platenum", picture) == {"number": "宁Z3K7Q8"}


def test_a_plate_alone_is_read_without_looking_for_text(
    recognizer: Recognizer, specimen: Specimen, boxes: Boxes
) -> None:
    whole = opened(specimen("platenum"))
    corners = np.concatenate([np.array(quad) for quad in boxes["platenum"]["number"]])
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    margin = 0.15 * (bottom - top)
    tight = whole.crop(
        tuple(round(each) for each in (left - margin, top - margin, right + margin, bottom + margin))
    )
    explained = recognizer.explain("platenum", saved(tight.resize((94, 24))))
    assert explained.fields == {"number": "宁Z3K7Q8"}
    assert "text" not in explained.stages


@pytest.mark.check
def test_a_row_without_its_province_is_no_plate(
    recognizer: Recognizer, specimen: Specimen, boxes: Boxes
) -> None:
    whole = opened(specimen("platenum"))
    quad = boxes["platenum"]["number"][1]
    left, top = min(x for x, _ in quad), min(y for _, y in quad)
    right, bottom = max(x for x, _ in quad), max(y for _, y in quad)
    with pytest.raises(DocumentNotFound):
        recognizer.recognize("platenum", saved(whole.crop((left, top, right, bottom))))


@pytest.mark.check
def test_the_number_on_a_vehicle_licence_is_no_plate(recognizer: Recognizer, specimen: Specimen) -> None:
    with pytest.raises(DocumentNotFound, match="this is a document"):
        recognizer.recognize("platenum", specimen("driving-front"))
