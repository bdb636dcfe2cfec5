"""The examples of docs/control-api.md run as they are printed."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.docs.page_blocks import blocks, shell_lines
from tests.emulator.control.ocr_client import ask, codes

PAGE = "docs/control-api.md"


@pytest.fixture(scope="module")
def reading_server() -> Iterator[Server]:
    """An emulator with its recognizer, which the page's own commands ask."""
    with running(Settings(port=0)) as server:
        yield server


def commands(program: str) -> list[list[str]]:
    found = [shlex.split(line) for line in shell_lines(PAGE) if line.startswith(program)]
    assert len(found) >= 3
    return found


@pytest.mark.check
def test_commands_run(reading_server: Server) -> None:
    for words in commands("cloudbase-ocr ctl"):
        done = subprocess.run(
            [sys.executable, "-m", "cloudbase_ocr", "ctl", "--emulator", reading_server.url, *words[2:]],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (words, done.stderr)
        assert json.loads(done.stdout)


def test_requests_succeed(server: Server, control: Control) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip(needs.CURL)
    for words in commands("curl"):
        rest = [word.replace("http://127.0.0.1:8787", server.url) for word in words[1:]]
        done = subprocess.run(
            [curl, "-s", "--noproxy", "*", *rest], capture_output=True, timeout=30, check=True
        )
        assert "error" not in json.loads(done.stdout), words


def test_the_file_of_scenarios_does_what_it_says(tmp_path: Path) -> None:
    (block,) = blocks(PAGE, "yaml")
    path = tmp_path / "scenarios.yaml"
    path.write_text(block.text, encoding="utf-8")
    assert [entry["name"] for entry in yaml.safe_load(block.text)]
    with running(Settings(port=0, recognizer=False, scenarios=(path,))) as server:
        assert codes(server, "wx2", 4) == [-1, 42001, 0, 0]
        replies = [ask(server, "wx1").json() for _ in range(4)]
    assert [reply.get("name") for reply in replies] == ["甲", "乙", None, "甲"]
    assert ["addr" in reply for reply in replies] == [True, False, False, True]
