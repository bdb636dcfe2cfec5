"""The command ``cloudbase-ocr``; each of its commands has a module in `emulator.commands`.

A wrong call ends with one line on stderr that says what happened, why, and what to do, and with exit code 2; a
function that failed, or a picture that could not be read, with exit code 1.
"""

from __future__ import annotations

import click

from emulator import __version__
from emulator.commands.ctl import ctl
from emulator.commands.deploy import COMMANDS as DEPLOY_COMMANDS
from emulator.commands.env import env
from emulator.commands.invoke import invoke
from emulator.commands.recognize import recognize
from emulator.commands.record import record
from emulator.commands.serve import demo, serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cloudbase-ocr")
def main() -> None:
    """Run Python cloud functions and WeChat's OCR API on your own machine, offline."""


for _command in (serve, demo, invoke, recognize, record, env, ctl, *DEPLOY_COMMANDS):
    main.add_command(_command)
