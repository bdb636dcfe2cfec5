"""Networks of the user's choice: found, looked at, refused with a reason; the default ones in a folder read, too."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont

from cloudbase_ocr.answers.recognizers import recognizer_of
from cloudbase_ocr.commands.recognize import recognize
from cloudbase_ocr.recognizer import EngineUnavailable
from cloudbase_ocr.recognizer.ocr.chosen_weights import alphabet_of, checked, weights_in
from cloudbase_ocr.recognizer.ocr.engine import Engine
from cloudbase_ocr.recognizer.ocr.weights import find_weights, load_openvino
from cloudbase_ocr.settings import Settings

OWN = find_weights()


def _folder(path: Path, **files: Path | str) -> Path:
    """Make a folder: a path is linked to, a text is written."""
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        target = path / name.replace("__", ".")
        if isinstance(content, str):
            target.write_text(content, "utf-8")
        else:
            target.symlink_to(content)
    return path


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            {}, r"no file \*det\*\.onnx for text detection; there is no \*\.onnx at all", id="empty"
        ),
        pytest.param(
            {"det__onnx": OWN.detection},
            r"no file \*rec\*\.onnx for text recognition; there is det\.onnx",
            id="one",
        ),
        pytest.param(
            {"a_det__onnx": "", "b_det__onnx": "", "rec__onnx": ""},
            r"several networks for text detection, a_det\.onnx, b_det\.onnx",
            id="two",
        ),
        pytest.param(
            {"det__onnx": "<html>", "rec__onnx": OWN.recognition},
            r"det\.onnx is no ONNX network",
            id="no network",
        ),
        pytest.param(
            {"det__onnx": OWN.recognition, "rec__onnx": OWN.recognition},
            r"det\.onnx takes \[\?,3,48,\?\]|det\.onnx gives .* a network for text detection",
            id="swapped",
        ),
        pytest.param(
            {"det__onnx": OWN.detection, "rec__onnx": OWN.detection},
            r"rec\.onnx gives .*; a network for text recognition of the PP-OCR family gives \(any, any, any\)",
            id="another output",
        ),
        pytest.param(
            {"det__onnx": OWN.detection, "rec__onnx": OWN.recognition, "a_dict__txt": "", "b_keys__txt": ""},
            r"several lists of characters, a_dict\.txt, b_keys\.txt",
            id="two lists",
        ),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, files: dict[str, Path | str], message: str) -> None:
    with pytest.raises(EngineUnavailable, match=message):
        checked(_folder(tmp_path, **files))
    with pytest.raises(ValueError, match=f"--recognizer-weights: .*{message}"):
        recognizer_of(Settings(recognizer_weights=tmp_path))


def test_the_command_ends_before_it_reads(tmp_path: Path) -> None:
    call = [str(tmp_path / "card.jpg"), "--recognizer-weights", str(tmp_path)]
    (tmp_path / "card.jpg").write_bytes(b"not looked at")
    done = CliRunner().invoke(recognize, ["idcard", *call])
    assert done.exit_code == 2
    assert "--recognizer-weights: " in done.output
    assert "no file *det*.onnx" in done.output


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="is no folder"):
        weights_in(tmp_path / "missing")


def _drawn(text: str) -> np.ndarray:
    """A line of print in Pillow's own font."""
    image = Image.new("RGB", (420, 120), "white")
    ImageDraw.Draw(image).text((40, 30), text, fill=(20, 20, 20), font=ImageFont.load_default(48))
    return np.asarray(image)


class _Model:
    """Stands in for a network: its metadata, and how many characters it tells apart."""

    def __init__(self, classes: int, characters: str | None = None) -> None:
        self._characters = characters
        runtime = load_openvino()
        self._shape = runtime.PartialShape([-1, -1, classes])

    def get_rt_info(self, path: list[str]) -> _Model:
        if self._characters is None:
            raise RuntimeError("there is no such entry")
        return self

    @property
    def value(self) -> str | None:
        return self._characters

    def output(self, index: int) -> _Model:
        return self

    def get_partial_shape(self) -> object:
        return self._shape


def test_characters_come_from_the_metadata_or_from_a_list_beside_it(tmp_path: Path) -> None:
    """The blank is in no list, and the space in some."""
    folder = _folder(tmp_path, det__onnx="", rec__onnx="", my_dict__txt="\u3000\n甲\n乙\n")
    weights = weights_in(folder)
    assert alphabet_of(_Model(5), weights) == ["", "\u3000", "甲", "乙", " "]
    assert alphabet_of(_Model(4), weights) == ["", "\u3000", "甲", "乙"]
    assert alphabet_of(_Model(3, "a\nb"), weights) == ["", "a", "b"]
    assert alphabet_of(_Model(3, "blank\na\nb"), weights) == ["", "a", "b"]
    with pytest.raises(EngineUnavailable, match="tells 9 characters apart, and 3 are listed"):
        alphabet_of(_Model(9), weights)


def test_without_any_list_of_characters_it_is_told(tmp_path: Path) -> None:
    weights = weights_in(_folder(tmp_path, det__onnx="", rec__onnx=""))
    with pytest.raises(
        EngineUnavailable, match=r"its metadata has no 'character', and no file \*dict\*\.txt"
    ):
        alphabet_of(_Model(5), weights)


@pytest.mark.check
def test_networks_from_a_folder_read_and_are_named(tmp_path: Path) -> None:
    (tmp_path / "det").mkdir()
    shutil.copy(OWN.detection, tmp_path / "det" / "model.onnx")
    (tmp_path / "my_rec.onnx").symlink_to(OWN.recognition)
    recognizer = recognizer_of(Settings(recognizer_weights=tmp_path))
    assert recognizer.status().weights == "det/model.onnx, my_rec.onnx"
    assert recognizer_of(Settings()).status().weights == "PP-OCRv6 small"
    picture = _drawn("A1B2C3")
    read = []
    for weights in (OWN, weights_in(tmp_path)):
        engine = Engine(1, weights)
        read.append([engine.recognize(picture, quad).text for quad in engine.detect(picture)])
    assert read == [["A1B2C3"]] * 2
