"""Ties the journal to what happens: requests, the call log, and the calls of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.redact import without_secrets
from cloudbase_ocr.journal.journal import summary_of
from cloudbase_ocr.journal.middleware import JournalMiddleware, keep_reply

if TYPE_CHECKING:
    from flask import Flask, Response

    from cloudbase_ocr.journal.journal import Journal
    from cloudbase_ocr.runtime import Caller, Invocation
    from cloudbase_ocr.state.emulator import Emulator


def install(app: Flask, emulator: Emulator) -> None:
    """Journal everything that `app` answers from now on; to be called after all else wrapped ``app.wsgi_app``."""
    journal = emulator.journal
    journal.running = emulator.runtime.working_on
    emulator.log.listeners.append(journal.take_call)
    emulator.invocation_listeners.append(lambda invocation: _end_function(journal, invocation))
    emulator.runtime.on_start = lambda request_id, name, event, caller: _begin_function(
        journal, request_id, name, event, caller
    )

    def keep(reply: Response) -> Response:
        entry = journal.current
        if entry is not None and not reply.is_streamed:
            keep_reply(entry, reply.mimetype or "", reply.get_data)
        return reply

    app.after_request(keep)
    app.wsgi_app = JournalMiddleware(app.wsgi_app, journal)  # type: ignore[method-assign]  # as Flask documents
    emulator.wsgi = app.wsgi_app


def _begin_function(journal: Journal, request_id: str, name: str, event: Any, caller: Caller) -> None:
    journal.begin_function(request_id, name, event, caller)


def _end_function(journal: Journal, invocation: Invocation) -> None:
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
