"""``cloudbase-ocr demo``."""

from __future__ import annotations

from pathlib import Path

import click

from cloudbase_ocr.commands.client import EmulatorUnreachableError
from cloudbase_ocr.commands.common import START_ERRORS, read_file, wrong_call
from cloudbase_ocr.commands.walkthrough import SPECIMEN, run_demo
from cloudbase_ocr.recognizer import RecognitionError


@click.command()
@click.option("--image", type=click.Path(path_type=Path), help="Another picture of an ID card.")
def demo(image: Path | None) -> None:
    """Send a picture of an ID card through the function idcard, and show what happens."""
    path = image or SPECIMEN
    picture = read_file(path)
    with wrong_call(RecognitionError, EmulatorUnreachableError, *START_ERRORS):
        run_demo(path.name, picture, click.echo)
