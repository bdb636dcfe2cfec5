"""Tracebacks of functions as a terminal shows them: own frames only, with source lines and in colour.

The log of a call has a traceback as the cloud writes it, in one line of JSON; this is the same for people.
"""

from __future__ import annotations

import linecache
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

_PYTHON_FRAME = re.compile(r'^  File "(?P<path>.+)", line (?P<line>\d+), in ')
_NODE_FRAME = re.compile(r"^    at (?:.*\()?(?:file://)?(?P<path>.+?):(?P<line>\d+):\d+\)?$")
# Python's library and its frozen parts, packages, Node's own modules, and wxcloud.
_FOREIGN = re.compile(
    r"^<|^node:|[/\\]lib[/\\]python3\.\d+[/\\]|[/\\](?:site-packages|dist-packages|node_modules|wxcloud)[/\\]",
    re.IGNORECASE,
)
_HEADINGS = ("Traceback (", "During handling of", "The above exception was")


class TerminalFormatter(logging.Formatter):
    """Adds the traceback to the record of a call that failed, and leaves out the hint that only repeats its end."""

    def __init__(self, form: str, *, colored: bool) -> None:
        """Write records as `form` has it."""
        super().__init__(form)
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        text = super().format(record)
        trace = getattr(record, "trace", "")
        return f"{text}\n{render(trace, colored=self._colored)}" if trace else text

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is shown."""
        return not getattr(record, "repeats", False)


def render(trace: str, *, colored: bool) -> str:
    """Return a traceback of Python or Node.js for a terminal."""
    lines = "\n".join(_shown(trace.rstrip("\n").split("\n")))
    return lines if colored else click.unstyle(lines)


def _shown(lines: list[str]) -> Iterator[str]:
    hidden = 0
    for block in _blocks(lines):
        frame = _PYTHON_FRAME.match(block[0]) or _NODE_FRAME.match(block[0])
        if frame and _FOREIGN.search(frame["path"]):
            hidden += 1
            continue
        if hidden:
            yield _counted(hidden)
            hidden = 0
        yield from _frame(block, frame) if frame else _rest(block[0])
    if hidden:
        yield _counted(hidden)


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Give frames with the lines that belong to them, and each other line alone."""
    block: list[str] = []
    for line in lines:
        if block and _PYTHON_FRAME.match(block[0]) and line.startswith(("    ", "  [")):
            block.append(line)
            continue
        if block:
            yield block
        block = [line]
    if block:
        yield block


def _frame(block: list[str], frame: re.Match[str]) -> Iterator[str]:
    path = frame["path"]
    shown = _relative(path)
    yield block[0].replace(path, click.style(shown, fg="cyan"), 1)
    if len(block) > 1:
        yield from block[1:]
    elif block[0].startswith("    at ") and (source := linecache.getline(path, int(frame["line"])).strip()):
        # Node.js gives no source lines.
        yield f"      {source}"


def _rest(line: str) -> Iterator[str]:
    if line.startswith(_HEADINGS) or not line.strip():
        yield click.style(line, dim=True) if line else line
    elif line.startswith(" "):
        yield line
    else:
        yield click.style(line, fg="red", bold=True)


def _counted(hidden: int) -> str:
    frames = "1 frame" if hidden == 1 else f"{hidden} frames"
    return click.style(f"  ... {frames} of the library and of packages", dim=True)


def _relative(path: str) -> str:
    """Return a path from the working directory, if it is below: what editors and terminals can open."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
