"""The network for blurred print: it reads small shaken lines that the other one does not, where there is doubt."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cloudbase_ocr.recognizer import EngineUnavailable, Recognizer
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.image.geometry import Picture, Quad
from cloudbase_ocr.recognizer.ocr import lora
from cloudbase_ocr.recognizer.ocr.engine import Engine
from cloudbase_ocr.recognizer.ocr.recognition import RecognitionParams
from cloudbase_ocr.recognizer.ocr.weights import find_weights, load_openvino
from tests.bench.ocr.judge import distance
from tests.emulator.recognizer.conftest import FOLDER

pytestmark = pytest.mark.check

NAMES = ("printed-text", "bizlicense", "driving-front", "menu")


def shaken(picture: Picture, quad: Quad, size: float, seed: int) -> tuple[Picture, Quad]:
    """A photo of the line in the dark, `size` pixels high, by an unsteady hand."""
    scale = size / float(np.linalg.norm(quad[3] - quad[0]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    blur: NDArray[np.float32] = np.full((1, 5), 1 / 5, np.float32)
    dark = cv2.filter2D(cv2.GaussianBlur(small, (0, 0), 0.8), -1, blur) * 0.4
    noisy = dark + np.random.default_rng(seed).normal(0, 7, dark.shape)
    _, data = cv2.imencode(".jpg", noisy.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8), quad * scale


def test_blurred_lines_are_read_better_than_without_it(
    recognizer: Recognizer,
) -> None:
    engine = recognizer._loaded()
    lines: list[tuple[str, Picture, Quad]] = []
    for name in NAMES:
        picture = decode(FOLDER.joinpath(f"{name}.jpg").read_bytes(), 40_000_000).picture
        quads = engine.detect(picture)
        for seed, line in enumerate(engine.recognize_all(picture, quads)):
            if min(line.scores, default=0) < 0.99 or len(line.text) < 4:
                continue
            lines.append((line.text, *shaken(picture, line.quad, 20, seed)))

    def errors(engine: Engine) -> int:
        return sum(distance(text, engine.recognize(photo, place).text) for text, photo, place in lines)

    without_it = Engine(recognition=RecognitionParams(adapter_below=0.0))
    assert errors(engine) < 0.85 * errors(without_it)


def test_sharp_lines_never_load_it() -> None:
    engine = Engine(threads=1)
    engine.warm()
    picture = decode(FOLDER.joinpath("idcard-back.jpg").read_bytes(), 40_000_000).picture
    lines = engine.recognize_all(picture, engine.detect(picture))
    assert min(min(line.scores) for line in lines if "签发" in line.text) > 0.98
    loaded = engine._networks[2]._request is not None
    assert loaded == any(min(line.scores, default=1.0) < 0.98 for line in lines)


def test_an_adapter_that_does_not_fit_the_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = load_openvino()
    model = runtime.Core().read_model(find_weights().recognition)
    monkeypatch.setattr(lora, "adapter", lambda: iter([("conv2d_none.w_0", np.zeros(3, np.float32))]))
    with pytest.raises(EngineUnavailable, match=r"no weights conv2d_none\.w_0 of 3 numbers"):
        lora.apply_adapter(runtime, model)


def test_each_part_of_the_adapter_belongs_to_weights_of_its_size_and_is_small() -> None:
    sizes = {name: delta.size for name, delta in lora.adapter()}
    assert len(sizes) > 50
    assert all(np.isfinite(delta).all() and np.abs(delta).max() < 2 for _, delta in lora.adapter())
