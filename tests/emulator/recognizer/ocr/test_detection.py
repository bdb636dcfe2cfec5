"""From a probability map to quads: what the parameters of the detector's post-processing do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cloudbase_ocr.recognizer.image.geometry import sides
from cloudbase_ocr.recognizer.ocr.detection import DetectionParams, TextDetector

PAPER = np.full((480, 640, 3), 230, np.uint8)


def infer(_picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A map with a sure line of 200 x 20, a faint one below, and a speck."""
    found = np.zeros((1, 1, 480, 640), np.float32)
    found[0, 0, 100:120, 100:300] = 0.9
    found[0, 0, 200:220, 100:300] = 0.4
    found[0, 0, 300:302, 100:102] = 0.9
    return found


@pytest.mark.parametrize(
    ("changes", "tops"),
    [
        ({}, [100]),
        ({"box_thresh": 0.35}, [100, 200]),
        ({"box_thresh": 0.35, "thresh": 0.5}, [100]),
        ({"box_thresh": 0.35, "max_candidates": 2}, [200]),  # from the bottom up, the speck first
        ({"box_thresh": 0.95}, []),
        ({"min_size": 30.0}, []),
    ],
)
def test_the_thresholds_decide_what_is_a_line(changes: dict[str, float], tops: list[int]) -> None:
    quads = TextDetector(infer, replace(DetectionParams(), **changes, unclip_ratio=0.0)).detect(PAPER, 640)  # type: ignore[arg-type]  # each has the type of its field
    assert [round(float(quad[0, 1])) for quad in quads] == tops


def test_lines_grow_by_area_over_perimeter_times_the_ratio() -> None:
    def found(ratio: float) -> tuple[float, float]:
        quad = TextDetector(infer, replace(DetectionParams(), unclip_ratio=ratio)).detect(PAPER, 640)[0]
        return sides(quad).top, sides(quad).left

    width, height = found(0.0)
    margin = width * height / (2 * (width + height))
    assert found(1.6) == pytest.approx((width + 3.2 * margin, height + 3.2 * margin), abs=0.1)
