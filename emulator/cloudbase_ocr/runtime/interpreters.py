"""The interpreters that this machine has for the languages of functions."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _
from cloudbase_ocr.runtime.languages import NODE
from cloudbase_ocr.runtime.processes import inherited_environment

if TYPE_CHECKING:
    from cloudbase_ocr.runtime.function_folders import FunctionInfo
    from cloudbase_ocr.runtime.pythons import Pythons

_HERE = Path(__file__).parent
_VERSION = re.compile(r"v(\d+)\.(\d+)\.\d+\S*\s*")
_OLDEST_NODE = 14
_START_SECONDS = 20


@dataclass(frozen=True)
class Node:
    """Node.js: its path and version, or what is wrong with it."""

    command: str = ""
    version: tuple[int, int] = (0, 0)
    problem: str = ""


class Interpreters:
    """What runs functions; Node.js is looked for when a function first needs it."""

    def __init__(self, pythons: Pythons, node: Path | None = None) -> None:
        """Without `node`, the one on PATH is taken."""
        self._pythons = pythons
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
        # Isolated, without site: neither the bootstrap's folder nor any installed package is on the function's path.
        return (
            self._pythons.of(info).path,
            "-I",
            "-S",
            "-B",
            "-u",
            "-X",
            "utf8",
            str(_HERE / "bootstrap.py"),
        )

    def for_servers(self, info: FunctionInfo) -> tuple[str, ...]:
        """Return the paths of what an HTTP function may start: Python, and Node.js with npm and npx if it is here."""
        python = self._pythons.of(info).path
        if self._node.problem:
            return (python,)
        beside = (shutil.which(name, path=str(Path(self._node.command).parent)) for name in ("npm", "npx"))
        return (python, self._node.command, *filter(None, beside))

    def runtime(self, info: FunctionInfo) -> str:
        """Return the name that the cloud gives to what runs a function, such as ``Python3.10``."""
        if info.language is NODE:
            return "Nodejs{}.{}".format(*self._node.version)
        return f"Python{self._pythons.of(info).version}"

    @cached_property
    def _node(self) -> Node:
        return find_node(self._named_node)


def find_node(named: Path | None) -> Node:
    """Return the Node.js at `named`; without that, the one on PATH."""
    if named is not None:
        command = shutil.which(str(named))
        missing = _("Node.js is not at {named}, which --node names").format(named=named)
    else:
        # Debian's name was nodejs for a long time.
        command = shutil.which("node") or shutil.which("nodejs")
        missing = _("Node.js is not on this machine; install it, or name it with --node")
    if command is None:
        return Node(problem=missing)
    return _ask_version(str(Path(command).absolute()))


def _ask_version(command: str) -> Node:
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
        return Node(problem=_("Node.js cannot be started: {error}").format(error=error))
    version = _VERSION.fullmatch(answer.stdout)
    if version is None:
        return Node(
            problem=_("{command} is not Node.js: it does not tell its version").format(command=command)
        )
    major, minor = int(version[1]), int(version[2])
    if major < _OLDEST_NODE:
        return Node(
            problem=_("{command} is Node.js {major}, and functions need {oldest_node} or later").format(
                command=command, major=major, oldest_node=_OLDEST_NODE
            )
        )
    return Node(command, (major, minor))
