"""``cloudbase-ocr env``: point an existing Node or Python program at the emulator, without changing it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.commands.client import EmulatorClient, EmulatorUnreachableError
from cloudbase_ocr.commands.common import DEFAULT_EMULATOR, START_ERRORS, UserError, wrong_call
from cloudbase_ocr.commands.options import settings_options
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FORMATS = ("shell", "powershell", "dotenv", "json")


@click.command(context_settings={"allow_interspersed_args": False})
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
    help="Count as this function: its config.json decides which cloud calls are permitted.",
)
@click.option(
    "--emulator",
    "address",
    envvar="CLOUDBASE_OCR_EMULATOR",
    show_envvar=True,
    help=f"The running emulator; by default {DEFAULT_EMULATOR}.",
)
@settings_options("host", "port")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def env(style: str, name: str, address: str | None, command: tuple[str, ...], **values: Any) -> None:
    """Print the variables that point a program at the emulator, or run COMMAND with them.

    \b
    eval "$(cloudbase-ocr env)"                  in sh, bash, zsh
    cloudbase-ocr env --format powershell | Invoke-Expression
    cloudbase-ocr env -- node index.js           only for this command

    Node programs need wx-server-sdk 2.6.3 or later, or @cloudbase/node-sdk 2.9.1 or later; older ones take the
    option serviceUrl of init(). When no emulator runs, one is started for COMMAND, with the settings below.
    """
    with wrong_call(EmulatorUnreachableError, *START_ERRORS):
        if command:
            with _emulator(address, values) as url:
                variables = EmulatorClient(url, values["control_token"]).environment(name)
                code = _run(command, variables)
            sys.exit(code)
        client = EmulatorClient(address or DEFAULT_EMULATOR, values["control_token"])
        variables = client.environment(name)
    click.echo(render(variables, style))


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
    with running(Settings(port=0, **values)) as server:
        if server.emulator.recognizer is not None:
            server.emulator.recognizer.warm()
        yield server.url


def _run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a program to its end and return its exit code; Ctrl-C is the program's to handle."""
    try:
        process = subprocess.Popen(command, env={**os.environ, **variables})  # noqa: S603 - the user's own command
    except OSError as error:
        raise UserError(f"{command[0]} cannot be started: {error.strerror}.") from error
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    return code if code >= 0 else 128 - code
