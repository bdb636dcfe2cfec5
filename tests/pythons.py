"""Runs the tests of functions/wxcloud under every other Python that the machine has: ``python -m tests.pythons``.

The deployable part promises Python 3.9 to 3.13. Each interpreter gets a virtual environment of its own below .venv,
with requests and the test tools only, so that nothing of the emulator can be imported by mistake.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloudbase_ocr.build.interpreters import find_interpreter

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
ROOT = Path(__file__).parent.parent
PACKAGES = ("requests", "pytest", "pytest-httpserver", "pytest-timeout", "hypothesis")
SECONDS = 1800


def main() -> int:
    """Run the tests; return 1 if any interpreter failed, and say which ones were missing."""
    others = [
        version for version in VERSIONS if version != f"{sys.version_info.major}.{sys.version_info.minor}"
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run_version, others))
    return 0 if all(results) else 1


def run_version(version: str) -> bool:
    """Run the tests under one version, print what they print in one piece, and return whether all passed."""
    interpreter = find_interpreter(version)
    if interpreter is None:
        print(f"Python {version}: skipped, this machine has no such interpreter", flush=True)
        return True
    done = run_tests(environment(version, interpreter))
    print(f"Python {version}: tests/wxcloud\n{done.stdout}{done.stderr}", flush=True)
    return done.returncode == 0


def environment(version: str, interpreter: str) -> Path:
    """Return the interpreter of a virtual environment with the test tools, made on first use."""
    folder = ROOT / ".venv" / f"python{version}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp, packages = folder / ".installed", " ".join(PACKAGES)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != packages:
        subprocess.run([interpreter, "-m", "venv", "--clear", folder], check=True)
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES)
        subprocess.run([str(python), *install], check=True)
        stamp.write_text(packages, encoding="utf-8")
    return python


def run_tests(python: Path) -> subprocess.CompletedProcess[str]:
    """Run tests/wxcloud with nothing but functions/ on the path."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "functions"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/wxcloud"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=variables,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main())
