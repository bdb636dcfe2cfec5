"""Weights at a byte a number or less: what comes back is what went in, nearly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cloudbase_ocr.recognizer.ocr import lora, plates, quantized


def test_each_row_comes_back_within_half_a_step_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    given = {
        "matrix": rng.normal(size=(40, 64)) * np.logspace(-3, 1, 40)[:, None],
        "filters": rng.normal(size=(8, 4, 3, 3)),
        "empty": np.zeros((4, 20)),
        "bias": rng.normal(size=30),
        "thin": rng.normal(size=(50, 4)),
    }
    quantized.save(tmp_path / "w.npz", given)
    monkeypatch.setattr(quantized, "files", lambda package: tmp_path)
    found = quantized.load("w.npz")
    assert found.keys() == given.keys()
    for name, values in given.items():
        rows = values.reshape(len(values), -1)
        error = np.abs(found[name].reshape(rows.shape) - rows).max(axis=1)
        assert found[name].shape == values.shape
        assert (error <= 0.5 / 126 * np.abs(rows).max(axis=1) + 1e-7).all(), name
    assert np.abs(found["bias"] - given["bias"]).max() < 2e-3


@pytest.mark.parametrize("name", [lora.FILE, plates.HEAD_FILE])
def test_the_files_that_are_shipped_are_kept_so(name: str) -> None:
    with np.load(Path(quantized.__file__).with_name(name)) as kept:
        assert sorted(kept.files) == sorted([*quantized.NUMBERS, quantized.INDEX])
        assert kept["float16"].nbytes < 0.2 * (kept["float16"].nbytes + kept["int8"].nbytes)
