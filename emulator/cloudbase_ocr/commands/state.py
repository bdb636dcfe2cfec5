"""``cloudbase-ocr state``: where the state of an emulator is."""

from __future__ import annotations

from pathlib import Path

import click

from cloudbase_ocr.commands.common import UserError, complain, say, wrong_call
from cloudbase_ocr.commands.help import Group
from cloudbase_ocr.core.errors import StateAwayError
from cloudbase_ocr.language import _


@click.group(
    cls=Group,
    examples=(
        (
            "from one instance to several",
            "cloudbase-ocr state copy state redis://127.0.0.1:6379/0",
        ),
    ),
)
def state() -> None:
    """Look after what is kept with --state."""


@state.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("url")
def copy(folder: Path, url: str) -> None:
    """Copy a state FOLDER to Redis at URL, so that several instances can go on with it.

    Stop the emulator that uses the folder before; the folder stays as it is.
    """
    # Here: only this needs redis-py.
    from cloudbase_ocr.state.shared import Shared
    from cloudbase_ocr.state.shared.copying import copy_state

    with wrong_call(ValueError):
        shared = Shared(url, complain)
        try:
            copied = copy_state(folder, shared, complain)
        except StateAwayError as error:
            raise UserError(
                _("nothing, or not all, was copied: {place} is not reached").format(place=shared.place)
            ) from error
        finally:
            shared.close()
    say(
        _("copied to {place}: {what}").format(
            place=shared.place, what=", ".join(f"{count} {name}" for name, count in copied.items())
        )
    )
