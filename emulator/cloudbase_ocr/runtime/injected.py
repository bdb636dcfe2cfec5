"""Faults that a test asks for: what the runtime lets go wrong with one call, in the words of the real thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cloudbase_ocr.runtime.errors import (
    FunctionFailed,
    FunctionNotFound,
    FunctionTimedOut,
    InstanceExited,
    MemoryExceeded,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.runtime.errors import InvocationError

Ending = Literal["failed", "timed_out", "not_found", "crashed", "memory"]

IN_MID_CALL: frozenset[str] = frozenset({"crashed", "memory"})


@dataclass(frozen=True)
class Injected:
    """What goes wrong with one call.

    `ending`: how it ends. ``crashed`` and ``memory`` start the function, hand it the event and kill its process; the
    others do not run it. `cold`: a new process is started even if one is warm. `starting` is called while a process
    starts, and may take its time. `reason` is for the developer: it becomes the error's hint.
    """

    ending: Ending | None = None
    cold: bool = False
    starting: Callable[[], None] = lambda: None
    reason: str = ""

    def error(self, memory: int, limit: float) -> InvocationError | None:
        """Return the error that ends the call; `memory` is the function's limit in MB, `limit` the one in seconds."""
        if self.ending == "failed":
            line = f"Error: {self.reason}"
            return FunctionFailed("user code exception caught", stack=line + "\n", hint=line)
        if self.ending == "timed_out":
            return FunctionTimedOut(f"Invoking task timed out after {limit:g} seconds", hint=self.reason)
        if self.ending == "not_found":
            return FunctionNotFound("FunctionName parameter could not be found.", hint=self.reason)
        if self.ending == "crashed":
            return InstanceExited("User process exit when running", hint=self.reason)
        if self.ending == "memory":
            return MemoryExceeded(f"Task memory exceeded {memory} MB", hint=self.reason)
        return None


NOTHING = Injected()
