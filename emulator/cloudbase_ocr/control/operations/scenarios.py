"""Operations on scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cloudbase_ocr.answers import FixtureError, read_scenario
from cloudbase_ocr.control.operation import ControlError, NotThereError, operation
from cloudbase_ocr.control.operations.faults import Removed

if TYPE_CHECKING:
    from cloudbase_ocr.answers import Scenario
    from cloudbase_ocr.state.emulator import Emulator

_ANSWERS = (
    "the list, in order: an error code (-1), success (the documented example), normal (what the emulator answers by "
    "itself), the name of a fixture (idcard/back), or fields to change in the example ({name: ...}; null leaves "
    "one out)"
)


@dataclass(frozen=True)
class ScenarioState:
    """A scenario: its answers, and how many of them `appid` has had; for every account: the one that came furthest."""

    name: str
    method: str
    appid: str | None
    after: str
    answers: list[Any]
    answered: int


@dataclass(frozen=True)
class ScenarioList:
    """Scenarios in the order in which they were added."""

    scenarios: list[ScenarioState]


class ScenariosControl:
    """Gives methods a list of answers."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the scenarios of `emulator`."""
        self._book = emulator.answers.book
        self._scenarios = emulator.answers.scenarios

    @operation(
        "scenario.add",
        "POST",
        "scenarios",
        method="the cloud call, such as ocr.idcard",
        answers=_ANSWERS,
        name="what it is called; by default a new name. One of the same name and appid is replaced",
        appid="only for this account; by default each account goes through the list on its own",
        after="what follows: normal answers, the last one again and again, or the list again (repeat)",
        outside="fields of the answers that are not in the contract, on purpose",
    )
    def add(
        self,
        method: str,
        answers: list[Any],
        *,
        name: str | None = None,
        appid: str | None = None,
        after: Literal["normal", "last", "repeat"] = "normal",
        outside: list[str] | None = None,
    ) -> ScenarioState:
        """Answer a method's next calls with a list of answers, in order. The newest scenario goes first.

        Raises:
            ControlError: an answer does not follow the contract.
        """
        known = self._book.known_to(appid or "")
        entry = {
            "name": name or self._scenarios.new_name(),
            "method": method,
            "answers": answers,
            "appid": appid,
            "after": after,
            "outside": outside or [],
        }
        try:
            scenario = read_scenario(entry, {fixture.name for fixture in known})
        except FixtureError as error:
            raise ControlError(str(error)) from error
        self._scenarios.add(scenario)
        return self._state(scenario)

    @operation("scenario.list", "GET", "scenarios", appid="only those for this account")
    def list(self, appid: str | None = None) -> ScenarioList:
        """Tell which scenarios there are."""
        return ScenarioList([self._state(one) for one in self._scenarios.all if appid in (None, one.appid)])

    @operation(
        "scenario.remove",
        "DELETE",
        "scenarios/{name}",
        name="what it is called",
        appid="only the one for this account",
    )
    def remove(self, name: str, appid: str | None = None) -> Removed:
        """Remove the scenarios of one name.

        Raises:
            NotThereError: there is none.
        """
        removed = self._scenarios.remove(name, appid)
        if not removed:
            raise NotThereError(f"there is no scenario {name[:80]!r}; scenario.list shows which there are")
        return Removed(removed)

    def _state(self, scenario: Scenario) -> ScenarioState:
        return ScenarioState(
            scenario.name,
            scenario.method.permission,
            scenario.appid,
            scenario.after,
            [step.as_written() for step in scenario.steps],
            self._scenarios.furthest(scenario),
        )
