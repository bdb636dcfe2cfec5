"""The guardian as a program: what it needs, and what it says when a function cannot be started (Linux)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import guardian
from cloudbase_ocr.runtime.guarded import Guardian
from cloudbase_ocr.runtime.guardian import children, children_by_parent
from tests.processes import started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no guardian")


def test_it_stands_alone() -> None:
    tree = ast.parse(Path(guardian.__file__).read_text(encoding="utf-8"), feature_version=(3, 10))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module != "__future__"
    ]
    assert names <= sys.stdlib_module_names


def test_it_imports_only_what_starts_fast() -> None:
    """The first call of a function waits for it."""
    program = "import sys; sys.path.append(sys.argv[1]); import guardian; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-B", "-c", program, str(Path(guardian.__file__).parent)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.split()
    assert "guardian" in loaded
    assert (
        set(loaded) & {"socket", "signal", "enum", "re", "typing", "contextlib", "collections", "pathlib"}
        == set()
    )


@pytest.mark.parametrize(
    ("command", "folder", "named"),
    [
        ("/nowhere/python", "/", "/nowhere/python"),
        ("no-such-program", "/", "no-such-program"),
        ("true", "/no/folder", "/no/folder"),
    ],
)
def test_what_cannot_be_started_is_named(command: str, folder: str, named: str) -> None:
    starter = Guardian()
    try:
        for _ in range(2):
            with pytest.raises(FileNotFoundError, match=named):
                starter.start([command], cwd=Path(folder), env={"PATH": "/usr/bin:/bin"})
        process = starter.start(["echo", "fine"], cwd=Path("/"), env={"PATH": "/usr/bin:/bin"})
        assert process.read() == b"fine\n"
        assert process.read() == b""
        process.finish_reading()
        process.stdin.close()
        process.kill()
    finally:
        starter.close()
    with pytest.raises(OSError, match="shutting down"):
        starter.start(["true"], cwd=Path("/"), env={})


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may have any number of processes")
def test_a_system_that_is_full_is_told() -> None:
    import resource

    starter = Guardian()

    def start() -> None:
        process = starter.start(["true"], cwd=Path("/"), env={"PATH": "/usr/bin:/bin"})
        process.stdin.close()
        process.kill()
        process.finish_reading()

    def start_some() -> None:
        for _ in range(3):  # the first one may find its keeper ready
            start()

    try:
        known = set(children(os.getpid()))
        start()
        (pid,) = set(children(os.getpid())) - known
        _, most = resource.prlimit(
            pid, resource.RLIMIT_NPROC, (0, resource.getrlimit(resource.RLIMIT_NPROC)[1])
        )
        with pytest.raises(BlockingIOError):
            start_some()
        resource.prlimit(pid, resource.RLIMIT_NPROC, (most, most))
        start()
    finally:
        starter.close()


def test_a_kernel_without_lists_of_children() -> None:
    script = "import os, time\nos.fork()\nprint(flush=True)\ntime.sleep(60)\n"
    with started([sys.executable, "-c", script]) as process:
        process.stdout.readline()
        process.stdout.readline()
        assert children_by_parent(process.pid) == children(process.pid) != []
