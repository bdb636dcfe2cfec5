"""The command ``cloudbase-ocr``; each of its commands has a module in `cloudbase_ocr.commands`.

A wrong call ends with one line on stderr that says what happened, why, and what to do, and with exit code 2; a
function that failed, or a picture that could not be read, with exit code 1.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.commands.common import wants_color, wrong_call
from cloudbase_ocr.commands.help import CONTEXT, Group
from cloudbase_ocr.commands.translated import OPTION, language_for, translate
from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.language import LANGUAGES, speak
from cloudbase_ocr.project.errors import ConfigError
from cloudbase_ocr.project.toml_file import find_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SECTIONS = {
    "Begin": {
        "demo": "demo.demo",
        "init": "scaffold.init_command",
        "new": "scaffold.new_command",
        "doctor": "doctor.doctor",
    },
    "Run": {
        "serve": "serve.serve",
        "invoke": "invoke.invoke",
        "env": "env.env",
        "ctl": "ctl.ctl",
        "record": "record.record",
    },
    "Read pictures": {"recognize": "recognize.recognize"},
    "Deploy": {
        "check": "deploy.check_command",
        "build": "deploy.build_command",
        "types": "deploy.types_command",
    },
    "Look after": {
        "state": "state.state",
        "tls": "tls.tls",
        "completion": "completion.completion",
    },
}
"""Where each command is, below `cloudbase_ocr.commands`, by what it is for."""
_COMMANDS = {name: place for commands in _SECTIONS.values() for name, place in commands.items()}

_WITHOUT_FILE = ("completion", "demo", "doctor", "init", "types")
"""Commands that nothing in cloudbase-ocr.toml is about, so that a mistake in it does not keep them from working."""


class _Commands(Group):
    """Imports a command when it is called: all of them together take as long as the start of a server."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Choose language and colour before anything is read, and so before anything can be wrong."""
        speak(language_for(args, os.environ, getattr(sys.stdout, "encoding", None) or "utf-8"))
        translate(self, parent)
        return super().make_context(info_name, args, parent, **{"color": wants_color(), **extra})

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(_COMMANDS)

    def sections_of_commands(self, ctx: click.Context) -> Mapping[str, Sequence[str]]:  # noqa: ARG002 - as above
        """Return the names of the commands by what they are for."""
        return {title: list(commands) for title, commands in _SECTIONS.items()}

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"cloudbase_ocr.commands.{module}"), name)
        translate(command, ctx)
        return command


@click.group(
    cls=_Commands,
    context_settings=CONTEXT,
    examples=(
        ("see a photo go through a function", "cloudbase-ocr demo"),
        ("run the functions of this project", "cloudbase-ocr serve"),
        ("read a picture, without a server", "cloudbase-ocr recognize auto card.jpg"),
    ),
)
@click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    help="Colours: by default on a terminal, if NO_COLOR is not set.",
)
@click.option(
    OPTION,
    type=click.Choice(LANGUAGES),
    expose_value=False,
    help="Language of help, errors and summaries; by default what LC_ALL, LC_MESSAGES or LANG says.",
)
@click.version_option(__version__, prog_name="cloudbase-ocr")
@click.pass_context
def main(context: click.Context, color: str) -> None:
    """Run Python cloud functions and WeChat's OCR API on your own machine, offline."""
    context.color = wants_color(color)
    name = context.invoked_subcommand
    if name is None or name in _WITHOUT_FILE:
        return
    with wrong_call(ConfigError):
        file = find_toml(Path.cwd())
    command = main.get_command(context, name)
    if file.path is not None and command is not None:
        # Here: few projects have the file, and every start would pay for it.
        from cloudbase_ocr.commands.defaults import use_defaults

        use_defaults(file, context, name, command, list(_COMMANDS))
