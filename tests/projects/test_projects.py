"""The sample projects, each in an environment of its own: the wheel, and its framework from the package index."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs
from tests.emulator.testing.environments import ROOT, borrowing_environment, build_wheel

pytestmark = [pytest.mark.check, pytest.mark.timeout(900)]

HERE = Path(__file__).parent
UNREACHABLE = re.compile(
    r"NewConnectionError|Max retries|Temporary failure|timed out|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT"
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel."""
    wheel = build_wheel(tmp_path_factory.mktemp("wheel"))
    return borrowing_environment(tmp_path_factory.mktemp("python") / "env", wheel)


def variables(python: Path) -> dict[str, str]:
    """Return what a user's terminal has: the environment's programs on PATH, nothing of this run of pytest."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith(("PYTEST_", "COV_", "CLOUDBASE_OCR_"))
    }
    return {**kept, "PATH": f"{python.parent}{os.pathsep}{kept['PATH']}", "PYTHONUTF8": "1"}


def run(folder: Path, environment: dict[str, str], *words: str) -> str:
    """Run a program to its end, which has to be a good one; skip where an index cannot be reached."""
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=600
    )
    printed = done.stdout + done.stderr
    if done.returncode and UNREACHABLE.search(printed):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, printed
    return printed


def project(name: str, tmp_path: Path) -> Path:
    return shutil.copytree(HERE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))


def install(python: Path, *packages: str) -> None:
    words = ("-m", "pip", "--python", str(python), "install", "--quiet", *packages)
    run(python.parent, os.environ.copy(), sys.executable, *words)


def test_unittest(python: Path, tmp_path: Path) -> None:
    printed = run(
        project("unittest_shop", tmp_path), variables(python), "python", "-W", "error", "-m", "unittest", "-v"
    )
    assert re.search(r"^Ran 2 tests in .*\n\nOK$", printed, re.MULTILINE)


@pytest.mark.parametrize("options", [(), ("--parallel", "2")], ids=["one process", "parallel"])
def test_django(python: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    install(python, "django")
    printed = run(
        project("django_shop", tmp_path), variables(python), "python", "manage.py", "test", *options
    )
    assert re.search(r"^Ran 2 tests in .*\n\nOK$", printed, re.MULTILINE)


def test_fastapi(python: Path, tmp_path: Path) -> None:
    install(python, "fastapi", "httpx", "pytest")
    words = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "2 passed" in run(project("fastapi_shop", tmp_path), variables(python), *words)


def test_aiohttp(python: Path, tmp_path: Path) -> None:
    install(python, "aiohttp")
    printed = run(project("aiohttp_shop", tmp_path), variables(python), "python", "-m", "unittest")
    assert re.search(r"^Ran 1 test in .*\n\nOK$", printed, re.MULTILINE)


def test_vitest(python: Path, tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(needs.NODE)
    folder = project("vitest_shop", tmp_path)
    twin = ROOT / "emulator/cloudbase_ocr/javascript"
    options = ("--no-audit", "--no-fund", "--loglevel=error")
    run(folder, variables(python), npm, "install", "--save-dev", str(twin), "vitest", *options)
    printed = run(folder, variables(python), npm, "test")
    assert re.search(r"Tests +\S*2 passed", re.sub(r"\x1b\[[0-9;]*m", "", printed)), printed
