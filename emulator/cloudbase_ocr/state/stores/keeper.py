"""Keeps the state of an emulator in its state file: after each request, before its answer leaves."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.state.stores.database import Row, StateDatabase
from cloudbase_ocr.state.stores.rows import CounterStore, FileRows, FixtureRows, LimitStore, Store, TokenRows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudbase_ocr.answers.book import FixtureBook
    from cloudbase_ocr.state.files import FileStore
    from cloudbase_ocr.state.quotas import Quotas
    from cloudbase_ocr.state.tokens import TokenStore

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


class StateKeeper:
    """Restores the state at the start, and writes what each request changed. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        warn: Callable[[str], None],
        *,
        fixtures: FixtureBook,
        files: FileStore,
        quotas: Quotas,
        tokens: TokenStore,
    ) -> None:
        """Open the state file in `folder` and give everything in it back to its owner.

        `warn` takes one sentence for each thing that went wrong without stopping the emulator.

        Raises:
            StateError: the folder cannot be written, or another emulator uses it.
        """
        self._warn = warn
        self._lock = threading.Lock()
        self._failing = False
        self._stores: dict[str, Store] = {
            "fixtures": FixtureRows(fixtures),
            "files": FileRows(files),
            "limits": LimitStore(quotas),
            "counters": CounterStore(quotas, tokens),
            "tokens": TokenRows(tokens),
        }
        self._database = StateDatabase(folder, warn)
        self._written: dict[str, dict[Any, Any]] = {}
        self._stale: dict[str, set[str]] = {}  # keys in the file that could not be restored as they were
        for name in self._stores:
            self._restore(name)

    def save(self) -> None:
        """Write what changed since the last time; a full disk is told once, and tried again with the next change."""
        with self._lock:
            now = {name: store.snapshot() for name, store in self._stores.items()}
            rows = [
                self._row(name, key, value) for name in now for key, value in self._changed(name, now[name])
            ]
            gone = [(name, key) for name in now for key in self._gone(name, now[name])]
            if not rows and not gone:
                return
            try:
                self._database.write(rows, gone)
            except sqlite3.Error as error:
                if not self._failing:
                    self._warn(
                        f"the state cannot be written to {self._database.path}: {error}. The emulator goes on; what "
                        "changes from now on is lost at its end unless there is room again."
                    )
                self._failing = True
                return
            self._failing = False
            self._written, self._stale = now, {}

    def close(self) -> None:
        """Write what is left and close the file."""
        self.save()
        with self._lock:
            self._database.close()

    def _restore(self, name: str) -> None:
        """Give the rows of a store back; rows that make no sense are left out and told."""
        store, rows = self._stores[name], self._database.load(name)
        bad = sum(not _restored(store, row) for row in rows)
        if bad:
            self._warn(f"{self._database.path}: {bad} of {len(rows)} {name} cannot be read and are left out.")
        restored, texts = store.snapshot(), {key for _, key, _, _ in rows}
        whole = not bad and {store.key_text(key) for key in restored} == texts
        # Where something was left out, the rest may have moved to other rows: all of it is written again.
        self._written[name] = restored if whole else {}
        self._stale[name] = set() if whole else texts

    def _changed(self, name: str, now: dict[Any, Any]) -> list[tuple[Any, Any]]:
        former = self._written[name]
        return [(key, value) for key, value in now.items() if key not in former or former[key] != value]

    def _gone(self, name: str, now: dict[Any, Any]) -> set[str]:
        """Return the keys, as text, that are in the file and no longer in the state."""
        key_text = self._stores[name].key_text
        gone = {key_text(key) for key in self._written[name].keys() - now.keys()}
        stale = self._stale.get(name)
        return gone | (stale - {key_text(key) for key in now}) if stale else gone

    def _row(self, name: str, key: Any, value: Any) -> Row:
        store = self._stores[name]
        plain, data = store.encode(value)
        return name, store.key_text(key), json.dumps(plain), data


def _restored(store: Store, row: Row) -> bool:
    """Give one row back; False when nothing can be made of it."""
    _, key, value, data = row
    try:
        store.restore(key, json.loads(value), data)
    except _UNREADABLE:
        return False
    return True
