"""What the commands share: how a wrong call ends, how output and logs look, where an emulator is looked for."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.commands.tracebacks import TerminalFormatter
from cloudbase_ocr.core.calls import LOGGER_NAME
from cloudbase_ocr.core.errors import AddressInUseError
from cloudbase_ocr.language import _, shown
from cloudbase_ocr.project.toml_file import TomlFile
from cloudbase_ocr.service.json_log import JsonFormatter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEFAULT_EMULATOR = "http://127.0.0.1:8787"

FILE_USED = "cloudbase_ocr.toml"
"""Where a context of click remembers the file with the settings."""

SYSTEM = (
    _("File exists"),
    _("Is a directory"),
    _("No space left on device"),
    _("No such file or directory"),
    _("Not a directory"),
    _("Permission denied"),
)
"""What the system says most often of files."""

START_ERRORS = (AddressInUseError, ValueError)
"""What the start of an emulator may raise because of a setting or a fixture."""


class UserError(click.ClickException):
    """A mistake in the call: one line, exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        """Keep the message in the language of the terminal."""
        super().__init__(shown(message))

    def show(self, file: Any = None) -> None:
        """Print the message as one line."""
        click.echo(_one_line(self.message, "red"), err=True, file=file, color=self.show_color)


class OutputLost(UserError):
    """What was to be printed cannot be written: one line, exit code 1."""

    exit_code = 1


@contextmanager
def wrong_call(*errors: type[Exception]) -> Iterator[None]:
    """Turn `errors` into a UserError."""
    try:
        yield
    except errors as error:
        raise UserError(_describe(error)) from error


def file_used(context: click.Context) -> TomlFile:
    """Return the file that says what options do not; an empty one where there is none."""
    file: TomlFile = context.meta.get(FILE_USED, TomlFile())
    return file


def read_file(path: Path) -> bytes:
    """Return what is in a file that the user named."""
    with wrong_call(OSError):
        return path.read_bytes()


def print_json(value: Any, indent: int | None = 2) -> None:
    """Print `value` for other programs: as UTF-8, whatever the terminal's encoding is; `indent` None: in one line.

    It leaves in one piece, so that whoever ends the program finds it whole or not at all.

    Raises:
        OutputLost: it cannot be written, for example onto a full disk. A reader that has left is a BrokenPipeError.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        sys.stdout.flush()
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would try again when it ends
        raise OutputLost(
            _("the output cannot be written ({strerror}). Make room, or write elsewhere.").format(
                strerror=error.strerror
            )
        ) from error


def complain(message: str) -> None:
    """Say on stderr, in one line, what went wrong with a part of the work; the rest goes on."""
    click.echo(_one_line(shown(message), "yellow"), err=True)


def say(message: str, *, err: bool = False) -> None:
    """Print a text in the language of the terminal."""
    click.echo(shown(message), err=err)


def hint(message: str) -> None:
    """Say on stderr what is good to know, and no trouble."""
    click.echo(click.style(shown(message), dim=True), err=True)


def wants_color(wanted: str = "auto") -> bool | None:
    """Return what click takes for ``--color``: None on a terminal only (https://no-color.org)."""
    if wanted == "auto":
        return False if os.environ.get("NO_COLOR") else None
    return wanted == "always"


def log_to_stderr(form: str = "text", *, quiet: bool = False) -> None:
    """Show the calls that reach the emulator, and what functions print, on stderr, until the command ends.

    On a terminal with tracebacks that people can read; `form` is that of ``--log-format``. `quiet`: warnings only.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else logging.Formatter("%(message)s"))
    if form == "text" and sys.stderr.isatty():
        terminal = TerminalFormatter("%(message)s", colored=click.get_current_context().color is not False)
        handler.setFormatter(terminal)
        handler.addFilter(terminal.filter)
    logger = logging.getLogger(LOGGER_NAME.partition(".")[0])
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    # A command that runs inside another program, as in tests, leaves nothing behind.
    click.get_current_context().call_on_close(lambda: logger.removeHandler(handler))


def _one_line(message: str, color: str) -> str:
    return click.style("cloudbase-ocr:", fg=color, bold=True) + " " + " ".join(message.split())


def _describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        problem = _("{filename}: {strerror}. Check the path.")
        return problem.format(filename=error.filename, strerror=error.strerror)
    return shown(error)
