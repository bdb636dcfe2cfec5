"""Fixtures by name and by what they match."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudbase_ocr.answers.fixtures import Fixture


class FixtureTable:
    """A set of fixtures that never changes, so that threads can read it without a lock; later fixtures win."""

    def __init__(self, fixtures: Iterable[Fixture] = ()) -> None:
        """Sort `fixtures` in."""
        self._by_name: dict[str, Fixture] = {}
        self._by_match: dict[tuple[str, str, str], Fixture] = {}
        for fixture in fixtures:
            self._by_name.pop(fixture.name, None)  # so that the one that replaces it comes last
            self._by_name[fixture.name] = fixture
        for fixture in self._by_name.values():
            for kind, value in fixture.match.items():
                self._by_match[fixture.method.key, kind, value] = fixture

    @property
    def fixtures(self) -> tuple[Fixture, ...]:
        """All fixtures, the ones that win last."""
        return tuple(self._by_name.values())

    def named(self, name: str) -> Fixture | None:
        """Return the fixture of this name, or None."""
        return self._by_name.get(name)

    def matching(self, key: str, kind: str, value: str) -> Fixture | None:
        """Return the fixture of a method whose `match` has this `value` for `kind` (sha256, url, name), or None."""
        return self._by_match.get((key, kind, value))

    def with_fixture(self, fixture: Fixture) -> FixtureTable:
        """Return a table that has one more."""
        return FixtureTable([*self._by_name.values(), fixture])

    def without(self, name: str) -> FixtureTable:
        """Return a table that lacks the fixture of this name."""
        return FixtureTable(fixture for fixture in self._by_name.values() if fixture.name != name)
