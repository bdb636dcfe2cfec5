"""Function processes: what every system offers of them, and how they are started where there is no guardian.

Two ways, behind one interface: on Linux a guardian starts them, and nothing outlives its function (``guarded.py``). On
macOS and Windows the emulator starts and kills them itself, and what a function has started in a session of its own
may stay (:class:`PlainProcess`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

REAP_SECONDS = 5.0
"""How long :meth:`FunctionProcess.kill` waits at most."""

CHUNK = 64 * 1024
"""Bytes that :meth:`FunctionProcess.read` returns at most."""

# What an interpreter needs to start on each system; nothing else of the parent's environment is passed on.
_INHERITED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
)


def inherited_environment() -> dict[str, str]:
    """Return the part of the emulator's environment that every process it starts gets."""
    return {key: os.environ[key] for key in _INHERITED if key in os.environ}


class FunctionProcess(Protocol):
    """A running function with everything it has started."""

    @property
    def stdin(self) -> IO[bytes]:
        """Its standard input."""

    def read(self) -> bytes:
        """Wait for what it prints, standard output and error in one; b"" when nothing will come any more."""

    def finish_reading(self) -> None:
        """Let go of its output, after the last :meth:`read` and in the same thread."""

    def running(self) -> bool:
        """Tell whether the function's own process has not ended."""

    def memory(self, known: int) -> int:
        """Return the memory in bytes of it and what it has started; 0 where the system does not say (only Linux does).

        `known` is the highest that was seen before: below it the figure may be anything up to it.
        """

    def kill(self) -> None:
        """Kill it and everything it has started, and wait (a bounded time) until all is gone. Once only."""


class Starter(Protocol):
    """Starts function processes."""

    def start(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> FunctionProcess:
        """Start `command` in a session of its own, out of reach of Ctrl-C.

        Raises:
            OSError: it cannot be started.
        """

    def close(self) -> None:
        """Start nothing any more. May be called more than once."""


class PlainStarter:
    """Starts processes of the emulator's own."""

    def start(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> PlainProcess:
        """Start one."""
        return PlainProcess(command, cwd, env)

    def close(self) -> None:
        """Nothing is to be ended."""


class PlainProcess:
    """A child of the emulator. What left its process group, or its tree on Windows, is not known and not killed."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        """Start it; OSError when that cannot be."""
        self._process = subprocess.Popen(  # noqa: S603 - the command is the interpreter and the bootstrap
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        self.stdin: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout

    def read(self) -> bytes:
        """Wait for what it prints; a process that holds the pipe and was not killed keeps it open."""
        return os.read(self._output.fileno(), CHUNK)

    def finish_reading(self) -> None:
        """Close the pipe and reap the process."""
        self._output.close()
        self._process.wait()

    def running(self) -> bool:
        """Ask the system."""
        return self._process.poll() is None

    def memory(self, known: int) -> int:  # noqa: ARG002 - not known here
        """Not told by these systems."""
        return 0

    def kill(self) -> None:
        """Kill the process group, or the tree on Windows."""
        if sys.platform == "win32":
            command = ["taskkill", "/T", "/F", "/PID", str(self._process.pid)]
            subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - nothing comes from outside
            self._process.kill()
        else:
            # Gone already, perhaps; macOS says "not permitted" of a group in which only zombies are left.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(REAP_SECONDS)
