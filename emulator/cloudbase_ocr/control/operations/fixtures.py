"""Operations on fixtures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers import FixtureError, read_fixture
from cloudbase_ocr.control.operation import ControlError, NotThereError, operation, wanted_method

if TYPE_CHECKING:
    from cloudbase_ocr.answers import Fixture
    from cloudbase_ocr.state.emulator import Emulator


@dataclass(frozen=True)
class FixtureState:
    """A fixture, without its reply."""

    name: str
    method: str
    appid: str | None
    provenance: str
    reference: str
    match: dict[str, Any]
    error: int | None


@dataclass(frozen=True)
class FixtureList:
    """Fixtures; of two that match the later one wins, and an account's own win over those for everybody."""

    fixtures: list[FixtureState]


class FixturesControl:
    """Gives pictures and URLs an answer. The form is that of fixture files."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the fixtures of `emulator`."""
        self._book = emulator.answers.book

    @operation(
        "fixture.add",
        "POST",
        "fixtures",
        name="<method>/<variant>, reachable as img_url=mock://<method>/<variant>",
        reply="WeChat's reply as it is on the wire; or",
        error="an error code",
        match="what it answers: sha256 of the picture, url, or name of the upload; what has to hold: query, form, size",
        appid="only for this account; by default for every one",
        provenance="documented, recorded or written",
        reference="where it comes from",
        outside="fields of the reply that are not in the contract, on purpose",
    )
    def add(
        self,
        name: str,
        reply: dict[str, Any] | None = None,
        *,
        error: int | None = None,
        match: dict[str, Any] | None = None,
        appid: str | None = None,
        provenance: str = "written",
        reference: str = "control API",
        outside: list[str] | None = None,
    ) -> FixtureState:
        """Add a fixture.

        Raises:
            ControlError: it does not follow the contract; the message names the field.
        """
        parts = {"reply": reply, "error": error, "match": match, "outside": outside}
        entry: dict[str, Any] = {key: value for key, value in parts.items() if value is not None}
        entry.update(name=name, provenance=provenance, reference=reference)
        if match is not None and "file" in match:
            raise ControlError("match.file: is for fixture files only; give the picture's sha256")
        entry["method"] = wanted_method(name.partition("/")[0], "name").key
        try:
            fixture = read_fixture(entry, f"fixture {name[:80]}", Path())
        except FixtureError as failure:
            raise ControlError(str(failure)) from failure
        self._book.add(fixture, appid)
        return _state(fixture, appid)

    @operation(
        "fixture.list", "GET", "fixtures", appid="only those for this account; by default those for everybody"
    )
    def list(self, appid: str | None = None) -> FixtureList:
        """Tell which fixtures there are."""
        found = self._book.fixtures if appid is None else self._book.fixtures_of(appid)
        return FixtureList([_state(fixture, appid) for fixture in found])

    @operation(
        "fixture.remove",
        "DELETE",
        "fixtures/{name}",
        name="what it is called",
        appid="the one of this account; by default the one for everybody",
    )
    def remove(self, name: str, appid: str | None = None) -> FixtureState:
        """Remove a fixture until the next reset.

        Raises:
            NotThereError: there is none of this name.
        """
        known = {fixture.name: fixture for fixture in self._book.fixtures_of(appid or "")}
        if appid is None:
            known = {fixture.name: fixture for fixture in self._book.fixtures}
        if name not in known or not self._book.remove(name, appid):
            raise NotThereError(f"there is no fixture {name[:80]!r}; fixture.list shows which there are")
        return _state(known[name], appid)


def _state(fixture: Fixture, appid: str | None) -> FixtureState:
    return FixtureState(
        fixture.name,
        fixture.method.permission,
        appid,
        fixture.provenance,
        fixture.reference,
        dict(fixture.match),
        fixture.error,
    )
