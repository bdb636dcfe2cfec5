"""Places that look like a plate: by colour, by edges, askew."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cloudbase_ocr.recognizer.image.geometry import Picture, bounds, box
from cloudbase_ocr.recognizer.image.plate_regions import is_coloured, plate_regions

BLUE, WHITE = (160, 70, 20), (240, 240, 240)


def scene(paper: tuple[int, int, int], ink: tuple[int, int, int], turn: float = 0.0) -> Picture:
    """Seven characters on a plate of 132 x 42 pixels with its left top at (300, 200), on grey."""
    picture = np.full((480, 640, 3), 128, np.uint8)
    cv2.rectangle(picture, (300, 200), (431, 241), paper, -1)
    for place in range(7):
        left = 306 + 18 * place
        cv2.rectangle(picture, (left, 208), (left + 11, 234), ink, 3)
    matrix = cv2.getRotationMatrix2D((366, 221), turn, 1.0)
    return cv2.warpAffine(picture, matrix, (640, 480), borderValue=(128, 128, 128))  # type: ignore[return-value]  # stubs of OpenCV


@pytest.mark.parametrize("turn", [0.0, 12.0, -12.0])
@pytest.mark.parametrize(("paper", "ink"), [(BLUE, WHITE), (WHITE, (20, 20, 20))])
def test_a_plate_is_found(paper: tuple[int, int, int], ink: tuple[int, int, int], turn: float) -> None:
    found = plate_regions(scene(paper, ink, turn))
    assert any(np.abs(quad.mean(axis=0) - [366, 221]).max() < 12 for quad in found)


def test_places_are_told_in_pixels_of_the_picture() -> None:
    large = cv2.resize(scene(BLUE, WHITE), None, fx=3.0, fy=3.0)
    low, high = bounds(plate_regions(large)[0])  # type: ignore[arg-type]  # of the same kind
    assert np.abs(low - [900, 600]).max() < 30
    assert np.abs(high - [1296, 726]).max() < 30


def test_nothing_is_found_on_a_plain_picture() -> None:
    assert plate_regions(np.full((480, 640, 3), 128, np.uint8)) == []


def test_colours_of_plates() -> None:
    quad = box(300, 200, 432, 242)
    assert is_coloured(scene(BLUE, BLUE), quad, 90)
    assert not is_coloured(scene(WHITE, WHITE), quad, 40)
    assert not is_coloured(scene(BLUE, BLUE), box(900, 900, 950, 950), 40)
