"""Runs a part of the tests with the lowest version of every dependency that pyproject.toml allows: ``make lowest``.

A virtual environment of its own below .venv gets exactly these versions; what they need in turn is left to pip. The
parts that break first with an old version are run: the engine and its specimens, the server, the command, the plugin,
and the client.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement

from cloudbase_ocr.dependencies.interpreters import find_interpreter

ROOT = Path(__file__).parent.parent
PROJECT = ROOT / "pyproject.toml"
FOLDER = ROOT / ".venv" / "lowest"
VERSIONS = ("3.10", "3.11")
"""Pythons to try, in order: the lowest versions have no wheels for those that came later."""

TESTS = (
    "tests/emulator/recognizer/image/test_decode.py",
    "tests/emulator/recognizer/ocr/test_engine.py",
    "tests/emulator/recognizer/test_specimens.py",
    "tests/emulator/recognizer/serving/test_pool.py",
    "tests/emulator/console/test_site.py",
    "tests/emulator/testing/test_plugin.py",
    "tests/emulator/test_cli.py",
    "tests/emulator/server",
    "tests/emulator/service",
    "tests/emulator/state/shared",
    "tests/emulator/test_specimens_end_to_end.py",
    "tests/wxcloud",
)


def main() -> int:
    """Install, run the tests, and say with what; return pytest's exit code."""
    began = time.monotonic()
    python = install(list(pins()))
    code = run(python, "-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile", *TESTS)
    size = sum(path.lstat().st_size for path in FOLDER.rglob("*") if path.is_file()) / 1e6
    print(f"lowest versions: {time.monotonic() - began:.0f} s, {size:.0f} MB in {FOLDER.relative_to(ROOT)}")
    return code


def pins() -> Iterator[str]:
    """Give the lowest version of every dependency, extras included, as pip's constraints."""
    for text in requires("cloudbase-ocr") or ():
        requirement = Requirement(text)
        for specifier in requirement.specifier:
            if specifier.operator == ">=":
                yield f"{requirement.name}=={specifier.version}"


def install(lowest: list[str]) -> Path:
    """Make the environment, and return its interpreter; one that is newer than pyproject.toml is used again."""
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = FOLDER / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < PROJECT.stat().st_mtime:
        interpreter = next(filter(None, map(find_interpreter, VERSIONS)), sys.executable)
        subprocess.run([interpreter, "-m", "venv", "--clear", str(FOLDER)], check=True, timeout=120)
        constraints = FOLDER / "constraints.txt"
        constraints.write_text("".join(f"{pin}\n" for pin in lowest), encoding="utf-8")
        options = ("--disable-pip-version-check", "--progress-bar=off", "--constraint", str(constraints))
        command = [str(python), "-m", "pip", "install", *options, "--editable", ".[dev]"]
        done = subprocess.run(
            command, cwd=ROOT, check=False, timeout=1200, capture_output=True, encoding="utf-8"
        )
        if done.returncode:  # with --quiet, pip would not say which versions conflict
            sys.exit(f"{done.stdout}{done.stderr}the lowest versions of pyproject.toml cannot be installed")
        stamp.touch()
    return python


def run(python: Path, *words: str) -> int:
    """Run the environment's Python in the checkout; return its exit code."""
    print(f"cloudbase-ocr {version('cloudbase-ocr')} with", flush=True)
    subprocess.run([str(python), "-m", "pip", "freeze", "--exclude-editable"], check=True, timeout=60)
    return subprocess.run([str(python), *words], cwd=ROOT, check=False, timeout=1800).returncode


if __name__ == "__main__":
    sys.exit(main())
