"""The fixtures that answer: those of a fresh start, what was added and removed since, and each account's own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cloudbase_ocr.answers.table import FixtureTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudbase_ocr.answers.fixtures import Fixture
    from cloudbase_ocr.answers.table import Holds


class FixtureBook:
    """Fixtures for everybody, and for single accounts, whose own win. Thread-safe."""

    def __init__(self, fixtures: Iterable[Fixture]) -> None:
        """Start with `fixtures`, for everybody; later ones win."""
        self._started_with = FixtureTable(fixtures)
        self._common = self._started_with
        self._own: dict[str, FixtureTable] = {}  # by appid; replaced as a whole, never changed
        self._lock = threading.Lock()
        self.revision = 0
        """Another number once `added` or `removed` are others."""

    @property
    def fixtures(self) -> tuple[Fixture, ...]:
        """The fixtures for everybody, those that win last."""
        return self._common.fixtures

    def fixtures_of(self, appid: str) -> tuple[Fixture, ...]:
        """Return the fixtures that only this account has, those that win last."""
        own = self._own.get(appid)
        return () if own is None else own.fixtures

    def known_to(self, appid: str) -> tuple[Fixture, ...]:
        """Return everybody's fixtures and the account's own, those that win last."""
        return (*self.fixtures, *self.fixtures_of(appid))

    def named(self, name: str, appid: str) -> Fixture | None:
        """Return the fixture of this name that an account sees, or None."""
        own = self._own.get(appid)
        return (own and own.named(name)) or self._common.named(name)

    def matching(self, key: str, kind: str, value: str, appid: str, holds: Holds) -> Fixture | None:
        """Return the fixture of a method that an account sees, whose match has `value` for `kind`, or None."""
        own = self._own.get(appid)
        return (own and own.matching(key, kind, value, holds)) or self._common.matching(
            key, kind, value, holds
        )

    def add(self, fixture: Fixture, appid: str | None = None) -> None:
        """Take one more fixture, for everybody or for one account; it wins over earlier ones of its name or match."""
        with self._lock:
            if appid is None:
                self._common = self._common.with_fixture(fixture)
            else:
                self._own = {**self._own, appid: self._own.get(appid, FixtureTable()).with_fixture(fixture)}
            self.revision += 1

    def remove(self, name: str, appid: str | None = None) -> bool:
        """Forget the fixture of this name, of everybody or of one account; False when there is none."""
        with self._lock:
            table = self._common if appid is None else self._own.get(appid, FixtureTable())
            if table.named(name) is None:
                return False
            if appid is None:
                self._common = table.without(name)
            else:
                self._own = {**self._own, appid: table.without(name)}
            self.revision += 1
            return True

    def reset(self, appid: str | None = None) -> None:
        """Go back to the fixtures of a fresh start, for one account or for all."""
        with self._lock:
            if appid is None:
                self._common, self._own = self._started_with, {}
            else:
                self._own = {owner: table for owner, table in self._own.items() if owner != appid}
            self.revision += 1

    @property
    def removed(self) -> tuple[str, ...]:
        """Names of the fixtures of a fresh start that were removed since."""
        return tuple(
            fixture.name
            for fixture in self._started_with.fixtures
            if self._common.named(fixture.name) is None
        )

    @property
    def added(self) -> list[tuple[str | None, Fixture]]:
        """The fixtures that were added since a fresh start, each with its account (None: everybody), oldest first."""
        common = [
            (None, fixture)
            for fixture in self._common.fixtures
            if self._started_with.named(fixture.name) is not fixture
        ]
        return [*common, *((appid, fixture) for appid, own in self._own.items() for fixture in own.fixtures)]
