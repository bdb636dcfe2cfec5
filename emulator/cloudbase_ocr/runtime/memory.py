"""How much memory a function uses with everything it has started (Linux).

Counted are anonymous pages and shared memory, not what is mapped from files, the interpreter above all: SCF's own logs
of Node.js functions begin at 16 MB, and an idle Node.js has 40 MB with its program, 8 MB without.
"""

from __future__ import annotations

import functools
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from cloudbase_ocr.runtime.guardian import children, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_KILOBYTE = 1024
_PROPORTIONAL = re.compile(rb"^Pss_(?:Anon|Shmem):\s*(\d+) kB", re.MULTILINE)
_SHARE = 0.1  # of the time, at most, for exact figures


class TreeMemory:
    """The memory of all descendants of one process, without its own."""

    def __init__(self, root: int) -> None:
        """Look at nothing yet."""
        self._root = root
        self._next_exact = 0.0

    def look(self, known: int) -> int:
        """Return bytes, exact when they are more than `known`; else any figure up to it.

        Pages that a fork shares with its parent count in both, so the sum is more than the tree uses; the share of
        each takes the kernel some 10 ms for a gigabyte. It is asked for when the sum has something new to tell, and not
        all the time.
        """
        processes = list(self._processes(self._root, b""))
        sum_of_all = sum(process.size for process in processes if not process.like_its_parent)
        if len(processes) < 2 or sum_of_all <= known:
            return sum_of_all
        started = time.monotonic()
        if started < self._next_exact:
            return known
        exact = sum(_proportional(process) for process in processes)
        ended = time.monotonic()
        self._next_exact = ended + (ended - started) / _SHARE
        return exact

    def _processes(self, parent: int, parents_memory: bytes) -> Iterator[_Process]:
        """Give every process below `parent`."""
        for pid in children(parent):
            memory = _read(f"/proc/{pid}/status").partition(b"VmPeak:")[2].partition(b"VmSwap:")[0]
            if memory:
                size = (_value(memory, b"RssAnon:") + _value(memory, b"RssShmem:")) * _KILOBYTE
                yield _Process(pid, size, memory == parents_memory)
            yield from self._processes(pid, memory)


class _Process(NamedTuple):
    """A process, the bytes that it has, and whether it has to the kilobyte what its parent has: it has just forked."""

    pid: int
    size: int
    like_its_parent: bool


def _proportional(process: _Process) -> int:
    """Return its share of the pages it has, in bytes; all of them where the kernel does not tell."""
    if not _kernel_tells_shares():
        share = process.size
    else:
        # One that has ended since it was listed has nothing to read, and nothing left.
        share = sum(map(int, _PROPORTIONAL.findall(_read(f"/proc/{process.pid}/smaps_rollup")))) * _KILOBYTE
    # Between vfork and exec it has no copy of its parent's memory but that memory itself, which nobody shares.
    return 0 if process.like_its_parent and share > 0.75 * process.size else share


@functools.cache
def _kernel_tells_shares() -> bool:
    """Say whether it does so by kind of memory: Linux from 5.4 on, where /proc is not closed."""
    return bool(_PROPORTIONAL.search(_read("/proc/self/smaps_rollup")))


def _value(status: bytes, name: bytes) -> int:
    """Return a value in kB; 0 where the kernel does not tell (before 4.5)."""
    words = status.partition(name)[2].split(maxsplit=1)
    return int(words[0]) if words else 0


def _read(path: str) -> bytes:
    try:
        return read_file(path)
    except OSError:
        return b""  # ended while we looked
