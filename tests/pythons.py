"""Runs tests under every other Python that the machine has: ``python -m tests.pythons``.

The deployable part promises Python 3.9 to 3.13: all tests of functions/wxcloud run, with requests and the test tools
only, so that nothing of the emulator can be imported by mistake. The emulator promises 3.10 and later: a quick part of
its tests runs, without the engine. The system's own python3 is one of them when it is another patch version: Debian
12's 3.11.2 died of a request that 3.11.7 survived. Each interpreter gets virtual environments of its own below
.venv/pythons, which later runs use again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import requires
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

from cloudbase_ocr.dependencies.interpreters import find_interpreter

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".venv" / "pythons"
TOOLS = ("hypothesis", "pytest", "pytest-httpserver", "pytest-timeout")
SECONDS = 1800

EMULATOR = (
    "tests/emulator/cloudbase",
    "tests/emulator/commands/test_options.py",
    "tests/emulator/control/operations/test_clock.py",
    "tests/emulator/control/operations/test_scenarios.py",
    "tests/emulator/control/test_api.py",
    "tests/emulator/control/test_operations.py",
    "tests/emulator/control/test_reset.py",
    "tests/emulator/runtime/test_guarded.py",
    "tests/emulator/runtime/test_instances.py",
    "tests/emulator/runtime/test_memory.py",
    "tests/emulator/server",
    "tests/emulator/state/test_guard.py",
    "tests/emulator/testing/test_plugin.py",
    "tests/emulator/wechat",
)


class Part(NamedTuple):
    """One of the two packages: from which Python on, with which packages, source roots and tests."""

    name: str
    oldest: tuple[int, int]
    packages: tuple[str, ...]
    roots: tuple[str, ...]
    tests: tuple[str, ...]


def parts() -> tuple[Part, ...]:
    """Give what is tested, the shorter one first."""
    core = tuple(text for text in requires("cloudbase-ocr") or () if Requirement(text).marker is None)
    return (
        Part("wxcloud", (3, 9), ("requests", *TOOLS), ("functions",), ("tests/wxcloud",)),
        # Installed, so that pytest finds the plugin.
        Part("emulator", (3, 10), (*core, *TOOLS, "--editable", f"{ROOT}[tls]"), (), EMULATOR),
    )


def main() -> int:
    """Run the tests; return 1 if any of them failed, and say which interpreters were missing."""
    found = dict(interpreters())
    jobs = [
        (part, version, python)
        for version, python in found.items()
        for part in parts()
        if tuple(map(int, version.split(".")[:2])) >= part.oldest
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        passed = list(pool.map(lambda job: run(*job), jobs))
    return 0 if all(passed) else 1


def interpreters() -> Iterator[tuple[str, str]]:
    """Give the other interpreters by full version; name those that this machine does not have."""
    known = {full_version(sys.executable)}
    names = [name for name in VERSIONS if name != f"{sys.version_info.major}.{sys.version_info.minor}"]
    candidates = [(name, find_interpreter(name)) for name in names]
    candidates.append(("the system's", shutil.which("python3", path="/usr/bin")))
    for name, python in candidates:
        if python is None:
            print(f"Python {name}: skipped, this machine has no such interpreter", flush=True)
            continue
        version = full_version(python)
        if version not in known and version.rpartition(".")[0] in VERSIONS:
            known.add(version)
            yield version, python


def full_version(python: str) -> str:
    """Return the version of an interpreter with its patch: "3.11.2"."""
    code = "import platform; print(platform.python_version())"
    return subprocess.run(
        [python, "-c", code], check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()


def run(part: Part, version: str, interpreter: str) -> bool:
    """Run one part under one version, print what it prints in one piece, and return whether all passed."""
    try:
        python = environment(part, version, interpreter)
    except subprocess.CalledProcessError:
        print(f"Python {version}: no environment for {part.name}; on Debian: apt-get install python3-venv")
        return False
    done = run_tests(part, python)
    print(f"Python {version}: {part.name}\n{done.stdout}{done.stderr}", flush=True)
    return done.returncode == 0


def environment(part: Part, version: str, interpreter: str) -> Path:
    """Return the interpreter of a virtual environment with the packages of a part, made on first use."""
    folder = FOLDER / version / part.name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp, packages = folder / ".installed", " ".join(part.packages)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != packages:
        subprocess.run([interpreter, "-m", "venv", "--clear", folder], check=True, timeout=SECONDS)
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *part.packages)
        subprocess.run([str(python), *install], check=True, timeout=SECONDS)
        stamp.write_text(packages, encoding="utf-8")
    return python


def run_tests(part: Part, python: Path) -> subprocess.CompletedProcess[str]:
    """Run the tests of a part with nothing on the path but its source roots and packages."""
    path = os.pathsep.join(str(ROOT / root) for root in part.roots)
    variables = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *part.tests]
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
