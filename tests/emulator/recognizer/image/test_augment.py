"""Other ways to look at text cost little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np

from cloudbase_ocr.recognizer.image.augment import AUGMENT, magnified


def test_a_magnified_page_takes_a_few_times_its_own_bytes() -> None:
    """In floats it would take eight times as many for each step, and the reading process would keep them."""
    picture = np.random.default_rng(0).integers(40, 200, (960, 1280, 3), np.uint8)
    corners = np.array([[0, 0], [1280, 0], [1280, 960], [0, 960]], float)
    tracemalloc.start()
    try:
        larger, _ = magnified(picture, corners)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(larger.shape[:2]) == AUGMENT.long_side
    assert (larger.min(), larger.max()) == (0, 255)
    assert peak < 6 * larger.nbytes
