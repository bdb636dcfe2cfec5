"""``cloudbase-ocr recognize``: the recognizer alone, for one picture or for many."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.answers.market import Market
from cloudbase_ocr.batch import storage
from cloudbase_ocr.batch.batch import Batch, Outcome
from cloudbase_ocr.batch.drawing import Drawings
from cloudbase_ocr.batch.lines import DOUBTFUL_BELOW, LineOptions
from cloudbase_ocr.batch.parts import FORMATS, JSONL
from cloudbase_ocr.batch.pictures import STANDARD_INPUT, NoPictureError, Selection, select
from cloudbase_ocr.batch.storage import StorageError
from cloudbase_ocr.commands import completing
from cloudbase_ocr.commands.common import UserError, complain, print_json, wrong_call
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.commands.many import Many, recognize_many
from cloudbase_ocr.commands.options import SECTIONS, settings_options
from cloudbase_ocr.core.methods import METHOD_NAMES, UnknownMethodError, find_method
from cloudbase_ocr.core.nearest import is_meant
from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer import EngineUnavailable
from cloudbase_ocr.recognizer.installed import require_installed
from cloudbase_ocr.settings import Settings, setting_fields

if TYPE_CHECKING:
    from wxcloud.contract import Method

AUTO = "auto"

_USED = {
    "market_rules",
    "profile",
    "bankcard_id",
    "omit_unread",
    "recognizer_threads",
    "recognizer_weights",
    "max_pixels",
}
_UNUSED = {setting.name for setting in setting_fields()} - _USED


@click.command(
    cls=Command,
    sections={
        "Output": (
            "output",
            "part_format",
            "resume",
            "lines",
            "explain",
            "only_doubtful",
            "min_confidence",
            "market",
        ),
        "Drawing": ("draw", "font"),
        "Many pictures": ("listed", "quiet", "processes", "ray", "s3_endpoint"),
        **{title: SECTIONS[title] for title in ("Engine", "Fidelity")},
    },
    examples=(
        ("one card", "cloudbase-ocr recognize idcard card.jpg"),
        ("what each picture shows, with boxes drawn", "cloudbase-ocr recognize auto scans --draw drawn"),
        (
            "a table of a folder; go on after a break",
            "cloudbase-ocr recognize auto scans --output out.csv --resume",
        ),
    ),
)
@click.argument("method", shell_complete=completing.methods_and_auto)
@click.argument("names", metavar="PICTURE...", nargs=-1)
@click.option(
    "--output",
    metavar="OUT",
    help="Write lines instead of printing them: into a file (.jsonl, .csv, .xlsx, .parquet) or, if OUT ends in /, "
    "into parts in a folder or a store (s3://bucket/out/).",
)
@click.option(
    "--part-format",
    type=click.Choice(FORMATS),
    default=JSONL,
    show_default=True,
    help="What parts are: lines of JSON, or tables of Parquet.",
)
@click.option("--resume", is_flag=True, help="Go on with --output: what stands in it is not read again.")
@click.option(
    "--from",
    "listed",
    type=click.File("rb"),
    metavar="FILE",
    help="Read the names of more pictures from this file, one to a line; - for standard input.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    default=DOUBTFUL_BELOW,
    show_default=True,
    help="Call a reading doubtful if a field of it is less certain than this.",
)
@click.option(
    "--only-doubtful",
    is_flag=True,
    help="Only give what a person should look at: doubtful readings, and pictures that were not read.",
)
@click.option("-q", "--quiet", is_flag=True, help="No bar and no summary on stderr.")
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
@click.option(
    "--market", is_flag=True, help="Print what the service market (OcrAllInOne) sends: data is JSON text."
)
@click.option("--lines", is_flag=True, help="One line of JSON for each picture, also when there is only one.")
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    metavar="N",
    help="How many processes read side by side; by default one for each core, but at most eight; each has one thread.",
)
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="Read on a cluster of Ray at HOST:PORT; auto: the one that this machine belongs to; local: one that is "
    "started for this call.",
)
@click.option(
    "--s3-endpoint",
    metavar="URL",
    envvar=storage.ENDPOINT,
    show_envvar=True,
    help="Where s3:// addresses are, if not at Amazon: https://cos.ap-guangzhou.myqcloud.com.",
)
@settings_options(*_UNUSED)
def recognize(method: str, names: tuple[str, ...], listed: Any, **values: Any) -> None:
    """Read pictures without a server and print WeChat's JSON for METHOD.

    METHOD is idcard, printedText, ...; or auto, which finds out what each picture shows. PICTURE is a file, a folder
    with everything below it, an archive (.zip, .tar.gz), a pattern in quotation marks ("scans/**/*.jpg"), or - for
    standard input.

    One file gives WeChat's JSON as it is. Folders, patterns and several files give one line of JSON for each picture,
    in order: {"file", "method", "wechat"}.
    """
    wanted = _method(method)
    if not names and listed is None:
        raise UserError(_("PICTURE is missing. Name pictures, or a list of them with --from."))
    with wrong_call(EngineUnavailable):
        require_installed()
    if endpoint := values.pop("s3_endpoint"):
        os.environ[storage.ENDPOINT] = endpoint
    with wrong_call(NoPictureError, StorageError, OSError):
        selection = select(names, None if listed is None else _names_in(listed.read()))
    if STANDARD_INPUT in names and sys.stdin.isatty():
        raise UserError(
            _("- reads the picture from standard input, and nothing is piped there. Try: ... - < card.jpg")
        )
    settings = Settings(**{name: values.pop(name) for name in _USED})
    if values["resume"] and values["output"] is None:
        raise UserError(_("--resume goes on with a file; name it with --output FILE."))
    drawings = _drawings(values["draw"], values["font"], selection)
    words = Market.of(settings) if values["market"] else None
    lines = LineOptions(values["explain"], values["min_confidence"], words)
    plain = not any(values[name] for name in ("lines", "output", "only_doubtful", "ray"))
    if selection.single and plain:
        with wrong_call(ValueError):
            reading = Batch(settings, wanted, 0, drawings)
        with reading as batch, wrong_call(EngineUnavailable):
            only = list(batch.items(selection.pictures))
            if len(only) == 1:
                sys.exit(_print_one(next(batch.outcomes(only)), explain=lines.explain, market=words))
    sys.exit(
        recognize_many(
            Many(
                selection,
                wanted,
                settings,
                lines,
                drawings,
                values["output"],
                resume=values["resume"],
                only_doubtful=values["only_doubtful"],
                quiet=values["quiet"],
                processes=values["processes"],
                part_format=values["part_format"],
                ray=values["ray"],
            )
        )
    )


def _print_one(outcome: Outcome, *, explain: bool, market: Market | None) -> int:
    """Print what came of the only picture; give the exit code."""
    if outcome.reading is None:
        raise UserError(outcome.error)
    reading = outcome.reading
    whole = explain or reading.guessed
    print_json(reading.entry(explain=explain, market=market) if whole else reading.reply(market))
    for trouble in (reading.reason, outcome.error):
        if trouble:
            complain(f"{outcome.item.picture.name}: {trouble}")
    return 0 if outcome.succeeded else 1


def _names_in(listed: bytes) -> list[str]:
    """Return the names of a list: one to a line, or parted by null bytes, as ``find -print0`` writes them."""
    parts = listed.split(b"\0") if b"\0" in listed else listed.splitlines()
    return [os.fsdecode(part) for part in parts if part.strip()]


def _drawings(out: Path | None, font: Path | None, selection: Selection) -> Drawings | None:
    if out is None:
        if font is not None:
            raise UserError(_("--font is for drawings; name where they go with --draw OUT."))
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
        known, meant = ", ".join(METHOD_NAMES), is_meant(name.removeprefix("ocr."), (*METHOD_NAMES, AUTO))
        raise UserError(
            _("there is no OCR method {name!r}{meant} Methods: {known}; or {auto}, which finds out.").format(
                name=name, meant=meant or _("."), known=known, auto=AUTO
            )
        ) from error
