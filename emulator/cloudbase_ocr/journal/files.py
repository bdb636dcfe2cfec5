"""The journal on disk: JSON lines, one entry at a time, never rewritten.

Whatever ends the emulator, even ``kill -9``, the file holds the entries that were finished before. A disk that is full
or broken ends the file with one line in the log; calls go on.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.private_files import private_opener
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = (".jsonl", ".ndjson")
_FORMER = (".sqlite", ".sqlite3", ".db")
_READ_FORMER = "select entry from entries order by rowid"
_TAIL = 64 * 1024

logger = logging.getLogger("cloudbase_ocr.journal")


class JournalFile:
    """A file that takes entries until it fails. Thread-safe; never raises after it was opened."""

    def __init__(self, path: Path) -> None:
        """Open the file, or go on with one that is there.

        Raises:
            ValueError: the name does not end as one of JSON lines, or the file cannot be written; the message says what
                to do.
        """
        self._path = path
        self._lock = threading.Lock()
        self._target: _JsonLines | None = _open(path)

    def write(self, entry: dict[str, Any]) -> None:
        """Append one entry; after the first failure nothing is written any more."""
        with self._lock:
            if self._target is None:
                return
            try:
                self._target.write(entry)
            except OSError as error:
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
            with suppress(OSError):
                target.close()


class _JsonLines:
    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = private_opener(os.fspath(path), flags)
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
            raise OSError(_("the disk is full"))
        self._size += written

    def close(self) -> None:
        os.close(self._file)


def _open(path: Path) -> _JsonLines:
    suffix = path.suffix.lower()
    if suffix in _FORMER:
        raise ValueError(
            _(
                "--journal {path}: the journal is written as JSON lines only; name a file that ends in "
                ".jsonl, and read this one with: sqlite3 {path} '{read_former}' > journal.jsonl"
            ).format(path=path, read_former=_READ_FORMER)
        )
    if suffix not in _SUFFIXES:
        raise ValueError(
            _("--journal {path}: holds JSON lines; let its name end in {suffixes}").format(
                path=path, suffixes=" or ".join(_SUFFIXES)
            )
        )
    try:
        return _JsonLines(path)
    except OSError as error:
        raise ValueError(
            _("--journal {path}: cannot be written: {strerror}. Name another file").format(
                path=path, strerror=error.strerror
            )
        ) from error


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
