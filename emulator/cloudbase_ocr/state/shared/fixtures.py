"""Fixtures that were added or removed, for all instances: each request looks whether they are others."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.errors import StateAwayError
from cloudbase_ocr.state.shared.connection import DAY, Script
from cloudbase_ocr.state.stores.rows import FixtureRows, restored

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.answers.book import FixtureBook
    from cloudbase_ocr.state.shared.connection import Shared

MAX_BYTES = 4 * 1024 * 1024
"""Of all changes together, as JSON."""

_TOO_MUCH = (
    f"the fixtures that were added take more than {MAX_BYTES} bytes, which is what instances share at most; name a "
    "folder of them with --fixture at each instance"
)
_CONFLICT = "another instance changed fixtures at the same time; send it again"
_SECONDS = 366 * DAY
_FIXTURES = "fixtures"
_REVISION = Script(
    _FIXTURES,
    "typed(KEYS[1], 'hash') return {bad, string.format('%.0f', number_in(KEYS[1], 'revision') or 0)}",
)
_READ = Script(
    _FIXTURES,
    """
typed(KEYS[1], 'hash')
local rows = redis.call('HGET', KEYS[1], 'rows')
return {bad, string.format('%.0f', number_in(KEYS[1], 'revision') or 0), rows or '[]'}
""",
)
# ARGV: revision that the rows were made from, the rows as JSON, how long they are kept.
_WRITE = Script(
    _FIXTURES,
    """
typed(KEYS[1], 'hash')
local revision = number_in(KEYS[1], 'revision') or 0
if revision ~= tonumber(ARGV[1]) then return {bad, -1} end
redis.call('HSET', KEYS[1], 'revision', string.format('%.0f', revision + 1), 'rows', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {bad, revision + 1}
""",
)


class FixtureConflictError(Exception):
    """What a request changed is not kept; the message says why."""


class SharedFixtures:
    """Keeps one emulator's book the same as that of all others. Thread-safe."""

    def __init__(self, shared: Shared, book: FixtureBook, warn: Callable[[str], None]) -> None:
        """Keep `book`; nothing is read yet."""
        self._shared = shared
        self._book = book
        self._warn = warn
        self._hash = shared.key(_FIXTURES)
        self._rows = FixtureRows(book)
        self._rows.changed()
        self._revision = 0
        self._lock = threading.Lock()

    def take_over(self) -> None:
        """Bring what others have changed. While nothing is reached, the book stays as it is, and nobody waits here."""
        if self._shared.away:
            return
        try:
            (revision,) = self._shared.run(_REVISION, [self._hash])
            if int(revision) != self._revision:
                with self._lock:
                    self._read()
        except StateAwayError:
            return

    def keep(self) -> None:
        """Give what was changed here to the others.

        Raises:
            FixtureConflictError: another instance changed fixtures at the same time, or they are too many; the book is
                as the others have it again.
            StateAwayError: it is not reached; the book is brought back as soon as it is.
        """
        with self._lock:
            if not self._rows.changed():
                return
            text = json.dumps(self._rows.entries())
            if len(text) > MAX_BYTES:
                self._read()
                raise FixtureConflictError(_TOO_MUCH)
            expected, self._revision = self._revision, -1  # until it is written, they may be others
            (revision,) = self._shared.run(_WRITE, [self._hash], expected, text, _SECONDS)
            if revision < 0:
                self._read()
                raise FixtureConflictError(_CONFLICT)
            self._revision = revision

    def _read(self) -> None:
        revision, text = self._shared.run(_READ, [self._hash])
        self._book.reset()
        rows = enumerate(_list_of(text))
        bad = sum(not restored(self._rows, f"{number:06d}", row) for number, row in rows)
        if bad:
            self._warn(f"{self._shared.place}: {bad} fixtures that make no sense are left out.")
        self._rows.changed()
        self._revision = int(revision)


def write_fixtures(shared: Shared, entries: list[Any]) -> None:
    """Put fixtures in the place of those that are there, as a state file has them.

    Raises:
        StateAwayError: it is not reached.
        ValueError: they are too many, or an instance changes fixtures at the same time.
    """
    key, text = shared.key(_FIXTURES), json.dumps(entries)
    (revision,) = shared.run(_REVISION, [key])
    if len(text) > MAX_BYTES:
        raise ValueError(_TOO_MUCH)
    (written,) = shared.run(_WRITE, [key], int(revision), text, _SECONDS)
    if written < 0:
        raise ValueError(_CONFLICT)


def _list_of(text: bytes) -> list[Any]:
    try:
        rows = json.loads(text)
    except ValueError:
        return [None]
    return rows if isinstance(rows, list) else [None]
