"""``cloudbase-ocr env``: point an existing Node or Python program at the emulator, without changing it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.commands import completing
from cloudbase_ocr.commands.client import EmulatorClient, EmulatorUnreachableError
from cloudbase_ocr.commands.common import DEFAULT_EMULATOR, START_ERRORS, UserError, wrong_call
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.commands.options import settings_options
from cloudbase_ocr.language import _
from cloudbase_ocr.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FORMATS = ("shell", "powershell", "dotenv", "json")
_SHOWN = ("functions", "control_token")


@click.command(
    cls=Command,
    context_settings={"allow_interspersed_args": False},
    examples=(
        ("for the rest of this shell: sh, bash, zsh", 'eval "$(cloudbase-ocr env)"'),
        ("the same in PowerShell", "cloudbase-ocr env --format powershell | Invoke-Expression"),
        ("for one command; an emulator is started if none runs", "cloudbase-ocr env -- node index.js"),
        (
            "although https://api.weixin.qq.com is written in it",
            "cloudbase-ocr env --https -- python bot.py",
        ),
    ),
)
@click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="How the variables are printed.",
)
@click.option("--json", "style", flag_value="json", help="The same as --format json.")
@click.option(
    "--function",
    "name",
    default="",
    shell_complete=completing.functions,
    help="Count as this function: its config.json decides which cloud calls are permitted.",
)
@click.option(
    "--https",
    is_flag=True,
    help="Also lead programs with a literal https address here: proxy and trust for Python, curl, Node.js, Go, PHP, "
    "Java.",
)
@click.option(
    "--emulator",
    "address",
    envvar="CLOUDBASE_OCR_EMULATOR",
    show_envvar=True,
    help=f"The running emulator; by default {DEFAULT_EMULATOR}.",
)
@settings_options("host", "port", shown=_SHOWN)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def env(
    style: str, name: str, https: bool, address: str | None, command: tuple[str, ...], **values: Any
) -> None:
    """Print the variables that point a program at the emulator, or run COMMAND with them.

    Node programs need wx-server-sdk 2.6.3 or later, or @cloudbase/node-sdk 2.9.1 or later; older ones take the
    option serviceUrl of init(). When no emulator runs, one is started for COMMAND; it takes all options of serve: see
    cloudbase-ocr serve --help.
    """
    with wrong_call(EmulatorUnreachableError, *START_ERRORS):
        if command:
            with _emulator(address, values) as url:
                variables = _variables(url, values["control_token"], name, https=https)
                code = _run(command, variables)
            sys.exit(code)
        variables = _variables(address or DEFAULT_EMULATOR, values["control_token"], name, https=https)
    click.echo(render(variables, style))


def _variables(url: str, token: str | None, name: str, *, https: bool) -> dict[str, str]:
    """Return what the emulator says, and what the user has of the same variables with it."""
    variables = EmulatorClient(url, token).environment(name, https=https)
    if not https:
        return variables
    from cloudbase_ocr.tls.variables import TRUST, joined

    if not Path(variables[TRUST]).is_file():
        raise UserError(
            _(
                "the emulator at {url} keeps its trust files on another machine ({file} is not "
                "here); run the program there, or an emulator here."
            ).format(url=url, file=variables[TRUST])
        )
    return joined(variables, os.environ)


def render(variables: Mapping[str, str], style: str) -> str:
    """Return the variables in one of `FORMATS`."""
    if style == "json":
        return json.dumps(dict(variables), ensure_ascii=False, indent=2)
    return "\n".join(_line(name, value, style) for name, value in variables.items())


def _line(name: str, value: str, style: str) -> str:
    if style == "shell":
        return f"export {name}={shlex.quote(value)}"
    if style == "powershell":
        return "$env:{} = '{}'".format(name, value.replace("'", "''"))
    return f"{name}={_dotenv(value)}"


def _dotenv(value: str) -> str:
    """Quote a value where dotenv readers would change it; single quotes keep everything as it is."""
    plain = (
        value.replace("_", "").replace("-", "").replace(":", "").replace("/", "").replace(".", "").isalnum()
    )
    return value if plain else f"'{value}'"


@contextmanager
def _emulator(address: str | None, values: Mapping[str, Any]) -> Iterator[str]:
    """Give the URL of the emulator at `address`; without an address, of the one at home or of a new one."""
    if address is not None or EmulatorClient(DEFAULT_EMULATOR).is_running():
        yield address or DEFAULT_EMULATOR
        return
    from cloudbase_ocr.server import running

    with running(Settings(port=0, **values)) as server:
        if server.emulator.recognizer is not None:
            server.emulator.recognizer.warm()
        yield server.url


def _run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a program to its end and return its exit code; Ctrl-C is the program's to handle."""
    try:
        process = subprocess.Popen(command, env={**os.environ, **variables})  # noqa: S603 - the user's own command
    except OSError as error:
        raise UserError(
            _("{command} cannot be started: {strerror}.").format(command=command[0], strerror=error.strerror)
        ) from error
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    return code if code >= 0 else 128 - code
