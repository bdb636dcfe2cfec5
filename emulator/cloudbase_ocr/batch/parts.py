"""An output of many files, in a folder or in a store of objects: parts that are there whole, and a manifest of them.

A store of objects cannot be added to, so lines are gathered. ``manifest.json`` names the parts that count: one that was
written and not named is written over. What a killed run had gathered is read again.
"""

from __future__ import annotations

import json
import time
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.batch import storage
from cloudbase_ocr.batch.done import Done, add_entry
from cloudbase_ocr.batch.output import OutputError, OutputFull, other_options
from cloudbase_ocr.batch.tables import columns, parquet_table, require, row_of
from cloudbase_ocr.core.atomic import write_atomically
from cloudbase_ocr.core.locking import FolderInUseError, FolderLock
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.batch.lines import Line
    from wxcloud.contract import Method

JSONL, PARQUET = "jsonl", "parquet"
FORMATS = (JSONL, PARQUET)
MANIFEST = "manifest.json"

_MOST_LINES = 1000
_MOST_SECONDS = 60.0
"""A part is closed by whichever comes first."""

Entry = dict[str, Any]


class Parts:
    """Writes parts of JSON lines or Parquet, and the manifest after each."""

    def __init__(
        self,
        folder: str,
        method: Method | None,
        options: Entry,
        *,
        form: str = JSONL,
        resume: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin, or go on: `options` are those that lines depend on.

        Raises:
            OutputError: there is a manifest and `resume` is not asked for, another process writes it, it was written
                with other options, or the folder cannot be read or written.
            TableError: what writes Parquet is not installed.
        """
        if form == PARQUET:
            require(".parquet")
        self.done = Done()
        self._folder = folder.rstrip("/")
        self._columns = columns(method)
        self._form = form
        self._clock = clock
        self._kept: list[Entry] = []
        self._left_out: list[Entry] = []
        self._begun = clock()
        self._lock: FolderLock | None = None
        self._manifest: dict[str, Any] = {"options": {**options, "part_format": form}, "parts": []}
        try:
            if not storage.is_address(folder):
                self._lock = FolderLock(Path(folder))
            self._take_over(resume=resume)
        except BaseException as error:
            self._unlock()
            if isinstance(error, FolderInUseError):
                raise OutputError(str(error)) from error
            if isinstance(error, OSError):
                raise OutputError(
                    _("{folder}: the output cannot be written ({strerror}). Name another.").format(
                        folder=folder, strerror=error.strerror
                    )
                ) from error
            raise

    def write(self, line: Line, *, kept: bool = True) -> None:
        """Add a line; not `kept`: only note that the picture was read.

        Raises:
            OutputFull: a part could not be written; those before are whole.
        """
        if not self._kept and not self._left_out:
            self._begun = self._clock()
        names: Entry = {key: line.entry[key] for key in ("file", "page", "pages") if key in line.entry}
        (self._kept if kept else self._left_out).append(line.entry if kept else names)
        full = len(self._kept) + len(self._left_out) >= _MOST_LINES
        if full or self._clock() - self._begun >= _MOST_SECONDS:
            self._flush()

    def close(self) -> None:
        """Write what is gathered."""
        try:
            self._flush()
        finally:
            self._unlock()

    def _take_over(self, *, resume: bool) -> None:
        try:
            before = json.loads(self._read(MANIFEST))
        except FileNotFoundError:
            self._save_manifest()
            return
        except ValueError as error:
            raise OutputError(
                _("{folder}/{manifest} is damaged. Name another folder.").format(
                    folder=self._folder, manifest=MANIFEST
                )
            ) from error
        if not resume:
            raise OutputError(
                _("{folder} has an output. Add --resume to go on with it, or name another.").format(
                    folder=self._folder
                )
            )
        if other := other_options(before["options"], self._manifest["options"]):
            raise OutputError(
                _("{folder} was written with {other}. Use the same, or name another output.").format(
                    folder=self._folder, other=other
                )
            )
        self._manifest = before
        for part in before["parts"]:
            entries = self._entries(part["file"])
            whole = [entry for entry in entries if _is_whole(entry) or part["kind"] != "lines"]
            if len(whole) < len(entries):  # what could not be opened is tried again
                self._write(part["file"], self._encoded(part["file"], whole))
                part["lines"] = len(whole)
            for entry in whole:
                add_entry(self.done, {key: value for key, value in entry.items() if value is not None})
        self._save_manifest()

    def _flush(self) -> None:
        if not self._kept and not self._left_out:
            return
        number = len(self._manifest["parts"])
        for kind, name, entries in (
            ("lines", f"part-{number:06}.{self._form}", self._kept),
            ("left out", f"left-out-{number:06}.{JSONL}", self._left_out),
        ):
            if entries:
                self._write(name, self._encoded(name, entries))
                self._manifest["parts"].append({"file": name, "kind": kind, "lines": len(entries)})
        self._save_manifest()
        self._kept, self._left_out = [], []

    def _encoded(self, name: str, entries: list[Entry]) -> bytes:
        if name.endswith(JSONL):
            return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode(
                "utf-8", "replace"
            )
        stream = BytesIO()
        table = parquet_table(self._columns, [_row(entry) for entry in entries])
        import_module("pyarrow.parquet").write_table(table, stream)
        return stream.getvalue()

    def _entries(self, name: str) -> list[Entry]:
        data = self._read(name)
        if name.endswith(JSONL):
            return [json.loads(line) for line in data.splitlines()]
        rows: list[Entry] = import_module("pyarrow.parquet").read_table(BytesIO(data)).to_pylist()
        return rows

    def _save_manifest(self) -> None:
        self._write(MANIFEST, json.dumps(self._manifest, ensure_ascii=False, indent=1).encode())

    def _read(self, name: str) -> bytes:
        if storage.is_address(self._folder):
            return storage.read(f"{self._folder}/{name}")
        return Path(self._folder, name).read_bytes()

    def _write(self, name: str, data: bytes) -> None:
        try:
            if storage.is_address(self._folder):
                storage.write(f"{self._folder}/{name}", data)
            else:
                write_atomically(Path(self._folder, name), data, private=True)
        except OSError as error:
            raise OutputFull(
                _(
                    "{folder}: the output cannot be written ({strerror}); the parts that {manifest} names "
                    "are whole. Make room, and go on with --resume."
                ).format(folder=self._folder, strerror=error.strerror or error, manifest=MANIFEST)
            ) from error

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()


def _is_whole(entry: Entry) -> bool:
    """Tell whether a line, or a row of a table, is of a picture whose file could be read."""
    return "wechat" in entry or entry.get("errcode") is not None


def _row(entry: Entry) -> Entry:
    """Return the row of a line; one that was a row already, as it is."""
    return entry if "errcode" in entry else row_of(entry)
