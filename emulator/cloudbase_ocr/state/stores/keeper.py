"""Keeps the state of an emulator in its state file: after each request, before its answer leaves."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.state.stores.database import Row, StateDatabase
from cloudbase_ocr.state.stores.rows import Store, restored, stores_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudbase_ocr.answers.book import FixtureBook
    from cloudbase_ocr.state.parts import Parts


class StateKeeper:
    """Restores the state at the start, and writes what each request changed. Thread-safe."""

    def __init__(
        self, folder: Path, warn: Callable[[str], None], fixtures: FixtureBook, parts: Parts
    ) -> None:
        """Open the state file in `folder` and give everything in it back to its owner.

        `warn` takes one sentence for each thing that went wrong without stopping the emulator.

        Raises:
            StateError: the folder cannot be written, or another emulator uses it.
        """
        self._warn = warn
        self._lock = threading.Lock()
        self._failing = False
        self._stores = stores_of(fixtures, parts)
        self._database = StateDatabase(folder, warn, known=self._stores)
        self._pending: dict[str, set[Any]] = {}  # keys that changed and are not written yet
        self._stale: dict[str, set[str]] = {}  # keys in the file that could not be restored as they were
        self._anew = (
            False  # whether the file holds rows that cannot even be named, so that it is emptied first
        )
        self._restore()

    def save(self) -> None:
        """Write what changed since the last time; a full disk is told once, and tried again with the next change."""
        with self._lock:
            for name, store in self._stores.items():
                if keys := store.changed():
                    self._pending.setdefault(name, set()).update(keys)
            if not (self._pending or self._stale or self._anew):
                return
            rows, gone = self._work()
            try:
                self._database.write(rows, gone, anew=self._anew)
            except sqlite3.Error as error:
                if not self._failing:
                    self._warn(
                        f"the state cannot be written to {self._database.path}: {error}. The emulator goes on; what "
                        "changes from now on is lost at its end unless there is room again."
                    )
                self._failing = True
                return
            self._failing = self._anew = False
            self._pending, self._stale = {}, {}

    def close(self) -> None:
        """Write what is left and close the file."""
        self.save()
        with self._lock:
            self._database.close()

    def _work(self) -> tuple[list[Row], list[tuple[str, str]]]:
        """Return the rows to write, and store and key of those to delete."""
        rows: list[Row] = []
        gone = [(name, text) for name, texts in self._stale.items() for text in texts]
        for name, keys in self._pending.items():
            store = self._stores[name]
            for key in keys:
                value = store.value(key)
                if value is None:
                    gone.append((name, store.key_text(key)))
                else:
                    plain, data = store.encode(value)
                    rows.append((name, store.key_text(key), json.dumps(plain), data))
        return rows, gone

    def _restore(self) -> None:
        """Give all rows back; what is damaged or makes no sense is left out and told, and the rest written again."""
        loaded = self._database.take_loaded()
        self._anew = bool(loaded.damaged)
        for name, store in self._stores.items():
            rows, damaged = loaded.rows.get(name, []), loaded.damaged.get(name, 0)
            bad = damaged + sum(not _restored(store, row) for row in rows)
            if bad:
                self._tell(bad, len(rows) + damaged, name)
            keys, texts = store.changed(), {key for _, key, _, _ in rows}
            there = {store.key_text(key) for key in keys if store.value(key) is not None}
            # Where something was left out, the rest may have moved to other rows.
            if self._anew or bad or there != texts:
                self._pending[name] = {*keys}
                self._stale[name] = texts - there
        if others := loaded.damaged.get("", 0):
            self._tell(others, others, "rows of no known kind")

    def _tell(self, bad: int, total: int, name: str) -> None:
        self._warn(f"{self._database.path}: {bad} of {total} {name} cannot be read and are left out.")


def _restored(store: Store, row: Row) -> bool:
    _, key, text, data = row
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return restored(store, key, value, data)
