"""`Control`: everything that a test may do to an emulator, as plain Python.

The routes under ``/_emulator/`` and the command ``cloudbase-ocr ctl`` are made from these methods, see operations.py.
Where `appid` is left out, what happens is for every account, if not said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cloudbase_ocr.answers.scenario_files import MAX_STEPS
from cloudbase_ocr.control.operation import ControlError, collect, operation
from cloudbase_ocr.control.operations.accounts import AccountsControl
from cloudbase_ocr.control.operations.clock import ClockControl
from cloudbase_ocr.control.operations.faults import FaultsControl
from cloudbase_ocr.control.operations.fixtures import FixturesControl
from cloudbase_ocr.control.operations.functions import FunctionsControl
from cloudbase_ocr.control.operations.journal import JournalControl
from cloudbase_ocr.control.operations.quota import QuotaControl, TokensControl
from cloudbase_ocr.control.operations.recognizer import NOT_INSTALLED, RecognizerControl
from cloudbase_ocr.control.operations.requests import RequestsControl
from cloudbase_ocr.control.operations.scenarios import ScenariosControl, ScenarioState
from cloudbase_ocr.control.operations.snippets import SnippetsControl
from cloudbase_ocr.control.operations.storage import StorageControl
from cloudbase_ocr.control.overview import Overview, overview
from cloudbase_ocr.core.version import __version__

if TYPE_CHECKING:
    from cloudbase_ocr.runtime import FunctionInfo
    from cloudbase_ocr.state.emulator import Emulator

_ONLY = "only for this account; by default for every one"
_METHOD = "the cloud call, such as ocr.idcard"
_TIMES = "how many calls get it, then normal answers follow; by default until it is removed"


@dataclass(frozen=True)
class Health:
    """What an emulator says of itself; `env`, `appid` and `openid` are those of calls that name none.

    `recognizer` lists the documents that are read from photos; none when it is off. Where the extra ``ocr`` is not
    installed, it says so. `weights` names the networks that read them; empty when there is no recognizer. `root` is the
    folder of the functions; empty where none run (--ocr-only).
    """

    service: str
    version: str
    env: str
    appid: str
    openid: str
    recognizer: list[str] | Literal["not installed"]
    weights: str
    root: str
    functions: list[dict[str, Any]]


@dataclass(frozen=True)
class ResetState:
    """What was reset: an appid, or everything."""

    reset: str


class Control:
    """Controls the state of one emulator. Thread-safe; cheap to make.

    ``clock``, ``accounts``, ``tokens``, ``quota``, ``faults``, ``scenarios``, ``fixtures``, ``storage``, ``functions``,
    ``journal``, ``requests`` and ``recognizer`` are groups of operations; ``fault``, ``scenario`` and ``fixture`` add
    one each.
    """

    def __init__(self, emulator: Emulator) -> None:
        """Control `emulator`."""
        self._emulator = emulator
        self.clock = ClockControl(emulator)
        self.accounts = AccountsControl(emulator)
        self.tokens = TokensControl(emulator)
        self.quota = QuotaControl(emulator)
        self.faults = FaultsControl(emulator)
        self.scenarios = ScenariosControl(emulator)
        self.fixtures = FixturesControl(emulator)
        self.storage = StorageControl(emulator)
        self.functions = FunctionsControl(emulator)
        self.journal = JournalControl(emulator)
        self.requests = RequestsControl(emulator)
        self.snippets = SnippetsControl(emulator)
        self.recognizer = RecognizerControl(emulator)
        self.fault = self.faults.add
        self.scenario = self.scenarios.add
        self.fixture = self.fixtures.add

    @operation("health", "GET", "health")
    def health(self) -> Health:
        """Tell that this is an emulator, which functions it has, and what it can read."""
        recognizer, settings = self._emulator.recognizer, self._emulator.settings
        return Health(
            service="cloudbase-ocr",
            version=__version__,
            env=self._emulator.runtime.env_id,
            appid=settings.appid,
            openid=settings.openid,
            recognizer=NOT_INSTALLED
            if self._emulator.not_installed
            else sorted(recognizer.methods if recognizer else ()),
            weights=recognizer.status().weights if recognizer else "",
            root="" if settings.ocr_only else str(self._emulator.runtime.root),
            functions=[_describe(function) for function in self._emulator.runtime.functions()],
        )

    @operation("overview", "GET", "overview")
    def overview(self) -> Overview:
        """Show what has been changed: clock, tokens, quotas, faults, scenarios, fixtures."""
        return overview(self._emulator, self.clock, self.faults, self.scenarios)

    @operation(
        "reset", "POST", "reset", appid="only this account; by default everything, clock and files too"
    )
    def reset(self, appid: str | None = None) -> ResetState:
        """Bring back what a fresh start has: tokens, quotas, faults, scenarios, fixtures.

        Without an appid also the clock, accounts that were changed, the files, the sessions, log and journal, the seeds
        and the functions' processes and logs. What has no account (faults, scenarios and fixtures for everybody)
        stays when only one account is reset.
        """
        emulator = self._emulator
        if appid is None:
            self.clock.restore()
            emulator.random.seed(emulator.settings.seed)
            emulator.files.reset()
            emulator.accounts.reset()
            emulator.sessions.reset()
            emulator.log.reset()
            emulator.journal.clear()
            emulator.history.reset()
            emulator.requests.clear()
            emulator.runtime.empty()
        emulator.faults.reset(appid)
        emulator.answers.reset(appid)
        emulator.quotas.reset(appid)
        emulator.tokens.reset(appid)
        if emulator.guesses is not None:
            emulator.guesses.reset(appid)
        return ResetState("everything" if appid is None else appid)

    @operation(
        "reply",
        "POST",
        "reply",
        method=_METHOD,
        fields="fields to change in the documented example; null leaves one out",
        appid=_ONLY,
        times=_TIMES,
    )
    def reply(
        self,
        method: str,
        fields: dict[str, Any] | None = None,
        *,
        appid: str | None = None,
        times: int | None = None,
        **more: Any,
    ) -> ScenarioState:
        """Answer a method with its documented example and some fields changed, whatever the picture shows.

        It is a scenario, and the newest one goes first. In Python, fields may be keywords: ``reply("ocr.idcard",
        name="...")``.

        Raises:
            ControlError: a field does not follow the contract.
        """
        return self._always(method, {**(fields or {}), **more}, appid, times)

    @operation("fail", "POST", "fail", method=_METHOD, errcode="the error code", appid=_ONLY, times=_TIMES)
    def fail(
        self, method: str, errcode: int, *, appid: str | None = None, times: int | None = None
    ) -> ScenarioState:
        """Answer a method with an error code, after token, quota and picture were checked.

        It is a scenario. A fault of type errcode comes before these checks, and knows every path.

        Raises:
            ControlError: the contract has no such code.
        """
        return self._always(method, errcode, appid, times)

    def _always(self, method: str, answer: Any, appid: str | None, times: int | None) -> ScenarioState:
        if times is not None and not 1 <= times <= MAX_STEPS:
            raise ControlError(f"times: must be from 1 to {MAX_STEPS}, and is {times}")
        return self.scenarios.add(
            method, [answer] * (times or 1), appid=appid, after="last" if times is None else "normal"
        )


GROUPS: dict[str, type] = {
    "": Control,
    "clock": ClockControl,
    "accounts": AccountsControl,
    "tokens": TokensControl,
    "quota": QuotaControl,
    "faults": FaultsControl,
    "scenarios": ScenariosControl,
    "fixtures": FixturesControl,
    "storage": StorageControl,
    "functions": FunctionsControl,
    "journal": JournalControl,
    "requests": RequestsControl,
    "snippets": SnippetsControl,
    "recognizer": RecognizerControl,
}
"""The classes that operations belong to, by the attribute of `Control` that holds one."""

OPERATIONS = collect(*GROUPS.items())
"""Every operation, in the order of the documentation."""


def _describe(function: FunctionInfo) -> dict[str, Any]:
    return {
        "name": function.name,
        "runnable": function.runnable,
        "reason": function.reason,
        "timeout": function.timeout,
        "permissions": list(function.permissions),
    }
