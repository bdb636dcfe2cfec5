"""The file that lines go to: whole lines only, and after a break it goes on where it was.

Beside ``out.jsonl`` stands ``out.jsonl.run``: its first line says with which method and options the output is written,
the others name pictures that were read and are not in the output, because of ``--only-doubtful``. Both are private.
"""

from __future__ import annotations

import csv
import json
import os
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.batch.done import Done, add_entry
from cloudbase_ocr.batch.tables import columns, csv_line, row_of
from cloudbase_ocr.core.locking import is_taken, lock
from cloudbase_ocr.core.private_files import open_private, private_opener
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloudbase_ocr.batch.lines import Line
    from wxcloud.contract import Method

RUN = ".run"


class OutputError(Exception):
    """The output cannot be begun or gone on with; the message says why, and what to do."""


class OutputFull(OutputError):
    """A line could not be written; what was written before is whole."""


class LinesFile:
    """JSON lines (.jsonl) or CSV (.csv), added to line by line.

    `done` are the pictures that it holds already. What could not be opened the last time is taken out, to be tried
    again.
    """

    def __init__(self, path: Path, method: Method | None, options: dict[str, Any], *, resume: bool) -> None:
        """Open the output, or make it; `options` are those that its lines depend on.

        Raises:
            OutputError: it exists and `resume` is not asked for, another process writes it, it is no output of ours,
                was written with other options, or cannot be written.
        """
        self.path = path
        self.done = Done()
        self._columns = columns(method) if path.suffix.lower() == ".csv" else None
        self._length = 0
        self._file = self._run = -1
        try:
            self._file = self._opened(path, resume=resume)
            self._run = _open(path.with_name(path.name + RUN))
            self._take_over(options)
        except BaseException as error:
            self._close()
            if isinstance(error, OSError):
                raise OutputError(
                    _("{path}: the output cannot be written ({strerror}). Name another.").format(
                        path=path, strerror=error.strerror
                    )
                ) from error
            raise

    def write(self, line: Line, *, kept: bool = True) -> None:
        """Add a line; not `kept`: only note that the picture was read.

        Raises:
            OutputFull: it could not be written; the output ends with the line before.
        """
        if kept:
            self._length = self._append(self._file, self._length, self._encoded(line.entry))
        else:
            entry: dict[str, Any] = {
                key: line.entry[key] for key in ("file", "page", "pages") if key in line.entry
            }
            self._append(self._run, os.fstat(self._run).st_size, _json_line(entry))

    def close(self) -> None:
        """Make what was written outlast a loss of power, and close."""
        for file in (self._file, self._run):
            os.fsync(file)
        self._close()

    def _close(self) -> None:
        for file in (self._file, self._run):
            if file >= 0:
                os.close(file)

    def _opened(self, path: Path, *, resume: bool) -> int:
        if path.exists() and path.stat().st_size and not resume:
            raise OutputError(
                _("{path} exists. Add --resume to go on with it, or name another file.").format(path=path)
            )
        file = _open(path)
        try:
            lock(file)
        except OSError as error:
            os.close(file)
            if not is_taken(error):
                raise
            raise OutputError(
                _("another process writes {path}. Wait for it, or name another file.").format(path=path)
            ) from error
        return file

    def _take_over(self, options: dict[str, Any]) -> None:
        """Take what stands whole in the output as done, and take away what does not."""
        if not os.fstat(self._file).st_size:
            os.ftruncate(self._run, 0)
            self._append(self._run, 0, _json_line(options))
            if self._columns is not None:
                self._length = self._append(self._file, 0, csv_line(self._columns))
            return
        self._check(options)
        again = []
        for start, entry in self._entries():
            if "wechat" in entry:
                add_entry(self.done, entry)
            else:
                again.append(start)
        if again:
            self._length = self._without(again)
        os.ftruncate(self._file, self._length)

    def _check(self, options: dict[str, Any]) -> None:
        """Refuse an output of other options; take what it leaves out as done."""
        with open(self._run, "rb", closefd=False) as file:
            file.seek(0)
            first = file.readline()
            try:
                before = json.loads(first)
            except ValueError:
                raise OutputError(
                    _(
                        "{path}{run}, which tells how {name} was written, is missing or damaged. Name another "
                        "output."
                    ).format(path=self.path, run=RUN, name=self.path.name)
                ) from None
            self._compare(before, options)
            end = len(first)
            for line in file:
                if line.endswith(b"\n"):  # else it is torn
                    add_entry(self.done, json.loads(line))
                    end += len(line)
        os.ftruncate(self._run, end)

    def _compare(self, before: dict[str, Any], options: dict[str, Any]) -> None:
        if other := other_options(before, options):
            raise OutputError(
                _("{path} was written with {other}. Use the same, or name another output.").format(
                    path=self.path, other=other
                )
            )

    def _entries(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give each whole line with its place; `_length` is the end of the last one then."""
        with open(self._file, "rb", closefd=False) as file:
            file.seek(0)
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    entry = self._decoded(line, number)
                except (ValueError, KeyError, TypeError) as error:
                    raise OutputError(
                        _("{path}, line {number}: this is no line of ours. Name another output.").format(
                            path=self.path, number=number
                        )
                    ) from error
                if entry is not None:
                    yield self._length, entry
                self._length += len(line)

    def _decoded(self, line: bytes, number: int) -> dict[str, Any] | None:
        """Return what a line says of its picture, as far as resuming needs it; None for a header."""
        if self._columns is None:
            entry: dict[str, Any] = json.loads(line)
            return {"file": entry["file"], **entry}
        cells = next(csv.reader([line.decode("utf-8-sig")]))
        if number == 1:
            if cells != self._columns:
                raise ValueError("other columns")
            return None
        row = dict(zip(self._columns, cells, strict=True))
        entry = {"file": _plain(row["file"])}
        if row["page"]:
            entry |= {"page": int(row["page"]), "pages": int(row["pages"])}
        return entry | ({"wechat": {}} if row["errcode"] else {})

    def _encoded(self, entry: dict[str, Any]) -> bytes:
        return _json_line(entry) if self._columns is None else csv_line(self._columns, row_of(entry))

    def _without(self, starts: list[int]) -> int:
        """Replace the output by one without the lines that begin at `starts`; return where it ends then."""
        gone = set(starts)
        rest = self.path.with_name(f".{self.path.name}.tmp")
        with open(self._file, "rb", closefd=False) as file, open_private(rest) as target:
            file.seek(0)
            at = 0
            while at < self._length:
                line = file.readline()
                if at not in gone:
                    target.write(line)
                at += len(line)
            target.flush()
            os.fsync(target.fileno())
        os.close(self._file)  # Windows replaces no open file
        rest.replace(self.path)
        self._file = self._opened(self.path, resume=True)
        return os.fstat(self._file).st_size

    def _append(self, file: int, end: int, data: bytes) -> int:
        """Write `data` at the end of a file, whole or not at all; return where the file ends then."""
        written = 0
        try:
            while written < len(data):
                written += os.write(file, data[written:])
        except OSError as error:
            os.ftruncate(file, end)
            raise OutputFull(
                _(
                    "{path}: the output cannot be written ({strerror}); its lines are whole. Make room, and "
                    "go on with --resume."
                ).format(path=self.path, strerror=error.strerror)
            ) from error
        return end + len(data)


def other_options(before: dict[str, Any], options: dict[str, Any]) -> str:
    """Return in words which options an output was written with that are not those of now; empty if there are none."""
    return ", ".join(
        _("{name} {before!r} instead of {now!r}").format(
            name=name, before=before.get(name), now=options.get(name)
        )
        for name in sorted({*before, *options})
        if before.get(name) != options.get(name)
    )


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    return private_opener(str(path), flags)


def _json_line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _plain(cell: str) -> str:
    """Return the text of a cell that was made harmless."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in tuple("=+-@\t\r") else cell
