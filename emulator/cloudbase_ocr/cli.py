"""The command ``cloudbase-ocr``; each of its commands has a module in `cloudbase_ocr.commands`.

A wrong call ends with one line on stderr that says what happened, why, and what to do, and with exit code 2; a
function that failed, or a picture that could not be read, with exit code 1.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.project.toml_file import FILE as TOML_FILE

_COMMANDS = {
    "build": "deploy.build_command",
    "check": "deploy.check_command",
    "ctl": "ctl.ctl",
    "demo": "demo.demo",
    "env": "env.env",
    "invoke": "invoke.invoke",
    "recognize": "recognize.recognize",
    "record": "record.record",
    "serve": "serve.serve",
    "types": "deploy.types_command",
}
"""Where each command is, below `cloudbase_ocr.commands`."""

_WITH_SETTINGS = ("build", "check", "env", "invoke", "recognize", "serve")
"""Commands whose options have defaults in cloudbase-ocr.toml."""


class _Commands(click.Group):
    """Imports a command when it is called: all of them together take as long as the start of a server."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the command of this name."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"cloudbase_ocr.commands.{module}"), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cloudbase-ocr")
@click.pass_context
def main(context: click.Context) -> None:
    """Run Python cloud functions and WeChat's OCR API on your own machine, offline."""
    if context.invoked_subcommand in _WITH_SETTINGS and Path(TOML_FILE).exists():
        # Here: few projects have the file, and every start would pay for it.
        from cloudbase_ocr.commands.defaults import defaults_here

        context.default_map = dict.fromkeys(_WITH_SETTINGS, defaults_here())
