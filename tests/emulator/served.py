"""Runs ``cloudbase-ocr serve`` in a process of its own, for the tests of what it says and how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from tests.processes import started, stop


@contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Start it on a free port without recognizer; give the process and its output. It is ended in order."""
    command = [sys.executable, "-m", "cloudbase_ocr", "serve", "--port", "0", "--no-recognizer", *arguments]
    with started(command) as process:
        yield process, process.stdout
        if process.poll() is None:
            stop(process)
