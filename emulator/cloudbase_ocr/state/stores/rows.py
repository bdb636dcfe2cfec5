"""How each part of the state becomes rows, and rows become state again."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cloudbase_ocr.answers import read_fixture
from cloudbase_ocr.answers.entries import entry_of
from cloudbase_ocr.state.files import StoredFile
from cloudbase_ocr.state.tokens import KeptSlot

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from cloudbase_ocr.answers.book import FixtureBook
    from cloudbase_ocr.core.counters import Counters
    from cloudbase_ocr.state.accounts import Accounts
    from cloudbase_ocr.state.files import FileStore
    from cloudbase_ocr.state.parts import Parts
    from cloudbase_ocr.state.quotas import Quotas
    from cloudbase_ocr.state.tokens import TokenStore

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)

_SIGNING_KEY = ()


class Store(Protocol):
    """One part of the state. It says itself what changed: no request pays for what it did not touch."""

    def changed(self) -> AbstractSet[Any]:
        """Return the keys of the rows that changed since the last call; of the first call, of all rows there are."""

    def value(self, key: Any) -> Any:
        """Return what a row holds now; None: there is none of this key (any more)."""

    def key_text(self, key: Any) -> str:
        """Return a key of `changed` as text."""

    def encode(self, value: Any) -> tuple[Any, bytes | None]:
        """Return a `value` as something for JSON, and as bytes."""

    def restore(self, key: str, value: Any, data: bytes | None) -> None:
        """Take one row back.

        Raises:
            ValueError, TypeError, KeyError, AttributeError, OverflowError: nothing can be made of it.
        """


class _Rows:
    def key_text(self, key: Any) -> str:
        """Return a key as JSON."""
        return json.dumps(key)

    def encode(self, value: Any) -> tuple[Any, bytes | None]:
        """Return the value itself: it is plain data."""
        return value, None


class CounterStore(_Rows):
    """Quotas: how much of them is used."""

    def __init__(self, quotas: Quotas, tokens: TokenStore) -> None:
        """Keep the counters of `quotas`, and the forced refreshes of `tokens`."""
        self._counters: dict[str, Counters] = {**quotas.counters, "forced": tokens.forced_refreshes}
        self.changed()

    def changed(self) -> AbstractSet[Any]:
        """Return names of counters with the keys in them."""
        return {(name, *key) for name, counters in self._counters.items() for key in counters.changes.take()}

    def value(self, key: Any) -> Any:
        """Return period and count."""
        name, *parts = key
        return self._counters[name].kept(tuple(parts))

    def restore(self, key: str, value: Any, data: bytes | None) -> None:  # noqa: ARG002 - as in Store
        """Take one count back."""
        name, *parts = json.loads(key)
        period, used = value
        self._counters[name].restore(tuple(map(str, parts)), int(period), int(used))


class LimitStore(_Rows):
    """Quotas: limits of single accounts."""

    def __init__(self, quotas: Quotas) -> None:
        """Keep the limits of `quotas`."""
        self._quotas = quotas
        self.changed()

    def changed(self) -> AbstractSet[Any]:
        """Return accounts."""
        return self._quotas.changed_limits.take()

    def value(self, key: Any) -> Any:
        """Return the limit of an account."""
        return self._quotas.own_limit(key)

    def restore(self, key: str, value: Any, data: bytes | None) -> None:  # noqa: ARG002 - as in Store
        """Take one limit back."""
        self._quotas.restore_limit(tuple(map(str, json.loads(key))), int(value))


class AccountRows(_Rows):
    """Accounts that were changed, with digests of their secrets."""

    def __init__(self, accounts: Accounts) -> None:
        """Keep what was changed in `accounts`."""
        self._changed = accounts.changed
        self.changed()

    def changed(self) -> AbstractSet[Any]:
        """Return appids."""
        return self._changed.changes.take()

    def value(self, key: Any) -> Any:
        """Return what was made of an account."""
        digests, _ = self._changed.get(key)
        return digests

    def restore(self, key: str, value: Any, data: bytes | None) -> None:  # noqa: ARG002 - as in Store
        """Take one account back."""
        if not all(isinstance(digest, str) for digest in value):
            raise TypeError("a digest is text")
        self._changed.put(str(json.loads(key)), tuple(value))


class TokenRows(_Rows):
    """Tokens, one row for each account and kind."""

    def __init__(self, tokens: TokenStore) -> None:
        """Keep `tokens`."""
        self._tokens = tokens
        self.changed()

    def changed(self) -> AbstractSet[Any]:
        """Return appids with kinds."""
        return self._tokens.changes.take()

    def value(self, key: Any) -> Any:
        """Return the tokens of an appid and kind."""
        return self._tokens.kept(*key)

    def restore(self, key: str, value: Any, data: bytes | None) -> None:  # noqa: ARG002 - as in Store
        """Take the tokens of one account and kind back."""
        appid, kind = json.loads(key)
        refreshed, tokens = value
        kept = tuple((str(text), _moment(end), _moment_or_none(gone)) for text, end, gone in tokens)
        self._tokens.restore(str(appid), str(kind), KeptSlot(_moment_or_none(refreshed), kept))


class FileRows(_Rows):
    """Files, and the key that signs their URLs."""

    def __init__(self, files: FileStore) -> None:
        """Keep `files`."""
        self._files = files
        self._files.changes.take()
        self._new_key = True

    def changed(self) -> AbstractSet[Any]:
        """Return buckets with paths, and once the signing key, which never changes."""
        found: set[Any] = {*self._files.changes.take()}
        if self._new_key:
            found.add(_SIGNING_KEY)
            self._new_key = False
        return found

    def value(self, key: Any) -> Any:
        """Return a file, or the signing key."""
        return self._files.get_object(*key) if key else self._files.signing_key

    def key_text(self, key: Any) -> str:
        """Return bucket and path as JSON; of the signing key nothing."""
        return json.dumps(key) if key else ""

    def encode(self, value: Any) -> tuple[Any, bytes | None]:
        """Return the content type, and the bytes."""
        return ("", value) if isinstance(value, bytes) else (value.content_type, value.data)

    def restore(self, key: str, value: Any, data: bytes | None) -> None:
        """Take one file back."""
        if data is None:
            raise ValueError("the file has no bytes")
        if not key:
            self._files.restore_key(data)
            return
        bucket, path = json.loads(key)
        content_type = str(value)
        if not isinstance(bucket, str) or any(ord(character) < 32 for character in content_type):
            raise ValueError("neither a bucket nor a header")
        content_type.encode("latin-1")  # as headers are
        self._files.put_object(bucket, path, StoredFile(data, content_type))


class FixtureRows(_Rows):
    """Fixtures that were added or removed since the start.

    A row's key is its place in the order, which decides who wins. So they are compared, once after each change of a
    fixture, which costs as much as the change itself.
    """

    def __init__(self, book: FixtureBook) -> None:
        """Keep what was changed in `book`."""
        self._book = book
        self._revision = -1
        self._rows: list[Any] = []

    def changed(self) -> AbstractSet[Any]:
        """Return the places that hold another change of the book, or none any more."""
        revision, former = self._book.revision, self._rows
        if revision == self._revision:
            return set()
        # Read after the revision: a change in between is looked at once more the next time.
        self._revision, self._rows = revision, [*self._book.removed, *self._book.added]
        places = range(max(len(former), len(self._rows)))
        return {place for place in places if former[place : place + 1] != self._rows[place : place + 1]}

    def entries(self) -> list[Any]:
        """Return every change as something for JSON, in order; of what `changed` saw last."""
        return [self.encode(row)[0] for row in self._rows]

    def value(self, key: Any) -> Any:
        """Return the change of the book at a place."""
        return self._rows[key] if key < len(self._rows) else None

    def key_text(self, key: Any) -> str:
        """Return the place with leading zeros, so that rows come back in order."""
        return f"{key:06d}"

    def encode(self, value: Any) -> tuple[Any, bytes | None]:
        """Return a name that was removed, or account and entry of a fixture that was added."""
        return (value if isinstance(value, str) else [value[0], entry_of(value[1])]), None

    def restore(self, key: str, value: Any, data: bytes | None) -> None:  # noqa: ARG002 - as in Store
        """Make one change again."""
        if isinstance(value, str):
            self._book.remove(value)
            return
        appid, entry = value
        if not isinstance(appid, (str, type(None))):
            raise TypeError("an account is text")
        self._book.add(read_fixture(entry, f"fixture number {key}", Path()), appid)


def restored(store: Store, key: str, value: Any, data: bytes | None = None) -> bool:
    """Give one row back; False when nothing can be made of it."""
    try:
        store.restore(key, value, data)
    except _UNREADABLE:
        return False
    return True


def stores_of(fixtures: FixtureBook, parts: Parts) -> dict[str, Store]:
    """Return all that is kept, by the name of its rows."""
    return {
        "fixtures": FixtureRows(fixtures),
        "files": FileRows(parts.files),
        "limits": LimitStore(parts.quotas),
        "counters": CounterStore(parts.quotas, parts.tokens),
        "tokens": TokenRows(parts.tokens),
        "accounts": AccountRows(parts.accounts),
    }


def _moment(value: Any) -> float:
    moment = float(value)
    if not math.isfinite(moment):
        raise ValueError("no moment in time")
    return moment


def _moment_or_none(value: Any) -> float | None:
    return None if value is None else _moment(value)
