"""The memory of a function with all that it has started (Linux)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import MemoryExceeded, Runtime, memory
from cloudbase_ocr.runtime.guardian import children
from cloudbase_ocr.runtime.memory import TreeMemory
from tests.emulator.runtime.calls import Write
from tests.leftovers import wait_until
from tests.processes import started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is only watched on Linux")

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("where", "take"),
    [
        ("child", "subprocess.run([sys.executable, '-c', \"x = b'x' * 200_000_000; import time; time.sleep(60)\"])"),
        ("several", "[os.fork() or hold(b'x' * 30_000_000) for _ in range(5)]"),
        ("orphan", "os.fork() or (os.setsid(), os.fork() and os._exit(0), hold(b'x' * 200_000_000))"),
        ("shared", "m = mmap.mmap(-1, 200_000_000); m.write(b'x' * 200_000_000)"),
    ],
)  # fmt: skip
def test_a_limit_holds_for_all_that_a_function_starts(
    write: Write, runtime: Runtime, where: str, take: str
) -> None:
    write(
        "f",
        f"""
        import mmap, os, subprocess, sys, time

        def hold(data):
            time.sleep(60)

        def main(event, context):
            {take}
            time.sleep(60)
        """,
        config={"memorySize": 128, "timeout": 20},
    )
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, MemoryExceeded), where
    assert invocation.memory_mb > 128


def test_pages_that_forks_share_count_once(write: Write, runtime: Runtime) -> None:
    write(
        "f",
        """
        import os, time

        def main(event, context):
            data = b"x" * 80_000_000
            pids = [os.fork() for _ in range(1)]
            if 0 in pids:
                more = b"y" * 10_000_000
                time.sleep(0.4)
                os._exit(0)
            os.waitpid(pids[0], 0)
        """,
        config={"memorySize": 128, "timeout": 20},
    )
    invocation = runtime.invoke("f", {})
    assert invocation.error is None, invocation.log
    assert 90 < invocation.memory_mb < 128


def test_a_child_between_vfork_and_exec_counts_once(tmp_path: Path) -> None:
    """It has its parent's memory, and not a copy of it."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    holds_up = f"[(os.POSIX_SPAWN_OPEN, 0, {str(fifo)!r}, os.O_RDONLY, 0)]"
    script = f"""
import os
if os.fork() == 0:
    data = b"x" * 60_000_000
    os.posix_spawn("/bin/true", ["true"], {{}}, file_actions={holds_up})
else:
    os.wait()
"""
    with started([sys.executable, "-c", script]) as process:
        assert wait_until(lambda: any(children(child) for child in children(process.pid)), 10)
        tree = TreeMemory(process.pid)
        try:
            assert 55 < tree.look(0) / MEGABYTE < 80
        finally:
            fifo.write_bytes(b"")


def test_what_was_seen_before_costs_nothing(tmp_path: Path) -> None:
    script = (
        "import os, time\nd = b'x' * 60_000_000\nos.fork()\nos.fork()\nprint(flush=True)\ntime.sleep(60)\n"
    )
    wrapped = f"import os\nif os.fork() == 0:\n    exec({script!r})\nelse:\n    os.wait()\n"
    with started([sys.executable, "-c", wrapped]) as process:
        for _ in range(4):
            process.stdout.readline()
        tree = TreeMemory(process.pid)
        exact = tree.look(0)
        assert 55 < exact / MEGABYTE < 100
        assert tree.look(exact) == exact, "not asked again so soon"
        assert tree.look(1000 * MEGABYTE) > 3 * 55 * MEGABYTE, "the sum, which shows that it is below"


def test_one_that_ends_while_it_is_looked_at_has_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was listed with its size, and is gone when its share is asked for."""
    with started([sys.executable, "-c", ""]) as process:
        process.wait()
    gone = memory._Process(process.pid, 90 * MEGABYTE, like_its_parent=False)
    monkeypatch.setattr(TreeMemory, "_processes", lambda *_: iter([gone, gone]))
    assert TreeMemory(os.getpid()).look(0) == 0
