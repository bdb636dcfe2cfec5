"""The limit of memory: the container's, as both versions of cgroup write it, or a number; and what is taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cloudbase_ocr.recognizer.serving.memory import MEGABYTE, memory_limit, resident

NAMES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    2: ("memory.max", "memory.current", "inactive_file"),
}
BEYOND = {1: "9223372036854771712", 2: "max"}


def group(folder: Path, version: int, limit: str, used: int = 0, droppable: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = NAMES[version]
    (folder / names[0]).write_text(limit + "\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"active_file 7\n{names[2]} {droppable}\n")


def mounted(tmp_path: Path, version: int, path: str) -> tuple[Path, Path, Path]:
    """Return the file that names a process's groups, the mount, and the top of the memory groups in it."""
    line = f"4:cpu,memory:{path}" if version == 1 else f"0::{path}"
    groups = tmp_path / "cgroup"
    groups.write_text(f"9:name=systemd:/\n{line}\n" if version == 1 else f"{line}\n")
    mount = tmp_path / "mount"
    return groups, mount, mount / "memory" if version == 1 else mount


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("path", ["/", "/system.slice/ocr.service", "/docker/0123"])
def test_a_container_sees_its_own_group_whatever_it_is_called(
    tmp_path: Path, version: int, path: str
) -> None:
    groups, mount, top = mounted(tmp_path, version, path)
    group(top, version, str(2048 * MEGABYTE), used=900 * MEGABYTE, droppable=200 * MEGABYTE)
    limit = memory_limit(None, groups, mount)
    assert limit is not None
    assert (limit.size, limit.used([1])) == (2048 * MEGABYTE, 700 * MEGABYTE)
    assert limit.name == "the container's 2,048 MB"


@pytest.mark.parametrize("version", [1, 2])
def test_the_tightest_of_the_groups_around_counts(tmp_path: Path, version: int) -> None:
    groups, mount, top = mounted(tmp_path, version, "/a/b")
    group(top / "a/b", version, str(500 * MEGABYTE), used=1)
    group(top / "a", version, str(400 * MEGABYTE), used=2)
    group(top, version, BEYOND[version], used=3)
    limit = memory_limit(None, groups, mount)
    assert limit is not None
    assert (limit.size, limit.used([])) == (400 * MEGABYTE, 2)
    for file in (top / "a").glob("memory.*"):
        file.unlink()
    assert limit.used([]) == 0


@pytest.mark.parametrize("version", [1, 2])
def test_without_a_limit_there_is_none(tmp_path: Path, version: int) -> None:
    groups, mount, top = mounted(tmp_path, version, "/a")
    assert memory_limit(None, groups, mount) is None
    group(top / "a", version, BEYOND[version])
    assert memory_limit(None, groups, mount) is None
    assert memory_limit(0, groups, mount) is None
    assert memory_limit(None, tmp_path / "nothing", mount) is None


def test_a_number_counts_the_processes() -> None:
    limit = memory_limit(100)
    assert limit is not None
    assert limit.size == 100 * MEGABYTE
    assert limit.name == "the 100 MB of --memory-limit-mb"
    own = limit.used([os.getpid()])
    assert own == pytest.approx(resident(os.getpid()), rel=0.2)
    if Path("/proc/self/statm").exists():
        assert own > 10 * MEGABYTE
    assert resident(2**22 + 1) == 0
