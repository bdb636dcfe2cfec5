"""Calls of functions, for every way to call one that CloudBase has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.responses import json_text
from cloudbase_ocr.runtime import InstanceExited
from cloudbase_ocr.state.emulator import current

if TYPE_CHECKING:
    from cloudbase_ocr.runtime import Caller, Invocation


def call_function(name: str, event: Any, caller: Caller) -> Invocation:
    """Call a function of the current emulator; `result` of what comes back is JSON in UTF-8, or None with an `error`.

    A function's process can write what it likes to the emulator. A result that is no JSON did not come from the
    handler: it counts as the process's end, whoever calls.
    """
    invocation = current().runtime_for_request().invoke(name, event, caller)
    if invocation.result is None:
        return invocation
    try:
        return replace(invocation, result=json_text(invocation.result or "null"))
    except ValueError as error:
        failure = InstanceExited(
            "User process exit when running",
            hint=f"the process answered with what is no JSON ({error}): its code wrote to the emulator's connection.",
        )
        return replace(invocation, result=None, error=failure)
