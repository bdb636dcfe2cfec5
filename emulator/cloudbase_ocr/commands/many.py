"""Many pictures of one call of ``recognize``: where their lines go, what is said meanwhile and at the end."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cloudbase_ocr.batch import cluster, storage
from cloudbase_ocr.batch.batch import Batch, worker_count
from cloudbase_ocr.batch.done import Done
from cloudbase_ocr.batch.lines import line_of
from cloudbase_ocr.batch.output import LinesFile, OutputError, OutputFull
from cloudbase_ocr.batch.parts import Parts
from cloudbase_ocr.batch.pictures import STANDARD_INPUT
from cloudbase_ocr.batch.progress import Progress
from cloudbase_ocr.batch.summary import Summary, left_out
from cloudbase_ocr.batch.tables import TABLES, TableError, require, write_table
from cloudbase_ocr.commands.common import OutputLost, UserError, complain, print_json, wrong_call
from cloudbase_ocr.core import formats
from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.language import _, shown
from cloudbase_ocr.recognizer import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.batch.drawing import Drawings
    from cloudbase_ocr.batch.lines import Line, LineOptions
    from cloudbase_ocr.batch.pictures import Picture, Selection
    from cloudbase_ocr.settings import Settings
    from wxcloud.contract import Method

STOPPED = 130
"""The exit code after Ctrl-C, as shells have it."""

_STREAMED = (".jsonl", ".csv")
_PAGES = 64
"""What a file with pages counts for when processes are started: how many it has is not known yet."""


@dataclass(frozen=True)
class Many:
    """What was asked for. `output` is None where lines are printed; `drawings` where nothing is drawn."""

    selection: Selection
    method: Method | None
    settings: Settings
    lines: LineOptions
    drawings: Drawings | None
    output: str | None
    resume: bool
    only_doubtful: bool
    quiet: bool
    processes: int | None
    part_format: str
    ray: str | None

    def identity(self) -> dict[str, Any]:
        """Return what lines of one output have in common."""
        settings = self.settings
        weights = settings.recognizer_weights
        return {
            "cloudbase_ocr": __version__,
            "method": self.method.permission if self.method else "auto",
            "explain": self.lines.explain,
            "min_confidence": self.lines.min_confidence,
            "only_doubtful": self.only_doubtful,
            "market": None if self.lines.market is None else asdict(self.lines.market),
            "profile": settings.profile,
            "bankcard_id": settings.bankcard_id,
            "omit_unread": settings.omit_unread,
            "max_pixels": settings.max_pixels,
            "recognizer_weights": None if weights is None else str(weights.resolve()),
        }


class Sink(Protocol):
    """Takes lines."""

    done: Done

    def write(self, line: Line, *, kept: bool) -> None:
        """Take a line; not `kept`: only note that the picture was read."""

    def close(self) -> None:
        """End."""


class _Printed:
    """Prints lines as JSON."""

    def __init__(self) -> None:
        self.done = Done()

    def write(self, line: Line, *, kept: bool) -> None:
        if kept:
            print_json(line.entry, indent=None)

    def close(self) -> None:
        pass


def recognize_many(call: Many) -> int:
    """Read the pictures and give a line for each; return the exit code."""
    with wrong_call(OutputError, TableError, cluster.ClusterError), ExitStack() as stack:
        sink = _sink(call)
        stack.callback(sink.close)
        for trouble in (*call.selection.troubles, *left_out(call.selection)):
            complain(trouble)
        pictures = list(sink.done.left(call.selection.pictures))
        code = _read(call, sink, pictures)
    if call.output is not None and _is_table(call.output) and code != STOPPED:
        code = max(code, _tabulate(call, Path(call.output)))
    return code


def _sink(call: Many) -> Sink:
    if call.output is None:
        return _Printed()
    if call.output.endswith("/") or Path(call.output).is_dir():
        return Parts(call.output, call.method, call.identity(), form=call.part_format, resume=call.resume)
    suffix = Path(call.output).suffix.lower()
    if storage.is_address(call.output):
        raise UserError(
            _("--output {output}: stores take parts; let it end in /.").format(output=call.output)
        )
    if suffix in TABLES:
        require(suffix)
    elif suffix not in _STREAMED:
        known = ", ".join((*_STREAMED, *sorted(TABLES)))
        raise UserError(
            _("--output {output}: the name tells the format; let it end in one of {known}, or in /.").format(
                output=call.output, known=known
            )
        )
    return LinesFile(_lines_path(Path(call.output)), call.method, call.identity(), resume=call.resume)


def _is_table(output: str) -> bool:
    return Path(output).suffix.lower() in TABLES and not Path(output).is_dir()


def _lines_path(output: Path) -> Path:
    """Return where lines go while they come: a table is made of them at the end."""
    return output.with_name(f"{output.name}.jsonl") if output.suffix.lower() in TABLES else output


def _read(call: Many, sink: Sink, pictures: list[Picture]) -> int:
    if call.ray is not None:
        return _read_on_cluster(call, call.ray, sink, pictures)
    count = sum(_PAGES if picture.inner.suffix.lower() in _PAGED else 1 for picture in pictures)
    workers = 0 if count <= 1 else worker_count(call.processes, count)
    with wrong_call(ValueError):
        batch = Batch(call.settings, call.method, workers, call.drawings)
    with batch, wrong_call(EngineUnavailable):
        if pictures:
            batch.warm()
        lines = (line_of(outcome, call.lines) for outcome in batch.outcomes(batch.items(pictures)))
        return _consume(call, sink, lines, len(pictures))


def _read_on_cluster(call: Many, address: str, sink: Sink, pictures: list[Picture]) -> int:
    if call.drawings is not None:
        raise UserError(_("--draw draws on this machine; leave out --ray, or --draw."))
    if any(picture.name == STANDARD_INPUT for picture in pictures):
        raise UserError(_("- is standard input of this machine, which a cluster does not see; name files."))
    with cluster.connected(address):
        lines = cluster.lines(pictures, call.method, call.settings, call.lines, processes=call.processes)
        return _consume(call, sink, lines, len(pictures))


_PAGED = {suffix for suffix, name in formats.SUFFIXES.items() if name in formats.PAGED}


def _consume(call: Many, sink: Sink, lines: Iterator[Line], total: int) -> int:
    """Hand lines to the sink as they come; return the exit code."""
    progress = Progress(total, sys.stderr, hidden=call.quiet)
    summary = Summary(sink.done.lines)
    complete = not (call.selection.troubles or call.selection.not_installed)
    try:
        for line in lines:
            progress.clear()
            sink.write(line, kept=line.needs_a_look or not call.only_doubtful)
            if line.error:
                complain(line.error)
            summary.add(line)
            progress.advance(1 / line.entry.get("pages", 1))
    except KeyboardInterrupt:
        progress.clear()
        stopped = (
            _(
                "stopped after {count} of {total} pictures; the lines that were written are whole; go on with "
                "--resume."
            )
            if call.output
            else _("stopped after {count} of {total} pictures; the lines that were printed are whole.")
        )
        complain(stopped.format(count=summary.count, total=total))
        return STOPPED
    except (OutputFull, OutputLost, cluster.ClusterError) as error:
        progress.clear()
        complain(shown(error))
        complete = False
    progress.clear()
    if not call.quiet:
        for told in summary.told(call.selection):
            complain(told)
    return 0 if complete and summary.all_succeeded else 1


def _tabulate(call: Many, output: Path) -> int:
    try:
        write_table(_lines_path(output), output, call.method)
    except (TableError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        complain(
            _("{output}: the table cannot be written ({why}); its lines are in {lines}.").format(
                output=output, why=why, lines=_lines_path(output)
            )
        )
        return 1
    return 0
