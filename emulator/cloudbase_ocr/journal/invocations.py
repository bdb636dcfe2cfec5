"""Who is told of every call of a function, and in which order."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.redact import cleaned, without_secrets
from cloudbase_ocr.journal.journal import summary_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.journal.function_history import FunctionHistory
    from cloudbase_ocr.journal.journal import Journal
    from cloudbase_ocr.runtime import Caller, Invocation

LOGGER_NAME = "cloudbase_ocr.functions"


class InvocationListeners:
    """Tells log, journal and history of each call, then `others`, all in the thread of the call.

    The log comes first, so that what a function printed stands above the line of the request that called it. The
    journal has to know a call when its history is written.
    """

    def __init__(self, journal: Journal, history: FunctionHistory) -> None:
        """Tell these two, beside the logger named ``cloudbase_ocr.functions``."""
        self.others: list[Callable[[Invocation], None]] = []
        self._journal = journal
        self._history = history

    def started(self, request_id: str, name: str, event: Any, caller: Caller) -> None:
        """Tell of a call that begins."""
        self._journal.begin_function(request_id, name, event, caller)

    def ended(self, invocation: Invocation) -> None:
        """Tell of a call that is over."""
        _log(invocation)
        _end_entry(self._journal, invocation)
        self._history.take(invocation)
        for listener in self.others:
            listener(invocation)


def _log(invocation: Invocation) -> None:
    """Write the log as the cloud has it; handlers for terminals find the traceback in the record."""
    logger, error = logging.getLogger(LOGGER_NAME), invocation.error
    trace = "" if error is None else cleaned(error.trace)
    logger.info("%s", cleaned(invocation.log.rstrip("\n")), extra={"trace": trace})
    if error is not None and error.hint:
        repeats = bool(trace) and cleaned(error.hint) in trace
        logger.warning("  hint: %s", cleaned(error.hint), extra={"repeats": repeats})
    if error is not None and error.advice:
        logger.warning("  hint: %s", cleaned(error.advice))


def _end_entry(journal: Journal, invocation: Invocation) -> None:
    error = invocation.error
    process = {
        "cold": invocation.cold,
        "duration_ms": round(invocation.duration_ms, 3),
        "init_ms": round(invocation.init_ms, 3),
        "memory_mb": round(invocation.memory_mb, 1),
    }
    if error is None:
        journal.end_function(summary_of(invocation.result), process, code=0)
    else:
        # The hint is what the function's exception says, and may quote what it read.
        answer = {"error": without_secrets(error.hint)} if error.hint else None
        journal.end_function(answer, process, code=error.status_code, message=error.message)
