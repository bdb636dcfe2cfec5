"""The way from a state folder to what instances share."""

from __future__ import annotations

import json
from random import SystemRandom
from typing import TYPE_CHECKING

from cloudbase_ocr.answers.book import FixtureBook
from cloudbase_ocr.core.clock import Clock
from cloudbase_ocr.language import _
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.shared.fixtures import write_fixtures
from cloudbase_ocr.state.shared.parts import shared_parts
from cloudbase_ocr.state.stores.database import StateDatabase
from cloudbase_ocr.state.stores.rows import restored, stores_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudbase_ocr.state.shared.connection import Shared

FIXTURES = "fixtures"


def copy_state(folder: Path, shared: Shared, warn: Callable[[str], None]) -> dict[str, int]:
    """Write everything of a state folder into `shared`, and return how many there are of each; the folder stays.

    What `shared` holds already stays, too, except under the same key; fixtures are replaced as a whole. What cannot be
    read is left out, and `warn` told.

    Raises:
        StateError: the folder cannot be used, or an emulator uses it.
        StateAwayError: `shared` is not reached.
    """
    parts = shared_parts(Settings(), Clock(), SystemRandom(), shared)
    stores = stores_of(FixtureBook(()), parts)
    database = StateDatabase(folder, warn, known=stores)
    try:
        loaded = database.take_loaded()
    finally:
        database.close()
    copied = {}
    for name, store in stores.items():
        rows = sorted(loaded.rows.get(name, []), key=lambda row: row[1])
        if name == FIXTURES:
            if rows:
                write_fixtures(shared, [json.loads(value) for _, _, value, _ in rows])
            copied[name], bad = len(rows), 0
        else:
            copied[name] = sum(restored(store, key, json.loads(value), data) for _, key, value, data in rows)
            bad = len(rows) - copied[name]
        if bad := bad + loaded.damaged.get(name, 0):
            warn(_("{bad} {name} cannot be read and are left out").format(bad=bad, name=name))
    return copied
