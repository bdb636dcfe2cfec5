"""Runs ``cloudbase-ocr serve`` in a process of its own, for the tests of what it says and how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from tests.processes import started, stop

SERVE = [sys.executable, "-m", "cloudbase_ocr", "serve", "--port", "0", "--no-recognizer"]


@contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Start it on a free port without recognizer; give the process and its output. It is ended in order."""
    with started([*SERVE, *arguments]) as process:
        yield process, process.stdout
        if process.poll() is None:
            stop(process)
