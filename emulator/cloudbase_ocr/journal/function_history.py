"""What functions did lately: the latest calls of each with their logs, and which cloud calls they made.

A cloud call leaves one of these traces: a request below the function's entry in the journal (``/cv/ocr/idcard``,
``wx.openApi ocr.idcard``), or, when wxcloud refuses it before any request, the line that wxcloud logs.
"""

from __future__ import annotations

import re
import threading
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cloudbase_ocr.journal.entries import Entry
    from cloudbase_ocr.runtime import Invocation

CALLS_KEPT = 20
"""Calls of each function."""
MAX_LOG = 64 * 1024
"""Characters of one call's log: the end of it."""
MAX_LOGS = 8 * 1024 * 1024
"""Characters of all logs together; calls of functions that were not called for long go first."""

NO_PERMISSION = -604101

_MAX_FUNCTIONS = 500
_MAX_NAMES = 200
_MAX_MESSAGE = 2000
_ACTIONS = ("wx.openApi ", "wx.api ")
_REFUSED_LINE = re.compile(rf"^openapi\.([\w.]{{1,80}}) failed: errCode {NO_PERMISSION}\b", re.MULTILINE)
_NAMES_BY_PATH = {method.path: method.permissions for method in METHODS}


@dataclass(frozen=True)
class CloudCall:
    """One cloud call of a function: the names it can go by, and whether config.json stood in its way.

    Over HTTPS one path stands for all names of a method, and nobody looks at config.json.
    """

    names: tuple[str, ...]
    refused: bool = False


@dataclass(frozen=True)
class PastCall:
    """A call of a function that is over, without its event and its result; the log is cut to its end.

    `code` is 0, or the SCF status code of the failure that `message` names; `hint` is what a developer can do.
    """

    request_id: str
    started: float
    code: int
    message: str
    cold: bool
    duration_ms: float
    init_ms: float
    memory_mb: float
    memory_limit_mb: int
    log: str
    hint: str
    cloud_calls: tuple[CloudCall, ...]


@dataclass
class _Past:
    calls: deque[PastCall] = field(default_factory=deque)
    cloud_calls: Counter[CloudCall] = field(default_factory=Counter)
    total: int = 0


class FunctionHistory:
    """Keeps the latest calls of each function, in bounded memory. Thread-safe."""

    def __init__(self, find_entry: Callable[[str], Entry | None]) -> None:
        """Keep nothing yet; `find_entry` gives the journal's entry of a request ID."""
        self._find_entry = find_entry
        self._past: OrderedDict[str, _Past] = OrderedDict()  # those called last at the end
        self._characters = 0
        self._lock = threading.Lock()

    def take(self, invocation: Invocation) -> None:
        """Keep a call that is over; to be told after the journal was."""
        entry = self._find_entry(invocation.request_id)
        cloud_calls = (*_requested(entry.children if entry is not None else ()), *_refused(invocation.log))
        call = _past_call(invocation, cloud_calls)
        name = invocation.function[:80]
        with self._lock:
            past = self._past.setdefault(name, _Past())
            self._past.move_to_end(name)
            past.calls.appendleft(call)
            past.total += 1
            for each in cloud_calls:
                if each in past.cloud_calls or len(past.cloud_calls) < _MAX_NAMES:
                    past.cloud_calls[each] += 1
            self._characters += len(call.log)
            if len(past.calls) > CALLS_KEPT:
                self._drop(past)
            self._forget()

    def calls(self, name: str) -> list[PastCall]:
        """Return the latest calls of a function, the latest first."""
        with self._lock:
            past = self._past.get(name)
            return [] if past is None else list(past.calls)

    def function_of(self, request_id: str) -> str:
        """Return the function of one of these calls, "" when it is not kept."""
        with self._lock:
            for name, past in self._past.items():
                if any(call.request_id == request_id for call in past.calls):
                    return name
        return ""

    def total(self, name: str) -> int:
        """Return how often a function was called since the last reset."""
        with self._lock:
            past = self._past.get(name)
            return 0 if past is None else past.total

    def cloud_calls(self, name: str) -> dict[CloudCall, int]:
        """Return how often a function made each cloud call since the last reset."""
        with self._lock:
            past = self._past.get(name)
            return {} if past is None else dict(past.cloud_calls)

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._past.clear()
            self._characters = 0

    def _forget(self) -> None:
        """Drop what is beyond the bounds, beginning with the function that was not called for longest."""
        while len(self._past) > _MAX_FUNCTIONS:
            _, past = self._past.popitem(last=False)
            self._characters -= sum(len(call.log) for call in past.calls)
        for past in self._past.values():
            while self._characters > MAX_LOGS and past.calls:
                self._drop(past)

    def _drop(self, past: _Past) -> None:
        self._characters -= len(past.calls.pop().log)


def _past_call(invocation: Invocation, cloud_calls: tuple[CloudCall, ...]) -> PastCall:
    error = invocation.error
    return PastCall(
        request_id=invocation.request_id,
        started=invocation.started_at,
        code=0 if error is None else error.status_code,
        message="" if error is None else error.message[:_MAX_MESSAGE],
        cold=invocation.cold,
        duration_ms=invocation.duration_ms,
        init_ms=invocation.init_ms,
        memory_mb=invocation.memory_mb,
        memory_limit_mb=invocation.memory_limit_mb,
        log=invocation.log[-MAX_LOG:],
        hint="" if error is None else (error.advice or error.hint)[:_MAX_MESSAGE],
        cloud_calls=cloud_calls,
    )


def _requested(children: Iterable[Entry]) -> Iterator[CloudCall]:
    for child in tuple(children):
        names = _NAMES_BY_PATH.get(child.name)
        if names is not None:
            yield CloudCall(names)
        elif child.name.startswith(_ACTIONS):
            name = child.name.partition(" ")[2].removeprefix("openapi.")
            yield CloudCall((name[:80],), child.code == NO_PERMISSION)


def _refused(log: str) -> Iterator[CloudCall]:
    return (CloudCall((name,), refused=True) for name in _REFUSED_LINE.findall(log))
