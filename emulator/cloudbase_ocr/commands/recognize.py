"""``cloudbase-ocr recognize``: the recognizer alone, for one picture or for many."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.batch.batch import Batch, Outcome, worker_count
from cloudbase_ocr.batch.drawing import Drawings
from cloudbase_ocr.batch.pictures import STANDARD_INPUT, NoPictureError, Selection, select
from cloudbase_ocr.batch.progress import Progress
from cloudbase_ocr.commands.common import UserError, complain, print_json, wrong_call
from cloudbase_ocr.commands.options import settings_options
from cloudbase_ocr.core.methods import UnknownMethodError, find_method
from cloudbase_ocr.recognizer import EngineUnavailable
from cloudbase_ocr.recognizer.installed import require_installed
from cloudbase_ocr.settings import Settings, setting_fields
from wxcloud.contract import METHODS, Method

if TYPE_CHECKING:
    from collections.abc import Iterator

AUTO = "auto"
STOPPED = 130
"""The exit code after Ctrl-C, as shells have it."""

_USED = {"profile", "bankcard_id", "omit_unread", "recognizer_threads", "recognizer_weights", "max_pixels"}
_UNUSED = {setting.name for setting in setting_fields()} - _USED


@click.command()
@click.argument("method")
@click.argument("names", metavar="PICTURE...", nargs=-1, required=True)
@click.option(
    "--explain", is_flag=True, help="Also tell how sure each field is, where it stands, and the times."
)
@click.option(
    "--draw",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Write each picture with boxes around what was read: a file for one picture, else a folder.",
)
@click.option(
    "--font", type=click.Path(path_type=Path), help="Font file for --draw, with Chinese characters."
)
@click.option("--lines", is_flag=True, help="One line of JSON for each picture, also when there is only one.")
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="How many processes read side by side; by default one for each core, each with one thread.",
)
@settings_options(*_UNUSED)
def recognize(
    method: str,
    names: tuple[str, ...],
    explain: bool,
    draw: Path | None,
    font: Path | None,
    lines: bool,
    processes: int | None,
    **values: Any,
) -> None:
    """Read pictures without a server and print WeChat's JSON for METHOD.

    METHOD is idcard, printedText, ...; or auto, which finds out what each picture shows. PICTURE is a file, a folder
    with everything below it, a pattern in quotation marks ("scans/**/*.jpg"), or - for standard input.

    One file gives WeChat's JSON as it is. Folders, patterns and several files give one line of JSON for each picture,
    in order: {"file", "method", "wechat"}.
    """
    wanted = _method(method)
    with wrong_call(EngineUnavailable):
        require_installed()
    with wrong_call(NoPictureError):
        selection = select(names)
    if STANDARD_INPUT in names and sys.stdin.isatty():
        raise UserError(
            "- reads the picture from standard input, and nothing is piped there. Try: ... - < card.jpg"
        )
    settings = Settings(**values)
    one = selection.single and not lines
    drawings = _drawings(draw, font, selection)
    workers = 0 if len(selection.pictures) == 1 else worker_count(processes, len(selection.pictures))
    with wrong_call(ValueError):
        reading = Batch(settings, wanted, workers, drawings)
    with reading as batch, wrong_call(EngineUnavailable):
        outcomes = batch.outcomes(selection.pictures)
        sys.exit(
            _print_one(next(outcomes), explain=explain) if one else _print_all(selection, outcomes, explain)
        )


def _print_one(outcome: Outcome, *, explain: bool) -> int:
    """Print what came of the only picture; give the exit code."""
    if outcome.reading is None:
        raise UserError(outcome.error)
    reading = outcome.reading
    print_json(reading.entry(explain=explain) if explain or reading.guessed else reading.wechat)
    for trouble in (reading.reason, outcome.error):
        if trouble:
            complain(f"{outcome.picture.name}: {trouble}")
    return 0 if outcome.succeeded else 1


def _print_all(selection: Selection, outcomes: Iterator[Outcome], explain: bool) -> int:
    """Print one line for each picture as soon as it and all before it are read; give the exit code."""
    progress = Progress(len(selection.pictures), sys.stderr)
    failed = done = 0
    try:
        for outcome in outcomes:
            progress.clear()
            print_json(outcome.entry(explain=explain), indent=None)
            if outcome.error:
                complain(outcome.error)
            done += 1
            failed += not outcome.succeeded
            progress.advance()
    except KeyboardInterrupt:
        progress.clear()
        complain(
            f"stopped after {done} of {len(selection.pictures)} pictures; the lines that were printed are whole."
        )
        return STOPPED
    progress.clear()
    if progress.shown:
        complain(f"{done} pictures, {done - failed} read, {failed} not")
    return 1 if failed else 0


def _drawings(out: Path | None, font: Path | None, selection: Selection) -> Drawings | None:
    if out is None:
        if font is not None:
            raise UserError("--font is for drawings; name where they go with --draw OUT.")
        return None
    from cloudbase_ocr.batch.fonts import NoFont

    with wrong_call(NoFont, ValueError):
        drawings = Drawings(out, selection, font)
    if drawings.trouble:
        complain(drawings.trouble)
    return drawings


def _method(name: str) -> Method | None:
    """Return the method of this name; None for auto."""
    if name == AUTO:
        return None
    try:
        return find_method(name)
    except UnknownMethodError as error:
        known = ", ".join(spelling for candidate in METHODS for spelling in candidate.cloud_names)
        raise UserError(
            f"there is no OCR method {name!r}. Methods: {known}; or {AUTO}, which finds out."
        ) from error
