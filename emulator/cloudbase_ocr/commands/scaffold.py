"""``init`` and ``new``: a project from nothing, and one more function for it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudbase_ocr.commands import completing
from cloudbase_ocr.commands.common import complain, say, wrong_call
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.commands.options import setting_option
from cloudbase_ocr.dependencies.errors import DependencyError
from cloudbase_ocr.language import CHINESE, _, spoken
from cloudbase_ocr.project import ConfigError, find_project
from cloudbase_ocr.scaffold import (
    ScaffoldError,
    add_function,
    api_of,
    begin_project,
    installed_origin,
    named_origin,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command(
    "init",
    cls=Command,
    examples=(
        ("a project in a new folder", "cloudbase-ocr init cards"),
        ("one that reads bank cards", "cloudbase-ocr init cards --method bankcard"),
    ),
)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option(
    "--source",
    metavar="PLACE",
    help="Where the project gets cloudbase-ocr from: a git address, a wheel, or a checkout; by default where this one "
    "was installed from.",
)
@click.option(
    "--method",
    default="idcard",
    show_default=True,
    shell_complete=completing.methods,
    help="What the function reads, such as bankcard.",
)
def init_command(folder: Path, source: str | None, method: str) -> None:
    """Begin a project in DIR, here by default: a function, its test, and what deploys them.

    It passes its own test, `check` and `build` as it is. A file that is there is never overwritten.
    """
    with wrong_call(ScaffoldError, DependencyError, OSError):
        origin = installed_origin(folder) if source is None else named_origin(source, folder)
        written = begin_project(folder, method, origin, chinese=spoken() == CHINESE)
    name = api_of("", method).removeprefix("ocr.")
    _tell(written)
    if origin.here_only is not None:
        complain(
            _(
                "requirements-dev.txt names {here_only}, which only this machine has. Before others or "
                "CI install it, put a git address there, or a wheel inside the project"
            ).format(here_only=origin.here_only)
        )
    go = [] if folder.resolve() == Path.cwd() else [f"cd {shlex.quote(str(folder))}"]
    event = f'{{"imgUrl": "mock://{name}"}}'
    _tell_next(
        *go,
        "python -m pip install -r requirements-dev.txt",
        "python -m pytest",
        f"cloudbase-ocr invoke {name} '{event}'",
        "cloudbase-ocr check",
        "cloudbase-ocr build",
    )


@click.command(
    "new",
    cls=Command,
    examples=(
        ("a function called like a method", "cloudbase-ocr new bankcard"),
        ("one with a name of its own", "cloudbase-ocr new checkin --method idcard"),
    ),
)
@click.argument("name")
@click.option(
    "--method",
    shell_complete=completing.methods,
    help="What it reads, such as idcard; by default the method that is called like the function.",
)
@setting_option("functions")
def new_command(name: str, method: str | None, functions: Path | None) -> None:
    """Add the function NAME and its test to the project here.

    It passes its test, `check` and `build` as it is. A file that is there is never overwritten.
    """
    with wrong_call(ScaffoldError, ConfigError, OSError):
        written = add_function(find_project(functions, Path.cwd()), name, method)
    _tell(written)
    test = next(path for path in written if path.name.startswith("test_"))
    _tell_next(
        f"python -m pytest {shlex.quote(_shown(test))}",
        f"cloudbase-ocr check {name}",
        f"cloudbase-ocr build {name}",
    )


def _tell(written: Iterable[Path]) -> None:
    for path in written:
        say(_("wrote {path}").format(path=_shown(path)))


def _tell_next(*commands: str) -> None:
    say(_("next:"))
    for command in commands:
        say(f"  {command}")


def _shown(path: Path) -> str:
    """Return a path as it is from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
