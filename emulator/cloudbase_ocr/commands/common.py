"""What the commands share: how a wrong call ends, how output and logs look, where an emulator is looked for."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.answers import FixtureError
from cloudbase_ocr.commands.tracebacks import TerminalFormatter
from cloudbase_ocr.core.calls import LOGGER_NAME
from cloudbase_ocr.server import AddressInUseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEFAULT_EMULATOR = "http://127.0.0.1:8787"

START_ERRORS = (AddressInUseError, FixtureError, ValueError)
"""What the start of an emulator may raise because of a setting."""


class UserError(click.ClickException):
    """A mistake in the call: one line, exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the message as one line."""
        click.echo("cloudbase-ocr: " + " ".join(self.message.split()), err=True, file=file)


@contextmanager
def wrong_call(*errors: type[Exception]) -> Iterator[None]:
    """Turn `errors` into a UserError."""
    try:
        yield
    except errors as error:
        raise UserError(_describe(error)) from error


def read_file(path: Path) -> bytes:
    """Return what is in a file that the user named."""
    with wrong_call(OSError):
        return path.read_bytes()


def print_json(value: Any, indent: int | None = 2) -> None:
    """Print `value` for other programs: as UTF-8, whatever the terminal's encoding is; `indent` None: in one line.

    It leaves in one piece, so that whoever ends the program finds it whole or not at all.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.flush()


def complain(message: str) -> None:
    """Say on stderr, in one line, what went wrong with a part of the work; the rest goes on."""
    click.echo("cloudbase-ocr: " + " ".join(message.split()), err=True)


def log_to_stderr() -> None:
    """Show the calls that reach the emulator, and what functions print, on stderr, until the command ends.

    On a terminal with tracebacks that people can read.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    if sys.stderr.isatty():
        terminal = TerminalFormatter("%(message)s")
        handler.setFormatter(terminal)
        handler.addFilter(terminal.filter)
    logger = logging.getLogger(LOGGER_NAME.partition(".")[0])
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # A command that runs inside another program, as in tests, leaves nothing behind.
    click.get_current_context().call_on_close(lambda: logger.removeHandler(handler))


def _describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}. Check the path."
    return str(error)
