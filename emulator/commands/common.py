"""What every command shares: how a wrong call ends, and where an emulator is looked for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from emulator.answers import FixtureError
from emulator.server import AddressInUseError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def _describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}. Check the path."
    return str(error)
