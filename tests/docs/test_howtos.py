"""Every how-to runs: its Python files as a project of a user, with warnings as errors; its JavaScript under Node.js."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from cloudbase_ocr import start
from cloudbase_ocr.commands.ctl import ctl
from tests import needs
from tests.docs.page_blocks import CHINESE, ROOT, blocks, shell_lines

PYTHON = {
    "docs/howto/retry.md": 4,
    "docs/howto/expired-token.md": 3,
    "docs/howto/exhausted-quota.md": 3,
    "docs/howto/timeout.md": 4,
    "docs/howto/parallel.md": 5,
    "docs/howto/service-market.md": 3,
    "docs/howto/assertions.md": 4,
}
JAVASCRIPT = {"docs/howto/javascript.md": 4, "docs/howto/assertions.md": 1}
IDLE = """
import pytest
from cloudbase_ocr import live, testing


@pytest.fixture(autouse=True)
def idle(monkeypatch):
    for name in ("scenario", "fail", "fault", "reply", "fixture", "assert_called"):
        monkeypatch.setattr(testing.OcrEmulator, name, lambda *_, **__: None)
    monkeypatch.setattr(live.AccountQuota, "exhaust", lambda *_: None)
    monkeypatch.setattr(live.AccountTokens, "revoke", lambda *_: None)
"""
"""A plugin that lets the emulator do nothing of what a test asks for."""
ELSEWHERE = {
    "docs/howto/ci.md",
    "docs/howto/frameworks.md",
    "docs/howto/debug.md",
    "docs/howto/record-and-replay.md",
    "docs/howto/url.md",
    "docs/howto/your-client.md",
}
"""Pages that have a test file of their own; the others are listed with the number of their tests."""


def write_files(page: str, folder: Path) -> list[str]:
    """Write the blocks that begin with the name of a file in a comment; return the names of the tests."""
    names = []
    for block in blocks(page):
        named = re.match(r"(?:#|//) (\S+\.(?:py|js))\n", block.text)
        assert named or block.language not in ("python", "js"), f"{page}: a block without a file's name"
        if named:
            (folder / named[1]).write_text(block.text, encoding="utf-8")
            names.append(named[1])
    return names


def test_every_how_to_is_run() -> None:
    pages = {page for page in CHINESE if page.startswith("docs/howto/")}
    assert pages == {*PYTHON, *JAVASCRIPT, *ELSEWHERE}


def run(folder: Path, *arguments: str) -> str:
    """Run the tests in a folder, and return what pytest says of each."""
    words = [sys.executable, "-m", "pytest", "-v", "-W", "error", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(words, cwd=folder, capture_output=True, encoding="utf-8", timeout=180).stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the Python files of every page."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "idle.py").write_text(IDLE, encoding="utf-8")
    for page in PYTHON:
        write_files(page, folder)
    return folder


@pytest.fixture(scope="module")
def passing(project: Path) -> str:
    """What pytest says of the project on two workers."""
    return run(project, "-n", "2")


@pytest.fixture(scope="module")
def failing(project: Path) -> str:
    """What pytest says of it when the emulator does nothing of what the tests ask for."""
    return run(project, "-p", "idle")


@pytest.mark.check
@pytest.mark.parametrize("page", PYTHON)
def test_python_how_to_passes(page: str, passing: str, tmp_path: Path) -> None:
    tests = [name for name in write_files(page, tmp_path) if name.startswith("test_")]
    passed = [
        line for line in passing.splitlines() if "PASSED" in line and any(name in line for name in tests)
    ]
    assert len(passed) == PYTHON[page], passing


@pytest.mark.check
@pytest.mark.parametrize("page", PYTHON)
def test_python_how_to_tests_something(page: str, failing: str, tmp_path: Path) -> None:
    for name in write_files(page, tmp_path):
        if name.startswith("test_"):
            assert f"FAILED {name}" in failing, failing


@pytest.mark.check
@pytest.mark.parametrize("page", JAVASCRIPT)
def test_javascript_how_to_passes(page: str, tmp_path: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(needs.NODE)
    (install,) = [block.text.split() for block in blocks("docs/howto/javascript.md", "sh")]
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    (tmp_path / "cloudbase-ocr").symlink_to(ROOT, target_is_directory=True)
    words = [npm, *install[1:], "--offline", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(words, cwd=tmp_path, check=True, timeout=120)
    names = [name for name in write_files(page, tmp_path) if name.endswith(".js")]
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [node, "--test", *names],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert re.search(rf"^\S+ pass {JAVASCRIPT[page]}$", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("page", ["docs/howto/assertions.md", CHINESE["docs/howto/assertions.md"]])
def test_commands_that_tell_what_was_sent(page: str) -> None:
    with start(recognizer=False) as ocr:
        query = {"access_token": ocr.token, "img_url": "mock://idcard", "type": "photo"}
        requests.post(ocr.url + "/cv/ocr/idcard", params=query, timeout=10)
        printed = []
        for line in shell_lines(page):
            program, command, *words = shlex.split(line)
            assert (program, command) == ("cloudbase-ocr", "ctl")
            done = CliRunner().invoke(ctl, ["--emulator", ocr.url, *words])
            assert done.exit_code == 0, done.output
            printed.append(json.loads(done.stdout))
    listed, verified = printed
    assert [call["cloud_call"] for call in listed["requests"]] == ["ocr.idcard"]
    assert verified == {"found": 1, "message": ""}
