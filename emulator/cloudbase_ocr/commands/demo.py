"""``cloudbase-ocr demo``."""

from __future__ import annotations

from pathlib import Path

import click

from cloudbase_ocr.commands.client import EmulatorUnreachableError
from cloudbase_ocr.commands.common import START_ERRORS, UserError, read_file, say, wrong_call
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.commands.walkthrough import SPECIMEN, run_demo
from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer import RecognitionError

_WHY = {
    101001: _("no ID card was found in {path}. Try: cloudbase-ocr recognize auto {path}"),
    101002: _("{path} is no picture that WeChat takes, or is cut short. Take a JPEG or PNG of at most 2 MB"),
}


class NotShown(UserError):
    """The picture is not what the demonstration needs: one line, exit code 1."""

    exit_code = 1


@click.command(
    cls=Command,
    examples=(
        ("the included sample", "cloudbase-ocr demo"),
        ("an ID card of your own", "cloudbase-ocr demo --image card.jpg"),
    ),
)
@click.option("--image", type=click.Path(path_type=Path), help="Another picture of an ID card.")
def demo(image: Path | None) -> None:
    """Send a picture of an ID card through the function idcard, and show what happens."""
    path = image or SPECIMEN
    picture = read_file(path)
    with wrong_call(RecognitionError, EmulatorUnreachableError, *START_ERRORS):
        answer = run_demo(path.name, picture, say)
    code = answer.get("result", {}).get("errCode")
    if code != 0:
        why = _WHY.get(code, _("the function has failed: {error}"))
        raise NotShown(why.format(path=path, error=answer.get("errMsg")))
