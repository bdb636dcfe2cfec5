"""The command that fits curves to results and measures them: with results that are made up here."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cloudbase_ocr.recognizer.fields import calibration
from tests.bench.ocr import calibrate, run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Results and curves in a folder of their own."""
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    monkeypatch.setattr(run, "edition", lambda reader: "e")
    monkeypatch.setattr(calibrate, "PHOTOGRAPHS", tmp_path / "photographs.jsonl")
    monkeypatch.setattr(calibration, "CURVES", tmp_path / "curves.json")
    (tmp_path / "curves.json").write_text("{}", "utf-8")
    calibration.curves.cache_clear()
    yield tmp_path
    calibration.curves.cache_clear()


def _results(folder: Path, half: str, seed: int) -> None:
    """Values that are right half as often as the reader says."""
    rng = random.Random(seed)
    with (folder / f"{half}.jsonl").open("w", encoding="utf-8") as out:
        for number, (document, level) in enumerate((("idcard-front", "L1"), ("real-card", "R"))):
            raw = [round(rng.random(), 3) for _ in range(2000)]
            certain = [(value, rng.random() < value / 2) for value in raw]
            row = {"reader": "ours", "case": f"{half}-{number}", "edition": "e", "document": document}
            print(json.dumps({**row, "level": level, "certain": certain}), file=out)


def _error(output: str) -> float:
    return float(output.splitlines()[0].rpartition(" ")[2])


def test_fitting_on_one_half_makes_confidences_of_the_other_hold(folder: Path) -> None:
    _results(folder, "dev", 1)
    _results(folder, "test", 2)
    before = CliRunner().invoke(calibrate.main, [])
    assert _error(before.output) > 0.2
    after = CliRunner().invoke(calibrate.main, ["--fit"])
    assert after.output.startswith("Drawn, half `test`: 4000 values")
    assert _error(after.output) < 0.03
    assert set(json.loads((folder / "curves.json").read_text("utf-8"))) == {"idcard", "bankcard"}


def test_photographs_are_told_apart_from_drawings(folder: Path) -> None:
    _results(folder, "test", 2)
    rows = [["menu", 0.5, place % 2 == 0] for place in range(40)]
    (folder / "photographs.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    done = CliRunner().invoke(calibrate.main, [])
    drawn, photographs = done.output.split("\n\nPhotographs: ")
    assert drawn.startswith("Drawn, half `test`: 4000 values")
    assert photographs.startswith("40 values")
    assert photographs.count("| 4 | 0.500 |") == 10


def test_photographs_weigh_as_much_as_what_is_drawn(folder: Path) -> None:
    """Drawn cards are right half as often as the reader says; photographed ones never are."""
    _results(folder, "dev", 1)
    CliRunner().invoke(calibrate.main, ["--fit"])
    drawn = calibration.on_curve(calibration.curves()["idcard"], 0.8)
    rows = [["idcard", place / 1000, False] for place in range(1000)]
    (folder / "photographs.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    CliRunner().invoke(calibrate.main, ["--fit"])
    assert calibration.on_curve(calibration.curves()["idcard"], 0.8) == pytest.approx(drawn / 2, abs=0.08)


def test_without_results_the_command_that_gives_them_is_told(folder: Path) -> None:
    done = CliRunner().invoke(calibrate.main, ["--fit"])
    assert done.exit_code == 1
    assert "run: python -m tests.bench.ocr --half dev --readers ours" in done.output


def test_photographs_need_an_index(folder: Path) -> None:
    done = CliRunner().invoke(calibrate.main, ["--photographs", str(folder)])
    assert done.exit_code == 2
    assert "--photographs needs --index" in done.output


def test_a_document_without_results_keeps_its_curve(folder: Path) -> None:
    """One document that is new is fitted alone, without hours for the others."""
    curve = [[0.0, 0.1], [1.0, 0.9]]
    (folder / "curves.json").write_text(json.dumps({"menu": curve, "idcard": curve}), "utf-8")
    _results(folder, "dev", 1)
    CliRunner().invoke(calibrate.main, ["--fit"])
    kept = json.loads((folder / "curves.json").read_text("utf-8"))
    assert list(kept) == ["bankcard", "idcard", "menu"]
    assert kept["menu"] == curve != kept["idcard"]
