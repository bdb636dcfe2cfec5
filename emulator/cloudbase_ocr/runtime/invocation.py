"""One call of a function: while it is under way, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.runtime.logs import format_log

if TYPE_CHECKING:
    from cloudbase_ocr.runtime.errors import InvocationError
    from cloudbase_ocr.runtime.function_folders import FunctionInfo
    from cloudbase_ocr.runtime.http_instance import HttpInstance
    from cloudbase_ocr.runtime.instance import Instance, Outcome

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Invocation:
    """One call and what came of it: `result` (JSON text) or `error`, never both.

    `duration_ms` is the handler's time, `init_ms` what starting a cold instance took before it, `memory_mb`
    the highest memory seen (0 where the system does not say), `memory_limit_mb` what config.json allows (0 when
    there is no such function), `started_at` is in epoch seconds.
    """

    request_id: str
    function: str
    result: str | None
    error: InvocationError | None
    log: str
    duration_ms: float
    init_ms: float
    memory_mb: float
    cold: bool
    started_at: float
    memory_limit_mb: int = 0


@dataclass
class UnderWay:
    """A call that has not ended: `instance` is None while it waits for one."""

    request_id: str
    function: str
    started_at: float
    instance: Instance | HttpInstance | None = None

    @property
    def log(self) -> str:
        """What the function has printed so far, without SCF's lines."""
        return "" if self.instance is None else self.instance.printed().decode("utf-8", "replace")


def summarise(
    name: str, request_id: str, info: FunctionInfo | None, outcome: Outcome, init: float, started_at: float
) -> Invocation:
    """Return what is told of a call that is over; `init` are the seconds that a cold start took."""
    duration_ms, memory_mb = outcome.duration * 1000, outcome.memory / _MEGABYTE
    return Invocation(
        request_id=request_id,
        function=name,
        result=outcome.result if outcome.error is None else None,
        error=outcome.error,
        log=format_log(
            outcome.printed,
            request_id=request_id,
            error=outcome.error,
            duration_ms=duration_ms,
            memory_limit_mb=info.memory if info else 0,
            memory_mb=memory_mb,
        ),
        duration_ms=duration_ms,
        init_ms=init * 1000,
        memory_mb=memory_mb,
        cold=init > 0,
        started_at=started_at,
        memory_limit_mb=info.memory if info else 0,
    )
