"""Fixtures by name and by what they match."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from cloudbase_ocr.answers.fixtures import Fixture

    Holds: TypeAlias = Callable[[Fixture], bool]


class FixtureTable:
    """A set of fixtures that never changes, so that threads can read it without a lock; later fixtures win."""

    def __init__(self, fixtures: Iterable[Fixture] = ()) -> None:
        """Sort `fixtures` in."""
        self._by_name: dict[str, Fixture] = {}
        self._by_match: dict[tuple[str, str, str], tuple[Fixture, ...]] = {}
        for fixture in fixtures:
            self._by_name.pop(fixture.name, None)  # so that the one that replaces it comes last
            self._by_name[fixture.name] = fixture
        for fixture in self._by_name.values():
            for kind, value in fixture.found_by:
                key = (fixture.method.key, kind, value)
                self._by_match[key] = (fixture, *self._by_match.get(key, ()))

    @property
    def fixtures(self) -> tuple[Fixture, ...]:
        """All fixtures, the ones that win last."""
        return tuple(self._by_name.values())

    def named(self, name: str) -> Fixture | None:
        """Return the fixture of this name, or None."""
        return self._by_name.get(name)

    def matching(self, key: str, kind: str, value: str, holds: Holds) -> Fixture | None:
        """Return the fixture of a method whose `match` has this `value` for `kind`, and whose conditions hold, or None.

        `kind` is sha256, url or name; "" for fixtures that have conditions only.
        """
        return next((each for each in self._by_match.get((key, kind, value), ()) if holds(each)), None)

    def with_fixture(self, fixture: Fixture) -> FixtureTable:
        """Return a table that has one more."""
        return FixtureTable([*self._by_name.values(), fixture])

    def without(self, name: str) -> FixtureTable:
        """Return a table that lacks the fixture of this name."""
        return FixtureTable(fixture for fixture in self._by_name.values() if fixture.name != name)
