"""The table that docs/accuracy.md opens with is made of results, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.bench.ocr import beside, page

OURS = {
    "menu": {"n": 2, "e": 6, "w": 3, "m": 1, "v": 0, "exact": 0.6, "cpu": 5.0},
    "platenum": {"n": 4, "e": 3, "m": 1, "exact": 0.75, "cpu": 1.0},
}
PEER = {"platenum": {"n": 4, "w": 2, "m": 2, "exact": 0.0, "cpu": 6.0}}


def test_engines_stand_beside_each_other_for_each_set() -> None:
    """What there is nothing of is not in the results; the values of a menu are those that it has."""
    assert beside.table({"ours": OURS, "peer": PEER}).splitlines() == [
        "| photographs | pictures | values | ours | peer | CPU s a picture |",
        "| --- | --- | --- | --- | --- | --- |",
        "| number plates, photos | 4 | 4 | 75.0 % (0, 1, 0) | 0.0 % (2, 2, 0) | 0.25 / 1.50 |",
        "| menus, dishes with price | 2 | 10 | 60.0 % (3, 1, 0) | – | 2.50 / – |",
    ]


def test_the_table_goes_into_both_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the block between the marks is replaced."""
    for name in ("PAGE", "CHINESE"):
        path = tmp_path / f"{name}.md"
        path.write_text("before\n<!-- photographs -->\nold\n<!-- /photographs -->\nafter\n", "utf-8")
        monkeypatch.setattr(page, name, path)
    results = tmp_path / "ours.json"
    results.write_text(json.dumps(OURS), "utf-8")
    done = CliRunner().invoke(beside.main, ["--results", f"ours={results}", "--write"])
    assert done.exit_code == 0, done.output
    english, chinese = (getattr(page, name).read_text("utf-8") for name in ("PAGE", "CHINESE"))
    assert english.startswith("before\n<!-- photographs -->\n| photographs | pictures |")
    assert "| 照片 | 张数 | 值 | 本项目 |" in chinese
    assert "| 车牌，照片 | 4 | 4 | 75.0 % (0, 1, 0) | 0.25 |" in chinese
    assert "old" not in english + chinese
    assert english.endswith("<!-- /photographs -->\nafter\n")


def test_a_file_that_is_not_there_is_told() -> None:
    done = CliRunner().invoke(beside.main, ["--results", "ours"])
    assert done.exit_code == 2
    assert "does not name a reader and a file" in done.output
