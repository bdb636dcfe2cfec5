"""Starting and ending whole process trees, on every system, and how much memory a process uses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_REAP_SECONDS = 5.0
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


def start_process(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, out of reach of Ctrl-C; both its outputs are one pipe."""
    return subprocess.Popen(  # noqa: S603 - the command is the interpreter and the bootstrap
        command,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and every process it started, and wait (a bounded time) until it is gone.

    On Linux that includes those which moved to a session of their own, unless their parent has ended already.
    """
    if sys.platform == "win32":
        command = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - nothing comes from outside
        process.kill()
    else:
        strays = _descendants(process.pid)
        # Gone already, perhaps; macOS says "not permitted" of a group in which only zombies are left.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        for pid in strays:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_REAP_SECONDS)


def private_memory(pid: int) -> int:
    """Return a process's resident memory in bytes; 0 where the system does not say (only Linux does).

    Without what it maps from files, its interpreter above all: SCF's own logs of Node.js functions begin at
    16 MB, and an idle Node.js has 40 MB with its program, 8 MB without.
    """
    if sys.platform != "linux":
        return 0
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_bytes().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        # Ended while we looked; or not Linux.
        return []
