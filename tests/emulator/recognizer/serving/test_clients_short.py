"""Eight clients at a time, briefly, against a process of its own; ``make soak`` does it for two minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests.soak import page
from tests.soak.clients import Load, load

pytestmark = pytest.mark.check

SMALL = [each for each in SPECIMENS if each.key in ("platenum", "idcard", "bankcard")]


@pytest.mark.parametrize("options", [[], ["--recognizer-workers", "2"]], ids=["in process", "two workers"])
def test_every_picture_of_eight_clients_is_answered(options: list[str]) -> None:
    # A machine that does ten things at once is no reason to give up.
    patient = ["--recognizer-timeout", "100", "--recognizer-limit", "100"]
    result = load([*options, *patient], clients=8, seconds=None, rounds=1, specimens=SMALL)
    assert result.outcomes == {"0": 8}
    assert result.problems == []
    assert len(result.seconds) == 8


def test_growing_memory_and_failures_are_problems() -> None:
    result = Load(memory=[(second, 400.0 + 2 * second) for second in range(60)])
    result.outcomes.update({"0": 5, "-1": 2})
    result.check()
    assert result.problems == [
        "2 answers with -1",
        f"memory grew from {result.first_mb:.0f} to {result.last_mb:.0f} MB",
    ]
    flat = Load(memory=[(second, 400.0 + second % 7) for second in range(60)])
    flat.outcomes["0"] = 5
    flat.check()
    assert flat.problems == []


def test_figures_go_between_the_marks(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("a\n<!-- measured: x -->\nold\n<!-- /measured -->\nb\n", encoding="utf-8")
    page.write("x", "| new |\n", file)
    assert file.read_text(encoding="utf-8") == "a\n<!-- measured: x -->\n| new |\n<!-- /measured -->\nb\n"
    with pytest.raises(LookupError, match="no block 'y'"):
        page.write("y", "", file)
    for name in ("clients", "pictures"):
        assert f"<!-- measured: {name} -->" in page.PAGE.read_text(encoding="utf-8")
