"""The state file: SQLite with a write-ahead log, so that a kill at any moment leaves what was committed before.

A file that is damaged, or was written by a newer version, is set aside under another name and a new one is begun;
the emulator starts all the same. SQLite sees damage of its own structures only, so each row has a digest: a row that is
not as it was written is left out and counted. The file is readable by its owner only: it holds the emulator's own
tokens and the pictures that were uploaded; no message quotes what is in it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

FILE_NAME = "state.sqlite"
VERSION = 2
"""Version 1 had no digests; its file is read, and gets them."""

_LOCK_SECONDS = 1.0
_COMPANIONS = ("-wal", "-shm", "-journal")
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS rows "
    "(store TEXT, key TEXT, value TEXT, data BLOB, digest BLOB, PRIMARY KEY (store, key)) WITHOUT ROWID"
)
_ADD_DIGESTS = (
    "ALTER TABLE rows ADD COLUMN digest BLOB",
    (
        "UPDATE rows SET digest = "
        "digest_of(CAST(store AS BLOB), CAST(key AS BLOB), CAST(value AS BLOB), CAST(data AS BLOB))"
    ),
)
_DAMAGE = (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError)
"""What SQLite, and Python on the way from it, say of a damaged file."""

Row = tuple[str, str, str, "bytes | None"]  # store, key, value as JSON, data


@dataclass
class Loaded:
    """What was in the file: rows by store, and how many were left out; those of no known store under ""."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    damaged: dict[str, int] = field(default_factory=dict)


class StateError(ValueError):
    """The state folder cannot be used; the message says what to do."""


class _UnusableError(Exception):
    """The file is there, but nothing can be made of it; the message says why."""


class StateDatabase:
    """Rows of values by store and key. Not thread-safe: its owner holds a lock."""

    def __init__(self, folder: Path, warn: Callable[[str], None], known: Collection[str]) -> None:
        """Open or begin the state file in `folder`, with rows of `known` stores. `warn` is told when one is set aside.

        Raises:
            StateError: the folder cannot be written, or another emulator uses it.
        """
        self.path = folder / FILE_NAME
        self._known = known
        self._loaded = Loaded()
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

    def take_loaded(self) -> Loaded:
        """Return, once, what was in the file when it was opened."""
        loaded, self._loaded = self._loaded, Loaded()
        return loaded

    def write(self, rows: Iterable[Row], gone: Iterable[tuple[str, str]], *, anew: bool = False) -> None:
        """Write rows and delete the `gone` ones, all or nothing; `anew`: after emptying the file.

        Raises:
            sqlite3.Error: the disk is full or broken; nothing of it was written.
        """
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if anew:
                self._connection.execute("DELETE FROM rows")
            self._connection.executemany("DELETE FROM rows WHERE store = ? AND key = ?", gone)
            self._connection.executemany(
                "INSERT OR REPLACE INTO rows (store, key, value, data, digest) VALUES (?, ?, ?, ?, ?)",
                ((*row, digest_of_row(row)) for row in rows),
            )

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
        connection.text_factory = bytes
        connection.create_function("digest_of", 4, digest_of, deterministic=True)
        try:
            self._prepare(connection)
            self._loaded = self._load(connection)
        except BaseException as error:
            connection.close()
            if not isinstance(error, _DAMAGE):
                raise
            if "locked" in str(error):
                raise StateError(
                    f"another emulator uses {self.path.parent}. Stop it, or name another folder with --state"
                ) from error
            # The file itself was opened for writing above: what is "readonly" is a header that says so.
            if any(word in str(error) for word in ("unable to open", "is full")):
                raise OSError(str(error)) from error
            raise _UnusableError("is damaged") from error
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # One emulator only: a second one would not see what the first has in memory.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        # Safe against the end of the process at any moment; a power cut can cost the last changes, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in range(VERSION + 1):
            raise _UnusableError(f"has version {version}, and this emulator reads version {VERSION}")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != b"ok":
            raise _UnusableError("is damaged")
        if version:
            # Before anything is written: a file that is set aside stays as it was.
            connection.execute("SELECT store, key, value, data FROM rows LIMIT 0")
        # A transaction also for an old file: it takes the lock.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_SCHEMA)
        if version == 1:
            for statement in _ADD_DIGESTS:
                connection.execute(statement)
        # Written whatever it was: one flipped bit makes a file that can be read and never written.
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

    def _load(self, connection: sqlite3.Connection) -> Loaded:
        """Read all rows, those of unknown stores too: a damaged name must not hide what it was."""
        loaded = Loaded()
        for cells in connection.execute("SELECT store, key, value, data, digest FROM rows"):
            row = _checked(*cells)
            name = _name_of(cells[0])
            if row is None or name not in self._known:
                name = name if name in self._known else ""
                loaded.damaged[name] = loaded.damaged.get(name, 0) + 1
            else:
                loaded.rows.setdefault(name, []).append(row)
        return loaded

    def _set_aside(self) -> Path:
        moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.with_name(f"state.set-aside-{moment}.sqlite")
        for suffix in _COMPANIONS:
            companion = self.path.with_name(self.path.name + suffix)
            if companion.exists():
                companion.replace(aside.with_name(aside.name + suffix))
        self.path.replace(aside)
        return aside


def digest_of(*cells: bytes | None) -> bytes:
    """Return the digest of a row's cells, of which none can change, move or vanish unseen."""
    whole = hashlib.blake2b(digest_size=16)
    for cell in cells:
        whole.update(b"none;" if cell is None else b"%d;" % len(cell))
        whole.update(cell or b"")
    return whole.digest()


def digest_of_row(row: Row) -> bytes:
    """Return the digest of a row that is to be written."""
    store, key, value, data = row
    return digest_of(store.encode(), key.encode(), value.encode(), data)


def _checked(store: object, key: object, value: object, data: object, digest: object) -> Row | None:
    """Return a row if it is as it was written; damage gives cells of any type."""
    if not (isinstance(store, bytes) and isinstance(key, bytes) and isinstance(value, bytes)):
        return None
    if not (data is None or isinstance(data, bytes)) or digest != digest_of(store, key, value, data):
        return None
    try:
        return store.decode(), key.decode(), value.decode(), data
    except UnicodeDecodeError:  # of a file without digests
        return None


def _name_of(store: object) -> str:
    return store.decode("utf-8", "replace") if isinstance(store, bytes) else ""
