"""The state file: SQLite with a write-ahead log, so that a kill at any moment leaves what was committed before.

A file that is damaged, or was written by a newer version, is set aside under another name and a new one is begun;
the emulator starts all the same. The file is readable by its owner only: it holds the emulator's own tokens and the
pictures that were uploaded.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

FILE_NAME = "state.sqlite"
VERSION = 1

_LOCK_SECONDS = 1.0
_COMPANIONS = ("-wal", "-shm", "-journal")
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS rows (store TEXT, key TEXT, value TEXT, data BLOB, PRIMARY KEY (store, key)) "
    "WITHOUT ROWID"
)

Row = tuple[str, str, str, "bytes | None"]  # store, key, value as JSON, data


class StateError(ValueError):
    """The state folder cannot be used; the message says what to do."""


class _UnusableError(Exception):
    """The file is there, but nothing can be made of it; the message says why."""


class StateDatabase:
    """Rows of values by store and key. Not thread-safe: its owner holds a lock."""

    def __init__(self, folder: Path, warn: Callable[[str], None]) -> None:
        """Open or begin the state file in `folder`. `warn` is told when a file is set aside.

        Raises:
            StateError: the folder cannot be written, or another emulator uses it.
        """
        self.path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._connection = self._open()
            except _UnusableError as error:
                aside = self._set_aside()
                warn(
                    f"{self.path} {error}. It was renamed to {aside.name}, and the emulator starts with fresh state."
                )
                self._connection = self._open()
        except (OSError, _UnusableError) as error:
            raise StateError(
                f"the state folder {folder} cannot be used: {error}. Name another with --state"
            ) from error

    def load(self, store: str) -> list[Row]:
        """Return the rows of a store."""
        return list(
            self._connection.execute("SELECT store, key, value, data FROM rows WHERE store = ?", (store,))
        )

    def write(self, rows: Iterable[Row], gone: Iterable[tuple[str, str]]) -> None:
        """Write rows and delete the `gone` ones, all or nothing.

        Raises:
            sqlite3.Error: the disk is full or broken; nothing of it was written.
        """
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("DELETE FROM rows WHERE store = ? AND key = ?", gone)
            self._connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Bring everything into the one file and let go of it."""
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        """Open the file and check all of it.

        Raises:
            StateError: another emulator has it open.
            _UnusableError: it is damaged or too new.
            OSError: the system does not let us.
        """
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self.path.chmod(0o600)
        connection = sqlite3.connect(
            self.path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException as error:
            connection.close()
            if not isinstance(error, sqlite3.DatabaseError):
                raise
            if "locked" in str(error):
                raise StateError(
                    f"another emulator uses {self.path.parent}. Stop it, or name another folder with --state"
                ) from error
            if any(word in str(error) for word in ("unable to open", "readonly", "full")):
                raise OSError(str(error)) from error
            raise _UnusableError(f"is damaged ({error})") from error
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # One emulator only: a second one would not see what the first has in memory.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        # Safe against the end of the process at any moment; a power cut can cost the last changes, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise _UnusableError(f"has version {version}, and this emulator reads version {VERSION}")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _UnusableError(f"is damaged ({verdict})")
        if version == VERSION:
            connection.execute("SELECT store, key, value, data FROM rows LIMIT 1").fetchall()
        # A transaction also for an old file: it takes the lock.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

    def _set_aside(self) -> Path:
        moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.with_name(f"state.set-aside-{moment}.sqlite")
        for suffix in _COMPANIONS:
            companion = self.path.with_name(self.path.name + suffix)
            if companion.exists():
                companion.replace(aside.with_name(aside.name + suffix))
        self.path.replace(aside)
        return aside
