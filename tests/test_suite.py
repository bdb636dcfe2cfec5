"""What the suite promises of itself: it ends, it names what died or hung, and it says each reason for a skip once."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import started, stop

pytestmark = pytest.mark.check

ROOT = Path(__file__).parent.parent

DYING = """
import os, pytest

@pytest.mark.parametrize("number", range(3))
def test_dies(number):
    if number == 1:
        os.abort()
"""
HANGING = """
import threading, pytest

@pytest.mark.timeout(1)
def test_hangs():
    threading.Event().wait()
"""
SKIPPED = """
import pytest

@pytest.mark.parametrize("number", range(30))
def test_is_skipped(number):
    pytest.skip("no Node; install it")
"""
FINE = "def test_is_fine(): pass"


def run(folder: Path, *options: str, **files: str) -> subprocess.CompletedProcess[str]:
    """Run these files as the suite's own, with the options of the Makefile."""
    shutil.copy(ROOT / "tests/conftest.py", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "."]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60)


def test_a_worker_that_dies_is_an_error_that_names_its_test_and_the_run_ends(tmp_path: Path) -> None:
    found = re.search(r"^PARALLEL := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    options = shlex.split(found[1].replace("-n auto", "-n 2"))
    done = run(tmp_path, *options, dying=DYING, **{f"fine{number}": FINE for number in range(6)})
    assert "crashed while running 'test_dying.py::test_dies[1]'" in done.stdout
    assert done.returncode == 1


def test_what_hangs_is_ended_and_shown(tmp_path: Path) -> None:
    done = run(tmp_path, hanging=HANGING, fine=FINE)
    assert "threading.Event().wait()" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_a_reason_for_skips_is_said_once(tmp_path: Path) -> None:
    done = run(tmp_path, skipped=SKIPPED)
    assert done.stdout.count("no Node; install it") == 1
    assert "30: no Node; install it" in done.stdout


def test_a_process_can_be_interrupted_where_sigint_is_ignored() -> None:
    program = "import sys; print('ready', flush=True); sys.stdin.read()"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with started(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout.readline() == "ready\n"
            stop(process, signal.SIGINT)
        assert process.returncode == -signal.SIGINT
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_process_that_hangs_is_killed() -> None:
    with started([sys.executable, "-c", "import time; time.sleep(1000)"], seconds=0.5) as process:
        assert process.stdout.read() == ""
        assert process.wait(timeout=20) != 0
