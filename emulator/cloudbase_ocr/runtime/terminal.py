"""``breakpoint()`` in the terminal: one function's process has the terminal that the command was called in.

Its standard input is the command's own, and what it prints goes to the command's standard error, where it goes without
a debugger, too. The process stays in the terminal's session, so that line editing works and Ctrl-C reaches it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from cloudbase_ocr.language import _
from cloudbase_ocr.runtime.debugger import NOT_DEBUGGED, Debugger, Debugging
from cloudbase_ocr.runtime.languages import NODE
from cloudbase_ocr.runtime.processes import REAP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cloudbase_ocr.runtime.function_folders import FunctionInfo
    from cloudbase_ocr.runtime.processes import Starter

_STANDARD_ERROR = 2


class InTerminal(Debugging):
    """One function has the terminal; those that it calls have not."""

    def __init__(self, name: str) -> None:
        """Debug the function `name`."""
        self._name = name
        self._debugger = _Terminal()

    def prepare(self, functions: Sequence[FunctionInfo]) -> None:
        """Refuse what has no ``breakpoint()``, and Windows, where a process is not given its start by a descriptor."""
        if sys.platform == "win32":
            raise ValueError(
                _("--debug needs a terminal of Linux or macOS; on Windows use --debug-port 5678")
            )
        for info in functions:
            if info.name == self._name and info.language is NODE:
                raise ValueError(
                    _(
                        "--debug is for breakpoint() of Python, and {name} runs in Node.js; use --debug-port 9229"
                    ).format(name=info.name)
                )

    def of(self, info: FunctionInfo) -> Debugger:
        """Return the terminal for the one function."""
        return self._debugger if info.name == self._name else NOT_DEBUGGED


class _Terminal(Debugger):
    @property
    def attached(self) -> bool:
        return True

    def instances(self, usual: int) -> int:  # noqa: ARG002 - there is one terminal
        return 1

    def starter(self, usual: Starter) -> Starter:  # noqa: ARG002 - it gives no terminal
        return _TerminalStarter()

    def boot(self) -> Mapping[str, Any]:
        # Nobody reads between the function and the terminal, so nothing has to be told apart.
        return {"log_mark": ""}


class _TerminalStarter:
    def start(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> TerminalProcess:
        return TerminalProcess(command, cwd, env)

    def close(self) -> None:
        """Nothing is to be ended."""


class TerminalProcess:
    """A child of the emulator with its terminal; what the function starts in its turn is not known and not killed."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        """Start it; OSError when that cannot be."""
        terminal = {"TERM": os.environ["TERM"]} if "TERM" in os.environ else {}
        read_end, write_end = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the command is the interpreter and the bootstrap
                [*command, str(read_end)],
                cwd=cwd,
                env={**terminal, **env},
                stdout=_STANDARD_ERROR,
                pass_fds=(read_end,),
            )
        except BaseException:
            os.close(write_end)
            raise
        finally:
            os.close(read_end)
        self.stdin: IO[bytes] = os.fdopen(write_end, "wb")

    def read(self) -> bytes:
        """Return b"": the terminal has it already."""
        return b""

    def finish_reading(self) -> None:
        """Nothing is read."""

    def running(self) -> bool:
        """Ask the system."""
        return self._process.poll() is None

    def memory(self, known: int) -> int:  # noqa: ARG002 - without a limit
        """Not looked at."""
        return 0

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(REAP_SECONDS)
