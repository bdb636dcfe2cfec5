"""Runs pip, or uv where pip is not installed, and says in one sentence why it failed."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.dependencies.errors import DependencyError, NoNetworkError
from cloudbase_ocr.dependencies.interpreters import is_running
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SECONDS = 900
"""How long pip may take."""

QUIET = ("--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2")
"""Options of pip for a program that reads what it says."""

_FIRST_FOR_OTHERS = (22, 3)
_OFFLINE = re.compile(
    r"Retrying \(|ConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|"
    r"Failed to fetch|dns error|error sending request"
)
_NONE = re.compile(
    r"No matching distribution found for (?P<pip>.+)|Because (?P<uv>\S+) was not found in the package"
)
_NO_VERSION = re.compile(r"\(from versions: none\)|was not found in the package")
_STEPS = ("Collecting ", "Downloading ", "Building ", "Installing ", "Resolved ", "Prepared ", "Installed ")
# Options of pip as variables, which contradict what is asked for here.
_IN_THE_WAY = ("PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET", "PIP_USER", "PYTHONPATH")


@dataclass(frozen=True)
class Failure:
    """How pip failed: its last error, whether the network is away, and the requirement that nothing was found for."""

    last: str
    offline: bool = False
    not_found: str = ""
    output: str = ""

    @property
    def nothing_at_all(self) -> bool:
        """Whether the index has nothing of the name, as far as pip was allowed to look."""
        return bool(self.not_found) and _NO_VERSION.search(self.output) is not None


def has_pip() -> bool:
    """Tell whether this environment has pip."""
    return importlib.util.find_spec("pip") is not None


def install(
    requirements: Path,
    target: Path,
    interpreter: str,
    tell: Callable[[str], None],
    place: Callable[[str], str],
    *options: str,
) -> None:
    """Install what a file of requirements asks for into the folder `target`, for a Python, and compile it.

    `tell` is told of each step; `place` words where a requirement stands, for a message. pip takes index and proxy from
    its own configuration.

    Raises:
        NoNetworkError: the network is away.
        DependencyError: it cannot be installed, or neither pip nor uv is there.
    """
    common = (*options, "--target", str(target), "--requirement", str(requirements))
    if has_pip():
        command = [*pip_command(interpreter), "install", *QUIET, *common]
    elif uv := shutil.which("uv"):
        python = ("--python", interpreter, "--compile-bytecode", "--no-progress")
        command = [uv, "pip", "install", *python, *common]
    else:
        raise DependencyError(
            _("{place}: neither pip nor uv is there to install it. Run: {executable} -m ensurepip").format(
                place=place(""), executable=sys.executable
            )
        )
    failure = run(command, requirements.parent, tell)
    if failure is None:
        return
    where = place(failure.not_found)
    if failure.offline:
        raise NoNetworkError(
            _("{where}: it cannot be downloaded: {last}. Check the network, and try again").format(
                where=where, last=failure.last
            )
        )
    if failure.nothing_at_all:
        raise DependencyError(
            _("{where}: the package index has no {not_found}. Correct the name, or take the line out").format(
                where=where, not_found=failure.not_found
            )
        )
    raise DependencyError(
        _("{where}: it cannot be installed: {last}. Correct the file, or choose other versions").format(
            where=where, last=failure.last
        )
    )


def pip_command(interpreter: str) -> list[str]:
    """Return how pip is started to work for a Python: that of this environment, where it can, else the Python's own."""
    if is_running(interpreter):
        return [sys.executable, "-m", "pip"]
    if pip_version() < _FIRST_FOR_OTHERS:
        return [interpreter, "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", interpreter]


def pip_version() -> tuple[int, ...]:
    """Return major and minor version of this environment's pip."""
    from importlib.metadata import version

    from cloudbase_ocr.dependencies import standards

    return standards.version.Version(version("pip")).release[:2]


def run(command: Sequence[str], folder: Path, tell: Callable[[str], None]) -> Failure | None:
    """Run pip or uv in `folder`, which relative paths are from; return how it failed, or None.

    Raises:
        NoNetworkError: it does not end.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _IN_THE_WAY}
    process = subprocess.Popen(  # noqa: S603 - pip of this environment, or uv
        command,
        cwd=folder,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    expired = threading.Event()

    def end() -> None:
        expired.set()
        process.kill()

    watch = threading.Timer(SECONDS, end)
    watch.daemon = True
    watch.start()
    lines: list[str] = []
    try:
        with process:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                if lines[-1].lstrip().startswith(_STEPS):
                    tell(lines[-1].strip().partition(" (from ")[0])
    finally:
        watch.cancel()
        process.kill()
    if process.returncode == 0:
        return None
    if expired.is_set():
        raise NoNetworkError(
            _("it did not end within {seconds} s. Check the network, and try again").format(seconds=SECONDS)
        )
    return failure_of(lines)


def failure_of(lines: Sequence[str]) -> Failure:
    """Return what the output of pip or uv says about its failure."""
    output = "\n".join(lines)
    errors = [line.strip() for line in lines if re.match(r"\s*(?:ERROR|error):", line)]
    # What comes after pip's own error, such as hints at its documentation, explains nothing.
    last = (
        re.sub(r"^(?:ERROR|error): *", "", errors[-1])
        if errors
        else (lines[-1].strip() if lines else "it failed")
    )
    none = _NONE.search(output)
    offline = _OFFLINE.search(output) is not None
    return Failure(last.rstrip("."), offline, (none["pip"] or none["uv"]).strip() if none else "", output)
