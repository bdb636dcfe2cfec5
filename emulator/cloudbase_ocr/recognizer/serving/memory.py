"""How much memory may be taken, and how much is: by the container's limit (cgroup, version 1 or 2), or by a number."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MEGABYTE = 1024 * 1024

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_NO_LIMIT = 2**60
"""What version 1 writes where there is no limit is a little less than 2**63."""


@dataclass(frozen=True)
class MemoryLimit:
    """What ends a process: `size` bytes, of which `used` are taken, given the IDs of this process and its workers."""

    size: int
    used: Callable[[Iterable[int]], int]
    name: str


class _Names(NamedTuple):
    limit: str
    used: str
    droppable: str


_V1 = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = _Names("memory.max", "memory.current", "inactive_file")


def memory_limit(
    megabytes: int | None, groups: Path = Path("/proc/self/cgroup"), mount: Path = Path("/sys/fs/cgroup")
) -> MemoryLimit | None:
    """Return the limit that `megabytes` sets, by default the container's; None where there is none, and for 0."""
    if megabytes is None:
        return min(_limits_of_groups(groups, mount), key=lambda limit: limit.size, default=None)
    if not megabytes:
        return None
    size = megabytes * MEGABYTE
    return MemoryLimit(
        size, lambda pids: sum(map(resident, pids)), f"the {megabytes:,} MB of --memory-limit-mb"
    )


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 where the system does not tell, or it has ended."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE_BYTES
    return 0


def _limits_of_groups(groups: Path, mount: Path) -> Iterator[MemoryLimit]:
    """Give the limit of each group that this process is in, and of those around it.

    A container sees its own group where its mount begins, whatever path it is told.
    """
    with suppress(OSError):
        for line in groups.read_text(encoding="utf-8").splitlines():
            number, _, rest = line.partition(":")
            controllers, _, path = rest.partition(":")
            if "memory" in controllers.split(","):
                yield from _limits_from(mount / "memory", path, _V1)
            elif number == "0":
                yield from _limits_from(mount, path, _V2)


def _limits_from(top: Path, path: str, names: _Names) -> Iterator[MemoryLimit]:
    folder = top / path.strip("/")
    for each in (folder, *folder.parents):
        with suppress(OSError, ValueError):
            size = int((each / names.limit).read_text(encoding="ascii"))  # "max": no limit
            if size < _NO_LIMIT:
                yield MemoryLimit(
                    size, partial(_used, each, names), f"the container's {size // MEGABYTE:,} MB"
                )
        if each == top:
            return


def _used(group: Path, names: _Names, _pids: Iterable[int]) -> int:
    """Return what a group takes, without files that the system would drop first; 0 when it does not tell any more."""
    with suppress(OSError, ValueError):
        used = int((group / names.used).read_text(encoding="ascii"))
        for line in (group / "memory.stat").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == names.droppable:
                used -= int(value)
        return max(used, 0)
    return 0
