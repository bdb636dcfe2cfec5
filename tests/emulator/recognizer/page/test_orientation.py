"""Turned pictures are read as upright ones, and places stay in the coordinates of the picture as sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.sublabels import nothing
from cloudbase_ocr.recognizer.page import orientation
from cloudbase_ocr.recognizer.page.orientation import Upright, upright
from tests.emulator.recognizer.pictures import opened, saved

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]
TURNS = {
    "90": Image.Transpose.ROTATE_90,
    "180": Image.Transpose.ROTATE_180,
    "270": Image.Transpose.ROTATE_270,
}
# EXIF orientation tag, and how the stored pixels differ from the upright picture.
TAGS = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


@pytest.mark.check
@pytest.mark.parametrize("name", ["idcard-front", "idcard-back"])
@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_card(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, name: str, turn: str
) -> None:
    picture = opened(specimen(name)).transpose(TURNS[turn])
    assert recognizer.recognize("idcard", saved(picture, "JPEG", quality=88)) == truth(name)


@pytest.mark.check
@pytest.mark.parametrize("turn", TURNS)
def test_turned_text_has_its_places_in_the_turned_picture(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, turn: str
) -> None:
    upright = opened(specimen("printed-text"))
    picture = upright.transpose(TURNS[turn])
    reply = recognizer.recognize("comm", saved(picture, "JPEG", quality=90))
    assert reply["img_size"] == {"w": picture.width, "h": picture.height}
    expected = truth("printed-text")["items"]
    assert [item["text"] for item in reply["items"]] == [item["text"] for item in expected]
    for found, printed in zip(reply["items"], expected, strict=True):
        # The text's own left-top stays the first corner: the quad turns as a whole.
        ink = turned(points(printed), upright.size, turn)
        height = np.linalg.norm(ink[3] - ink[0])
        assert np.abs(points(found) - ink).max() < height, found["text"]


@pytest.mark.check
@pytest.mark.parametrize("tag", TAGS)
def test_exif_orientation_is_applied(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, tag: int
) -> None:
    upright = opened(specimen("printed-text"))
    exif = Image.Exif()
    exif[0x0112] = tag
    stored = saved(upright.transpose(TAGS[tag]), "JPEG", quality=90, exif=exif)
    reply, expected = recognizer.recognize("comm", stored), truth("printed-text")
    assert reply["img_size"] == {"w": 1280, "h": 960}
    assert [item["text"] for item in reply["items"]] == [item["text"] for item in expected["items"]]
    for found, printed in zip(reply["items"], expected["items"], strict=True):
        assert np.abs(points(found).mean(axis=0) - points(printed).mean(axis=0)).max() < 20


@pytest.mark.check
@pytest.mark.parametrize("tag", [2, 6, 0, 9, 65535])
def test_a_false_exif_orientation_does_not_stop_reading(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, tag: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = tag
    if tag == 2:  # a true mirror image needs its tag to be read at all
        picture = opened(specimen("idcard-back")).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    else:
        picture = opened(specimen("idcard-back"))
    assert recognizer.recognize("idcard", saved(picture, "JPEG", quality=90, exif=exif)) == truth(
        "idcard-back"
    )


def points(item: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([[point["x"], point["y"]] for point in item["pos"].values()], float)


def turned(
    quad: np.ndarray[Any, np.dtype[np.float64]], size: tuple[int, int], turn: str
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Where a quad goes when the picture is turned counterclockwise, as Pillow's transposition does."""
    width, height = size
    x, y = quad.T
    return np.stack(
        {"90": (y, width - x), "180": (width - x, height - y), "270": (height - y, x)}[turn], axis=1
    )


class Looks:
    """An engine that finds these quads whatever it sees, and reads `text`; it notes what it was asked."""

    def __init__(self, quads: list[Any], text: str, confidence: float) -> None:
        self.quads, self.text, self.confidence = quads, text, confidence
        self.found: list[tuple[tuple[int, ...], int]] = []
        self.widths: list[float] = []

    def detect(self, picture: Any, long_side: int) -> list[Any]:
        self.found.append((picture.shape[:2], long_side))
        return list(self.quads)

    def recognize_all(self, _picture: Any, quads: list[Any]) -> list[Line]:
        self.widths += [float(np.linalg.norm(quad[1] - quad[0])) for quad in quads]
        scores = (self.confidence,) * len(self.text)
        return [Line(self.text, quad, scores, scores) for quad in quads]


def box(left: float, top: float, width: float, height: float) -> Any:
    return np.array(
        [[left, top], [left + width, top], [left + width, top + height], [left, top + height]], float
    )


def looked(engine: Looks, leave_out: Any = nothing, long_side: int = 960) -> Upright:
    return upright(engine, np.zeros((1500, 2000, 3), np.uint8), long_side, lambda: None, leave_out)  # type: ignore[arg-type]  # it stands in for an engine


def test_a_picture_on_its_side_is_looked_at_closely_only_after_it_was_turned() -> None:
    engine = Looks([box(100 * x, 100, 20, 900) for x in range(1, 8)], "一二三四五六七八", 0.99)
    assert looked(engine).turns == 1
    assert engine.found == [((1500, 2000), 960), ((2000, 1500), 1280)]
    # Four lines told how it lies, by their beginnings.
    assert all(round(width) == 160 for width in engine.widths[:4])


def test_small_print_that_is_left_out_is_no_reason_to_look_again() -> None:
    quads = [box(100, 200 * y, 300, 40) for y in range(1, 4)]
    quads += [box(100, 200 * y + 50, 200, 20) for y in range(1, 4)] + [box(900, 100, 200, 20)]
    engine = Looks(quads, "一二三四五六七八", 0.99)
    looked(engine)
    assert [side for _, side in engine.found] == [960, 1280]
    engine.found.clear()
    looked(engine, lambda found: [quad[3, 1] - quad[0, 1] < 30 for quad in found])
    assert [side for _, side in engine.found] == [960]


def test_a_picture_that_only_seemed_to_lie_on_its_side_is_searched_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(orientation, "_best_turn", lambda *_: 0)
    engine = Looks([box(100, 100, 60, 200)], "1", 0.1)
    found = looked(engine)
    assert found.turns == 0
    assert len(engine.found) == 2
    # Its places are those of the picture as it is, not of the turned one.
    assert np.array_equal(found.lines[0].quad, engine.quads[0])
