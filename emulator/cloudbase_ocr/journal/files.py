"""The journal on disk: JSON lines or SQLite, by the file's suffix; one entry at a time, never rewritten.

Whatever ends the emulator, even ``kill -9``, the file holds the entries that were finished before. A disk that is full
or broken ends the file with one line in the log; calls go on.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

_SQLITE = (".sqlite", ".sqlite3", ".db")
_JSON_LINES = (".jsonl", ".ndjson")
_TAIL = 64 * 1024
_PATIENCE = 0.5  # seconds that a call waits for a program that has locked the database
_TABLE = """
create table if not exists entries (
    id text not null, parent text not null, root text not null, kind text not null, name text not null,
    appid text not null, started real not null, duration_ms real, code text, entry text not null
);
create index if not exists entries_by_root on entries (root);
"""

logger = logging.getLogger("cloudbase_ocr.journal")


class _Target(Protocol):
    def write(self, entry: dict[str, Any]) -> None: ...

    def close(self) -> None: ...


class JournalFile:
    """A file that takes entries until it fails. Thread-safe; never raises after it was opened."""

    def __init__(self, path: Path) -> None:
        """Open the file, or go on with one that is there.

        Raises:
            ValueError: the suffix says no format, or the file cannot be written; the message says what to do.
        """
        self._path = path
        self._lock = threading.Lock()
        self._target: _Target | None = _open(path)

    def write(self, entry: dict[str, Any]) -> None:
        """Append one entry; after the first failure nothing is written any more."""
        with self._lock:
            if self._target is None:
                return
            try:
                self._target.write(entry)
            except (OSError, sqlite3.Error) as error:
                logger.warning(
                    "the journal file %s cannot be written (%s): it ends here, calls go on. Free the disk and restart",
                    self._path,
                    error,
                )
                self._close()

    def close(self) -> None:
        """Close the file; what is written later is dropped."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        target, self._target = self._target, None
        if target is not None:
            with suppress(OSError, sqlite3.Error):
                target.close()


class _JsonLines:
    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        try:
            self._size = _whole_lines(self._file)
            if os.lseek(self._file, 0, os.SEEK_END) > self._size:
                os.ftruncate(self._file, self._size)
        except BaseException:
            os.close(self._file)
            raise

    def write(self, entry: dict[str, Any]) -> None:
        line = _text(entry).encode("utf-8", "replace") + b"\n"
        written = os.write(self._file, line)
        if written < len(line):
            # A line that is there in part would make the file unreadable.
            os.ftruncate(self._file, self._size)
            raise OSError("the disk is full")
        self._size += written

    def close(self) -> None:
        os.close(self._file)


class _Sqlite:
    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection = sqlite3.connect(
            path, timeout=_PATIENCE, check_same_thread=False, isolation_level=None
        )
        try:
            # A log that is replayed: every committed entry survives the end of the process.
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = normal")
            self._connection.executescript(_TABLE)
        except BaseException:
            self._connection.close()
            raise

    def write(self, entry: dict[str, Any]) -> None:
        code = entry["outcome"]["code"]
        columns = (*(entry[name] for name in _COLUMNS), None if code is None else str(code), _text(entry))
        self._connection.execute("insert into entries values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", columns)

    def close(self) -> None:
        self._connection.close()


_COLUMNS = ("id", "parent", "root", "kind", "name", "appid", "started", "duration_ms")


def _open(path: Path) -> _Target:
    suffix = path.suffix.lower()
    if suffix not in _SQLITE + _JSON_LINES:
        raise ValueError(
            f"--journal {path}: the suffix says the format; use one of {', '.join(_JSON_LINES + _SQLITE)}"
        )
    try:
        return _Sqlite(path) if suffix in _SQLITE else _JsonLines(path)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"--journal {path}: cannot be written: {reason}. Name another file") from error


def _text(entry: dict[str, Any]) -> str:
    # A lone surrogate is legal in JSON text and nowhere else.
    text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.encode("utf-8", "replace").decode()


def _whole_lines(file: int) -> int:
    """Return the size of a file up to the end of its last whole line: a process that was killed may leave a half."""
    end = os.lseek(file, 0, os.SEEK_END)
    while end:
        start = max(0, end - _TAIL)
        os.lseek(file, start, os.SEEK_SET)
        at = os.read(file, end - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
