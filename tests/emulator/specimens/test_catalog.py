"""The specimens: complete, small, drawn by the script that is in the repository, and nobody's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.batch.fonts import NoFont, find_face
from cloudbase_ocr.recognizer.fields.checksums import id_number_ok
from tests.bench.ocr.specimens import draw, people, truths
from tests.emulator.recognizer.pictures import opened
from wxcloud.contract import METHODS, Method

Truth = Callable[[str], dict[str, Any]]
FOLDER = files("cloudbase_ocr.specimens")
NAMES = sorted(draw.DOCUMENTS)


def method_of(name: str) -> Method:
    key = {"printed-text": "comm"}.get(name, name.split("-")[0])
    return next(method for method in METHODS if method.key == key)


def test_every_method_has_a_specimen() -> None:
    assert {method_of(name).key for name in NAMES} == {method.key for method in METHODS}


@pytest.mark.parametrize("name", NAMES)
def test_a_specimen_is_a_small_photo_and_its_truth_has_the_contracts_fields_in_order(
    truth: Truth, name: str
) -> None:
    data = FOLDER.joinpath(f"{name}.jpg").read_bytes()
    assert len(data) < 250_000
    assert max(opened(data).size) in range(1280, 1601)
    expected = [field.name for field in method_of(name).fields]
    given = list(truth(name))
    assert given == [field for field in expected if field in given]


def test_the_numbers_can_belong_to_nobody() -> None:
    text = "".join((truths.FOLDER / f"{name}.json").read_text("utf-8") for name in NAMES)
    numbers = re.findall(r"(?<![0-9A-Z])[0-9]{17}[0-9X]", text)
    assert numbers
    assert all(number.startswith("99") for number in numbers)
    assert all(id_number_ok(number) for number in numbers if not number.startswith("9990"))
    assert people.card_number().startswith("9990")
    assert sum(int(d) for digit in people.card_number()[-2::-2] for d in str(2 * int(digit))) % 10 == (
        -sum(int(digit) for digit in people.card_number()[::-2]) % 10
    )


def fonts_or_skip() -> None:
    try:
        find_face()
    except NoFont as error:
        pytest.skip(str(error))


@pytest.mark.check
def test_the_script_draws_them_again(tmp_path: Path) -> None:
    fonts_or_skip()
    assert draw.main(["--out", str(tmp_path), "--truth", str(tmp_path)]) == 0
    assert sorted(path.stem for path in tmp_path.glob("*.jpg")) == NAMES
    for name in NAMES:
        again: Any = json.loads((tmp_path / f"{name}.json").read_text("utf-8"))
        kept: Any = truths.truth_of(name)
        if name == "printed-text":  # places depend on the font that is found
            again, kept = ([item["text"] for item in reply["items"]] for reply in (again, kept))
        assert again == kept


def test_a_missing_font_is_told_with_the_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = tmp_path / "none.ttf"
    assert draw.main(["--font", str(absent), "--out", str(tmp_path), "--truth", str(tmp_path)]) == 2
    assert f"draw: {absent} is not a font file that can be used" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
