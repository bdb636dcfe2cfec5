"""The accuracy benchmark: ``make bench-ocr``; ``python -m tests.bench.ocr --help`` for small slices.

Another first word than an option names another command of the table below.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "python -m tests.bench.ocr"
COMMANDS = {name: f"tests.bench.ocr.{name}" for name in ("beside", "calibrate", "peer", "showcase")}
"""Each is imported only when it is called: what a peer's command takes to start is part of its measured time."""


def chosen(words: Sequence[str]) -> tuple[Any, list[str]]:
    """Return the command (of click) that the words after the program's name call, and what it is given."""
    if words and words[0] in COMMANDS:
        return import_module(COMMANDS[words[0]]).main, list(words[1:])
    return import_module("tests.bench.ocr.measure").main, list(words)


if __name__ == "__main__":
    command, given = chosen(sys.argv[1:])
    command(given, prog_name=PROGRAM)
