"""The head for plates: how a plate is given to it, and on which network it stands."""

from __future__ import annotations

import numpy as np
import pytest

from cloudbase_ocr.recognizer.ocr import plates
from cloudbase_ocr.recognizer.ocr.weights import find_weights, load_openvino


def test_a_plate_in_two_rows_is_given_as_one_row() -> None:
    crop = np.zeros((100, 200, 3), np.uint8)
    crop[39:] = 255
    given = plates.fitted(crop, 2)
    assert given.shape == (48, 168, 3)
    assert given[:, : plates.UPPER].mean() < 20
    assert given[:, plates.UPPER :].mean() > 235


def test_contrast_is_stretched_but_not_made_up() -> None:
    grey = np.linspace(100, 140, 168, dtype=np.uint8)[None, :, None].repeat(48, axis=0).repeat(3, axis=2)
    assert np.ptp(plates.fitted(grey)) == 255
    assert np.ptp(plates.fitted(np.full((24, 94, 3), 90, np.uint8))) == 0


def test_the_head_stands_on_the_network_that_it_was_trained_on_only(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = load_openvino()
    model = runtime.Core().read_model(find_weights().recognition)
    assert plates.with_features(runtime, model)
    assert len(model.outputs) == 2
    monkeypatch.setattr(plates, "fingerprint", lambda model: np.zeros(64, np.float32))
    assert not plates.with_features(runtime, model)
