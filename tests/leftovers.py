"""Functions that start processes, and which of these are left (Linux)."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 2.0
"""How long whatever kills processes may take."""
_ENDED = "ZX"

_FAMILY = """
    import ctypes, os, signal, sys, time

    PLACE = {place!r}

    def record():
        '''Leave a file named after this process and the moment of its start, which no other process shares.'''
        with open("/proc/self/stat") as file:
            started = file.read().rpartition(")")[2].split()[19]
        open(f"{{PLACE}}/{{os.getpid()}}-{{started}}", "w").close()

    def fork(session=False):
        '''Start a child that sleeps; return when it is recorded.'''
        recorded, tell = os.pipe()
        if os.fork() == 0:
            if session:
                os.setsid()
            record()
            os.close(tell)
            time.sleep(600)
        os.close(tell)
        os.read(recorded, 1)
        os.close(recorded)

    def daemon():
        '''Start one as the books say: it forks twice, has a session of its own, and nothing tells whose it was.'''
        recorded, tell = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.chdir("/")
                record()
                os.execve("/bin/sleep", ["sleep", "600"], {{}})
            os._exit(0)
        os.wait()
        os.close(tell)
        os.read(recorded, 1)
        os.close(recorded)

    def spin():
        '''Stay in one call into C that keeps the GIL: no thread of this process ever runs again.'''
        sum(range(10**15))
"""


def code(place: Path, text: str) -> str:
    """Return the source of a function that may use ``record``, ``fork``, ``daemon`` and ``spin``."""
    family = textwrap.dedent(_FAMILY).format(place=str(place))
    return f"{family}\nrecord()\n\n{textwrap.dedent(text)}"


def recorded(place: Path) -> int:
    """Count the processes that were started."""
    return len(list(place.iterdir()))


def left(place: Path) -> list[int]:
    """Return which of them are alive."""
    found = []
    for file in place.iterdir():
        pid, _, started = file.name.partition("-")
        state, *fields = _stat(int(pid))
        if state not in _ENDED and fields[18] == started:
            found.append(int(pid))
    return found


def has_ended(pid: int) -> bool:
    """Say whether a process has ended. A zombie has; whether somebody collects it is up to the first process."""
    return _stat(pid)[0] in _ENDED


def _stat(pid: int) -> list[str]:
    """Return its state and what follows; the state X when it is gone, also while its file is being read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["X"]


def wait_until(true: Callable[[], object], seconds: float = SECONDS) -> bool:
    """Ask until it is true; say whether it was within so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
