"""Operations on functions: what they are, what they did, what they printed, and what they may do but never do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.control.operation import ControlError, NotThereError, operation
from cloudbase_ocr.core.redact import cleaned, scrubbed
from cloudbase_ocr.journal.function_history import CALLS_KEPT
from cloudbase_ocr.runtime import PoolState
from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from cloudbase_ocr.journal.function_history import CloudCall, PastCall
    from cloudbase_ocr.runtime import FunctionInfo, UnderWay
    from cloudbase_ocr.state.emulator import Emulator

_NAME = "the function's name"


@dataclass(frozen=True)
class InstancesState(PoolState):
    """Processes of one function: `warm` ones wait for a call, `busy` ones work on one; at most `limit`."""


@dataclass(frozen=True)
class CloudCallState:
    """One cloud call: whether config.json permits it, how often the code called it, and was refused (-604101).

    `state` is ``used``, ``unused`` (permitted, never called), ``refused`` (called, not permitted) or ``unlisted``
    (called over HTTPS with a token, where nobody looks at config.json).
    """

    name: str
    permitted: bool
    calls: int
    refused: int
    state: str


@dataclass(frozen=True)
class ReportState:
    """What SCF reports of a call; `code` is 0, or the SCF status code of the failure that `message` names.

    Times are in milliseconds, `billed_ms` is rounded up as SCF's BillDuration, `started` is in epoch seconds. While
    it runs, `running` is true and the numbers are 0.
    """

    request_id: str
    started: float
    running: bool
    code: int
    message: str
    cold: bool
    duration_ms: float
    billed_ms: int
    init_ms: float
    memory_mb: float
    memory_limit_mb: int


@dataclass(frozen=True)
class CallState(ReportState):
    """The report of a call, the cloud calls that it made, its log, and what a developer can do about a failure."""

    cloud_calls: list[str]
    log: str
    hint: str


@dataclass(frozen=True)
class FunctionState:
    """A function: what its folder says, its processes, and what it did since the last reset.

    `runtime` is empty when nothing can run it, and `reason` says why; `note` is what a developer should know although
    it runs. `timeout` is in seconds, `memory` in MB.
    """

    name: str
    runnable: bool
    reason: str
    note: str
    language: str
    runtime: str
    handler: str
    timeout: int
    memory: int
    permissions: list[str]
    instances: InstancesState
    calls: int
    last: ReportState | None
    cloud_calls: list[CloudCallState]
    events: list[dict[str, Any]]


@dataclass(frozen=True)
class FunctionList:
    """Functions by name."""

    functions: list[FunctionState]


@dataclass(frozen=True)
class CallList:
    """Calls of one function, the latest first; those under way before those that are over."""

    calls: list[CallState]


class FunctionsControl:
    """Shows the functions: runtime, instances, reports, logs, and what config.json permits beside what was called."""

    def __init__(self, emulator: Emulator) -> None:
        """Show the functions of `emulator`."""
        self._runtime = emulator.runtime
        self._history = emulator.history
        self._personal = emulator.journal.personal

    @operation("functions.list", "GET", "functions")
    def list(self) -> FunctionList:
        """Tell what the functions are, how they run, and how their latest call went."""
        return FunctionList([self._state(info) for info in self._runtime.functions()])

    @operation("functions.show", "GET", "functions/{name}", name=_NAME)
    def show(self, name: str) -> FunctionState:
        """Tell the same of one function.

        Raises:
            NotThereError: there is no function of this name.
        """
        return self._state(self._find(name))

    @operation(
        "functions.logs",
        "GET",
        "functions/{name}/logs",
        name=_NAME,
        limit=f"at most this many calls; {CALLS_KEPT} are kept",
        request_id="only this call",
        personal_data="show the logs as they are; by default runs of digits and Chinese characters are masked, if "
        "--journal-personal-data is not set",
    )
    def logs(
        self,
        name: str,
        limit: int = CALLS_KEPT,
        *,
        request_id: str | None = None,
        personal_data: bool | None = None,
    ) -> CallList:
        """Show the latest calls of a function with their logs; a call under way with what it has printed so far.

        Raises:
            NotThereError: there is no function of this name, and was none that was called.
        """
        if limit < 1:
            raise ControlError(f"limit: must be at least 1, and is {limit}")
        past = self._history.calls(name)
        if not past:
            self._find(name)
        personal = self._personal if personal_data is None else personal_data
        calls = [_running(call, personal=personal) for call in self._runtime.under_way(name)]
        calls += [_ended(call, personal=personal) for call in past]
        wanted = [call for call in calls if request_id in (None, call.request_id)]
        return CallList(wanted[:limit])

    def _find(self, name: str) -> FunctionInfo:
        functions = self._runtime.functions()
        for info in functions:
            if info.name == name:
                return info
        known = ", ".join(info.name for info in functions) or "none"
        raise NotThereError(f"there is no function {name[:80]!r}; there are {known}")

    def _state(self, info: FunctionInfo) -> FunctionState:
        past = self._history.calls(info.name)
        return FunctionState(
            name=info.name,
            runnable=info.runnable,
            reason=info.reason,
            note=info.note,
            language=info.language.name,
            runtime=self._runtime.runtime_of(info),
            handler=info.handler or "",
            timeout=info.timeout,
            memory=info.memory,
            permissions=[*info.permissions],
            instances=InstancesState(**vars(self._runtime.instances(info.name))),
            calls=self._history.total(info.name),
            last=_report(past[0], personal=self._personal) if past else None,
            cloud_calls=_compare(info.permissions, self._history.cloud_calls(info.name)),
            events=_events(info.permissions),
        )


def _compare(permitted: tuple[str, ...], called: dict[CloudCall, int]) -> list[CloudCallState]:
    """Put what config.json permits beside what was called: the permitted first, in their order."""
    calls: dict[str, int] = dict.fromkeys(permitted, 0)
    refused: dict[str, int] = {}
    for cloud_call, count in called.items():
        name = next((name for name in cloud_call.names if name in permitted), cloud_call.names[0])
        calls[name] = calls.get(name, 0) + count
        refused[name] = refused.get(name, 0) + count * cloud_call.refused
    return [
        CloudCallState(
            name,
            name in permitted,
            count,
            refused.get(name, 0),
            _verdict(count, refused.get(name, 0), permitted=name in permitted),
        )
        for name, count in calls.items()
    ]


def _verdict(calls: int, refused: int, *, permitted: bool) -> str:
    if refused and not permitted:
        return "refused"
    if calls:
        return "used" if permitted else "unlisted"
    return "unused"


def _events(permissions: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return events to begin with: the documented examples of what the function may call, then two that fail."""
    names: list[str] = []
    for method in METHODS:
        if set(method.permissions) & set(permissions):
            name = method.cloud_names[0]
            names += [f"{name}/{side.lower()}" for side in method.sides] or [name]
    if not names:
        return [{}]
    return [{"imgUrl": f"mock://{name}"} for name in (*names, "101001", "slow/3s")]


def _report(call: PastCall, *, personal: bool) -> ReportState:
    duration_ms = round(call.duration_ms, 3)
    return ReportState(
        request_id=call.request_id,
        started=call.started,
        running=False,
        code=call.code,
        message=cleaned(call.message) if personal else scrubbed(call.message),
        cold=call.cold,
        duration_ms=duration_ms,
        billed_ms=math.ceil(duration_ms),
        init_ms=round(call.init_ms, 3),
        memory_mb=round(call.memory_mb, 1),
        memory_limit_mb=call.memory_limit_mb,
    )


def _ended(call: PastCall, *, personal: bool) -> CallState:
    # A request ID may hold a long run of digits, and is nobody's number.
    masked = call.request_id.join(map(scrubbed, call.log.split(call.request_id)))
    return CallState(
        **vars(_report(call, personal=personal)),
        cloud_calls=[each.names[0] for each in call.cloud_calls],
        log=cleaned(call.log) if personal else masked,
        hint=cleaned(call.hint) if personal else scrubbed(call.hint),
    )


def _running(call: UnderWay, *, personal: bool) -> CallState:
    return CallState(
        request_id=call.request_id,
        started=call.started_at,
        running=True,
        code=0,
        message="",
        cold=False,
        duration_ms=0.0,
        billed_ms=0,
        init_ms=0.0,
        memory_mb=0.0,
        memory_limit_mb=0,
        cloud_calls=[],
        log=cleaned(call.log) if personal else scrubbed(call.log),
        hint="",
    )
