"""One writer at a time of a folder or a file. The lock is the system's: it ends with the process, whatever ends it."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from pathlib import Path

LOCK_FILE = ".lock"

# Windows keeps others from reading what is locked, so the locked byte lies behind the owner's number.
_BYTE = 64
_TAKEN = {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}


class FolderInUseError(ValueError):
    """Another process writes into the folder; the message names it."""


class FolderLock:
    """Holds a folder until `close`. A file that a killed process left behind locks nothing."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if need be, and take the lock.

        Raises:
            FolderInUseError: another process has it.
            OSError: the folder cannot be made or written.
        """
        self._path = folder / LOCK_FILE
        folder.mkdir(parents=True, exist_ok=True)
        self._file = self._opened()
        while not self._is_current():  # its owner removed the file after we opened it
            os.close(self._file)
            self._file = self._opened()
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def close(self) -> None:
        """Let go; may be called more than once."""
        if self._file < 0:
            return
        with suppress(OSError):  # Windows removes no open file: it stays, and locks nothing
            self._path.unlink()
        os.close(self._file)
        self._file = -1
        with suppress(OSError):  # made for nothing
            self._path.parent.rmdir()

    def _opened(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            lock(file)
        except OSError as error:
            owner = os.read(file, 20).decode("ascii", "replace")
            os.close(file)
            if not is_taken(error):
                raise
            raise FolderInUseError(
                _("another process ({owner}) writes into {parent}. Stop it, or name another folder.").format(
                    owner=owner or "just starting", parent=self._path.parent
                )
            ) from error
        return file

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False


def is_taken(error: OSError) -> bool:
    """Tell whether `lock` failed because another process holds the lock."""
    return error.errno in _TAKEN


def lock(file: int) -> None:
    """Lock an open file until it is closed, without waiting.

    Raises:
        OSError: it cannot be locked; `is_taken` tells whether another process holds it.
    """
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, _BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
