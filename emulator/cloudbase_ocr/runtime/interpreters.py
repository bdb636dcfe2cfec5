"""The interpreters that this machine has for the languages of functions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.runtime.languages import NODE
from cloudbase_ocr.runtime.processes import inherited_environment

if TYPE_CHECKING:
    from cloudbase_ocr.runtime.function_folders import FunctionInfo

_HERE = Path(__file__).parent
_VERSION = re.compile(r"v(\d+)\.(\d+)\.\d+\S*\s*")
_OLDEST_NODE = 14
_START_SECONDS = 20


@dataclass(frozen=True)
class _Node:
    command: str = ""
    version: tuple[int, int] = (0, 0)
    problem: str = ""


class Interpreters:
    """The programs that run functions; Node.js is looked for once, when the first function needs it."""

    def __init__(self, python: str, node: Path | None = None) -> None:
        """Look for nothing yet; without `node`, the one on PATH is taken."""
        self._python = python
        self._named_node = node

    def check(self, info: FunctionInfo) -> FunctionInfo:
        """Return `info`, with a reason when the machine has nothing to run it."""
        if info.runnable and info.language is NODE and self._node.problem:
            return replace(info, reason=self._node.problem)
        return info

    def command(self, info: FunctionInfo) -> tuple[str, ...]:
        """Return the command that starts an instance of a function that :meth:`check` found runnable."""
        if info.language is NODE:
            # V8 would let garbage pile up to a share of the machine's memory, far above the function's limit.
            limit = f"--max-old-space-size={info.memory}"
            return (self._node.command, limit, str(_HERE / "node" / "bootstrap.js"))
        # Isolated: neither the bootstrap's folder nor the developer's own packages are on the function's path.
        return (self._python, "-I", "-B", "-u", "-X", "utf8", str(_HERE / "bootstrap.py"))

    def runtime(self, info: FunctionInfo) -> str:
        """Return the name that the cloud gives to what runs a function, such as ``Python3.10``."""
        if info.language is NODE:
            return "Nodejs{}.{}".format(*self._node.version)
        return f"Python{sys.version_info.major}.{sys.version_info.minor}"

    @cached_property
    def _node(self) -> _Node:
        if self._named_node is not None:
            command = shutil.which(str(self._named_node))
            missing = f"Node.js is not at {self._named_node}, which --node names"
        else:
            # Debian's name was nodejs for a long time.
            command = shutil.which("node") or shutil.which("nodejs")
            missing = "Node.js is not on this machine; install it, or name it with --node"
        if command is None:
            return _Node(problem=missing)
        return _ask_version(str(Path(command).absolute()))


def _ask_version(command: str) -> _Node:
    try:
        answer = subprocess.run(  # noqa: S603 - found on PATH, or named by the user
            (command, "--version"),
            env=inherited_environment(),
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        return _Node(problem=f"Node.js cannot be started: {error}")
    version = _VERSION.fullmatch(answer.stdout)
    if version is None:
        return _Node(problem=f"{command} is not Node.js: it does not tell its version")
    major, minor = int(version[1]), int(version[2])
    if major < _OLDEST_NODE:
        return _Node(problem=f"{command} is Node.js {major}, and functions need {_OLDEST_NODE} or later")
    return _Node(command, (major, minor))
