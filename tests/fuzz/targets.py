"""The servers that are fuzzed, each in a process of its own, and what they use."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Process, started

_EMULATOR = ["serve", "--port", "0", "--no-recognizer", "--quota-per-day", "0"]


@dataclass(frozen=True)
class Usage:
    """What a process uses: resident memory in MB, threads, descriptors; zeros where the system does not say."""

    memory: float = 0.0
    threads: int = 0
    descriptors: int = 0


@dataclass(frozen=True)
class Target:
    """A running server; its log is a file."""

    port: int
    process: Process
    log: Path

    def usage(self) -> Usage:
        """Return what the process uses now."""
        folder = Path(f"/proc/{self.process.pid}")
        try:
            pages = int((folder / "statm").read_text().split()[1])
            found = re.search(r"^Threads:\s+(\d+)$", (folder / "status").read_text(), re.MULTILINE)
            descriptors = len(list((folder / "fd").iterdir()))
        except OSError:
            return Usage()
        return Usage(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, int(found[1]) if found else 0, descriptors)

    def tracebacks(self) -> int:
        """Return how many tracebacks the log holds."""
        return self.log.read_text(encoding="utf-8", errors="replace").count(
            "Traceback (most recent call last)"
        )


@contextmanager
def emulator(seconds: float) -> Iterator[Target]:
    """Start an emulator with the functions that the package includes; it lives for so many seconds at most."""
    with _running(_EMULATOR, seconds) as target:
        yield target


@contextmanager
def recorder(upstream: int, seconds: float) -> Iterator[Target]:
    """Start a recorder that asks the emulator on the port `upstream`."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--to", f"{folder}/kept", "--keys", f"{folder}/keys", "--mode", "new", "--timeout", "5"]
        address = ["--upstream", f"http://127.0.0.1:{upstream}"]
        with _running(["record", "--port", "0", *address, *options], seconds) as target:
            yield target


@contextmanager
def _running(arguments: list[str], seconds: float) -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w", encoding="utf-8") as stream:
            command = [sys.executable, "-c", _TO_A_FILE, *arguments]
            with started(command, seconds=seconds, stderr=stream, cwd=folder) as process:
                line = process.stdout.readline()
                found = re.search(r":(\d+)", line)
                if found is None:
                    raise RuntimeError(f"the server did not say where it listens: {line}")
                yield Target(int(found[1]), process, log)


# The first line goes to the pipe; what follows joins the log, so that nobody has to read the pipe.
_TO_A_FILE = """
import os, sys
from cloudbase_ocr.cli import main
write = sys.stdout.write
def once(text):
    write(text)
    sys.stdout.flush()
    if "(Ctrl-C stops it)" in text:
        os.dup2(2, 1)
    return len(text)
sys.stdout.write = once
main(sys.argv[1:])
"""
