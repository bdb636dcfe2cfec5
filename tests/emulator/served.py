"""Runs ``cloudbase-ocr serve`` in a process of its own, for the tests of what it says and how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


@contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Start it on a free port without recognizer; give the process and its output. It is ended in order."""
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "serve", "--port", "0", "--no-recognizer", *arguments],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        process.terminate()
        process.communicate(timeout=20)
