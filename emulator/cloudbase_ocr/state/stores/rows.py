"""How each part of the state becomes rows, and rows become state again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cloudbase_ocr.answers import read_fixture
from cloudbase_ocr.answers.entries import entry_of
from cloudbase_ocr.state.files import StoredFile
from cloudbase_ocr.state.tokens import KeptSlot

if TYPE_CHECKING:
    from cloudbase_ocr.answers.book import FixtureBook
    from cloudbase_ocr.core.counters import Counters
    from cloudbase_ocr.state.files import FileStore
    from cloudbase_ocr.state.quotas import Quotas
    from cloudbase_ocr.state.tokens import TokenStore

_SIGNING_KEY = ()


class Store(Protocol):
    """One part of the state. Values are compared to find out what changed."""

    def snapshot(self) -> dict[Any, Any]:
        """Return every row's value by its key; cheap, as every request asks for it."""

    def key_text(self, key: Any) -> str:
        """Return a key of `snapshot` as text."""

    def encode(self, value: Any) -> tuple[Any, bytes | None]:
        """Return a value of `snapshot` as something for JSON, and as bytes."""

    def restore(self, key: str, value: Any, data: bytes | None) -> None:
        """Take one row back.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: nothing can be made of it.
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

    def snapshot(self) -> dict[Any, Any]:
        """Return period and count by counter and key."""
        return {
            (name, *key): count
            for name, counters in self._counters.items()
            for key, count in counters.export().items()
        }

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

    def snapshot(self) -> dict[Any, Any]:
        """Return the limit by account."""
        return dict(self._quotas.limits)

    def restore(self, key: str, value: Any, data: bytes | None) -> None:  # noqa: ARG002 - as in Store
        """Take one limit back."""
        self._quotas.restore_limit(tuple(map(str, json.loads(key))), int(value))


class TokenRows(_Rows):
    """Tokens, one row for each account and kind."""

    def __init__(self, tokens: TokenStore) -> None:
        """Keep `tokens`."""
        self._tokens = tokens

    def snapshot(self) -> dict[Any, Any]:
        """Return the tokens by appid and kind."""
        return dict(self._tokens.export())

    def restore(self, key: str, value: Any, data: bytes | None) -> None:  # noqa: ARG002 - as in Store
        """Take the tokens of one account and kind back."""
        appid, kind = json.loads(key)
        refreshed, tokens = value
        kept = tuple(
            (str(text), float(end), None if gone is None else float(gone)) for text, end, gone in tokens
        )
        self._tokens.restore(
            str(appid), str(kind), KeptSlot(None if refreshed is None else float(refreshed), kept)
        )


class FileRows(_Rows):
    """Files, and the key that signs their URLs."""

    def __init__(self, files: FileStore) -> None:
        """Keep `files`."""
        self._files = files

    def snapshot(self) -> dict[Any, Any]:
        """Return each file by bucket and path."""
        return {_SIGNING_KEY: self._files.signing_key, **self._files.export()}

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
        self._files.put_object(bucket, path, StoredFile(data, str(value)))


class FixtureRows(_Rows):
    """Fixtures that were added or removed since the start."""

    def __init__(self, book: FixtureBook) -> None:
        """Keep what was changed in `book`."""
        self._book = book

    def snapshot(self) -> dict[Any, Any]:
        """Return each change by its place in the order, which decides who wins."""
        return dict(enumerate([*self._book.removed, *self._book.added]))

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
        self._book.add(read_fixture(entry, f"fixture number {key}", Path()), appid)
