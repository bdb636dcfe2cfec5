"""The README's first steps: the command of each kind of reader runs, and what is said of sizes and figures is so."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cloudbase_ocr import __version__
from tests.docs.page_blocks import CHINESE, ROOT, read
from tests.processes import started

PAGES = pytest.mark.parametrize("page", ["README.md", CHINESE["README.md"]])
INIT, ENV, RECOGNIZE, SERVE = range(4)


def first_commands(page: str) -> list[str]:
    """Return the command of each row of the table that says who it is for."""
    return re.findall(r"^\| [^`|]+ \| `(cloudbase-ocr [^`]+)` \| \[", read(page), re.MULTILINE)


def words(command: int) -> list[str]:
    """Return a command as this interpreter runs it."""
    return [sys.executable, "-m", "cloudbase_ocr", *shlex.split(first_commands("README.md")[command])[1:]]


def run(command: int, folder: Path) -> str:
    """Run a command to its end in a folder, with this interpreter's programs on PATH; return what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        words(command),
        cwd=folder,
        env={**variables, "PATH": path, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_both_languages_have_the_same_four_commands() -> None:
    assert len(first_commands("README.md")) == 4
    assert first_commands(CHINESE["README.md"]) == first_commands("README.md")


@pytest.mark.check
def test_a_project_starts(tmp_path: Path) -> None:
    assert "wrote shop" in run(INIT, tmp_path)
    assert (tmp_path / "shop/cloudfunctions/idcard/index.py").is_file()


@pytest.mark.check
def test_tests_run_inside_an_emulator(tmp_path: Path) -> None:
    (tmp_path / "test_address.py").write_text(
        "import os\n\n\ndef test_address():\n    assert 'http://127.0.0.1' in os.environ['WXCLOUD_API_BASE']\n",
        encoding="utf-8",
    )
    assert "1 passed" in run(ENV, tmp_path)


@pytest.mark.check
def test_photos_become_a_table(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    shutil.copy(ROOT / "emulator/cloudbase_ocr/specimens/platenum.jpg", tmp_path / "scans")
    run(RECOGNIZE, tmp_path)
    assert "ocr.platenum" in (tmp_path / "scans.csv").read_text(encoding="utf-8-sig")


@pytest.mark.check
def test_a_service_starts(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    with started(
        [*words(SERVE), "--port", "0"], cwd=tmp_path, env=environment, stderr=subprocess.STDOUT
    ) as process:
        assert any("OCR only" in line for line in process.stdout)


@PAGES
def test_every_extra_has_its_size(page: str) -> None:
    (section,) = re.findall(
        r"^\[project.optional-dependencies\]\n(.*?)^\[", read("pyproject.toml"), re.MULTILINE | re.DOTALL
    )
    extras = set(re.findall(r"^(\w+) = \[", section, re.MULTILINE)) - {"dev", "site"}
    assert set(re.findall(r"^\| `cloudbase-ocr\[(\w+)\]` \| .*\d MB", read(page), re.MULTILINE)) == extras


@PAGES
def test_the_wheel_has_its_name(page: str) -> None:
    assert f"dist/cloudbase_ocr-{__version__}-py3-none-any.whl[ocr]" in read(page)


@PAGES
def test_figures_are_those_of_the_page_on_accuracy(page: str) -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| \d+ \| \d+ \| ([\d.]+) % [^|]*\| ([\d.]+) %", read("docs/accuracy.md"), re.MULTILINE
    )
    ours = {kind: round(float(exact)) for kind, exact, _ in rows}
    peer = [
        float(exact) for kind, _, exact in rows if kind.endswith("licences, fields") or kind.startswith("ID")
    ]
    kinds = ("ID cards, fields", "bank cards", "number plates, photos")
    text = read(page)
    assert re.findall(r"(\d+) %", text)[: len(kinds)] == [str(ours[kind]) for kind in kinds]
    assert re.search(rf"{min(peer):.0f}(?: %)? (?:to|到) {max(peer):.0f} %", text)
