"""Completion as a shell asks for it: a process with click's variables."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cloudbase_ocr.cli import main
from cloudbase_ocr.commands import completing
from cloudbase_ocr.core.methods import METHOD_NAMES
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.faults import KINDS
from tests.emulator.project.conftest import write_files

FUNCTIONS = {f"cloud/{name}/index.py": "def main(event, context): return 1\n" for name in ("first", "second")}
FILES = {**FUNCTIONS, "cloudbase-ocr.toml": 'functions = "cloud"\n', ".git/HEAD": "", "below/file": ""}


def completed(line: str, folder: Path) -> list[str]:
    """Return what a shell offers at the end of `line`."""
    words = line.split(" ")
    asked = {
        **os.environ,
        "_CLOUDBASE_OCR_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    program = "from cloudbase_ocr.cli import main; main(prog_name='cloudbase-ocr')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=asked,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [item.partition(",")[2] for item in done.stdout.split()]


@pytest.mark.check
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cloudbase-ocr rec", ["record", "recognize"]),
        ("cloudbase-ocr recognize ban", ["bankcard"]),
        ("cloudbase-ocr recognize ocr.idc", ["ocr.idcard"]),
        ("cloudbase-ocr recognize au", ["auto"]),
        ("cloudbase-ocr invoke ", ["first", "second"]),
        ("cloudbase-ocr check first s", ["second"]),
        ("cloudbase-ocr env --function f", ["first"]),
        ("cloudbase-ocr ctl fault add --type err", ["errcode", "errcode_as_string"]),
        ("cloudbase-ocr ctl quota set --method ocr.men", ["ocr.menu"]),
        ("cloudbase-ocr serve --quota-s", ["--quota-scope"]),
        ("cloudbase-ocr serve --quota-scope a", ["account"]),
        ("cloudbase-ocr completion f", ["fish"]),
        ("cloudbase-ocr ctl --emulator http://127.0.0.1:9 fixture remove ", []),
    ],
)
def test_a_shell_gets_names(line: str, offered: list[str], tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    assert completed(line, tmp_path / "below") == offered


def test_names_are_those_of_project_and_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, FILES)
    monkeypatch.chdir(tmp_path / "below")
    context, parameter = click.Context(main), click.Option(["--x"])
    assert completing.functions(context, parameter, "") == ["first", "second"]
    assert completing.methods(context, parameter, "") == list(METHOD_NAMES)
    assert completing.methods_and_auto(context, parameter, "a")[-1] == "auto"
    assert completing.faults(context, parameter, "") == list(KINDS)
    (tmp_path / "cloudbase-ocr.toml").write_text("functions = 5", encoding="utf-8")
    assert completing.functions(context, parameter, "") == [], "a mistake is for the command to tell"


def test_a_running_emulator_tells_its_fixtures_and_faults() -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        above = click.Context(main)
        above.params = {"address": server.url, "token": None}
        context = click.Context(main, parent=click.Context(main, parent=above))
        names = completing.listed("fixtures", "name")(context, click.Argument(["name"]), "idcard/b")
        assert "idcard/back" in names
        assert all(name.startswith("idcard/b") for name in names)
        assert completing.listed("faults", "id")(context, click.Argument(["id"]), "") == []
