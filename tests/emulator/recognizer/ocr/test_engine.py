"""The engine: loaded late and once, shared by threads, silent on the network, and clear when it is missing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.recognizer import EngineUnavailable, RecognitionError, Recognizer, RecognizerBusy
from cloudbase_ocr.recognizer.ocr.cpu import cores
from cloudbase_ocr.recognizer.ocr.engine import Engine
from cloudbase_ocr.recognizer.ocr.weights import Weights, find_weights

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]


def run(code: str) -> str:
    """Run Python code in a fresh process; what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.check
def test_threads_share_one_engine(recognizer: Recognizer, specimen: Specimen, truth: Truth) -> None:
    names = ["idcard-front", "idcard-back"] * 4
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda name: recognizer.recognize("idcard", specimen(name)), names))
    assert answers == [truth(name) for name in names]


@pytest.mark.check
def test_the_first_pictures_may_come_all_at_once_and_none_waits_for_ever(specimen: Specimen) -> None:
    impatient = Recognizer(timeout=0.02)
    impatient.warm()
    data = specimen("printed-text")
    start = threading.Barrier(4)

    def call(_: int) -> str:
        start.wait(10)
        try:
            return f"{len(impatient.recognize('comm', data)['items'])} items"
        except RecognizerBusy as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(call, range(4)))
    assert "11 items" in outcomes
    assert "other pictures kept the recognizer busy for 0.02 s; send fewer at a time" in outcomes
    assert impatient.recognize("comm", data)["items"]


def test_nothing_heavy_is_loaded_before_the_first_picture() -> None:
    code = """
import sys
from cloudbase_ocr.recognizer import Recognizer
assert Recognizer().methods
print(*[name for name in ("numpy", "cv2", "PIL", "openvino") if name in sys.modules])
"""
    assert run(code).strip() == ""


@pytest.mark.check
def test_no_network_is_touched_and_the_weights_package_is_not_imported() -> None:
    code = """
import sys
touched = []
def watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__",):
        touched.append((event, arguments))
sys.addaudithook(watch)
from importlib.resources import files
from cloudbase_ocr.recognizer import Recognizer
data = files("cloudbase_ocr.specimens").joinpath("idcard-back.jpg").read_bytes()
fields = Recognizer(threads=1).recognize("idcard", data)
import threading
loaded = [name for name in ("rapidocr", "openvino_telemetry") if name in sys.modules]
print(fields["valid_date"], touched, loaded, [thread.name for thread in threading.enumerate()])
"""
    assert run(code).strip() == "20190520-20390520 [] [] ['MainThread', 'recognizer_0']"


def test_a_package_that_cannot_be_imported_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "openvino.py").write_text("raise ImportError('no such symbol')")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from cloudbase_ocr.recognizer import EngineUnavailable, Recognizer, RecognizerNotInstalled
try:
    Recognizer().warm()
except EngineUnavailable as error:
    print(isinstance(error, RecognizerNotInstalled), error)
"""
    told = "False OpenVINO cannot be loaded (no such symbol); run: pip install 'cloudbase-ocr[ocr]'"
    assert run(code).strip() == told


WHERE_IT_RUNS = """
import os, threading
from pathlib import Path
import numpy as np
from cloudbase_ocr.recognizer.ocr.engine import Engine
engine, places, read = Engine(1), [], threading.Event()
def look():
    while not read.wait(0.002):
        for thread in os.listdir("/proc/self/task"):
            try:
                places.append(os.sched_getaffinity(int(thread)))
            except OSError:
                pass  # it is gone
looking = threading.Thread(target=look)
looking.start()
for _ in range(3):
    engine.detect(np.zeros((600, 800, 3), np.uint8))
    engine.recognize_all(np.zeros((48, 640, 3), np.uint8), [np.array([[0, 0], [640, 0], [640, 48], [0, 48]], float)])
read.set()
looking.join()
print(len(places) > 50, all(place == os.sched_getaffinity(0) for place in places))
"""


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="the system does not tell where threads may run"
)
@pytest.mark.skipif(cores() == 1, reason="one core is the only place")
def test_an_engine_with_one_thread_runs_on_any_core() -> None:
    """Several processes would all run on the same core otherwise, and the others be idle."""
    assert run(WHERE_IT_RUNS) == "True True\n"


def test_models_that_cannot_be_loaded_are_told_with_the_remedy(tmp_path: Path) -> None:
    """So does an OpenVINO that is too old for them."""
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"no model")
    with pytest.raises(EngineUnavailable, match=r"OpenVINO \S+ cannot load the models .*run: pip install"):
        Engine(weights=Weights(damaged, damaged))


def test_absent_weights_are_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier = tmp_path / "rapidocr"
    carrier.mkdir()
    (carrier / "__init__.py").write_text("raise AssertionError('must not be imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "rapidocr", raising=False)
    with pytest.raises(
        EngineUnavailable, match=r"PP-OCRv6_det_small\.onnx is not in .*run: pip install 'cloudb"
    ):
        find_weights()


def test_every_error_is_in_the_tree_and_public() -> None:
    import cloudbase_ocr.recognizer as package

    public = [getattr(package, name) for name in package.__all__]
    errors = [each for each in public if isinstance(each, type) and issubclass(each, Exception)]
    assert errors
    assert all(issubclass(error, RecognitionError) for error in errors)
    assert package.__all__ == sorted(package.__all__)
