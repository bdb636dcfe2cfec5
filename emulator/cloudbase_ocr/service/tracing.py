"""A span of OpenTelemetry for each call, the wait of its picture, and each stage of reading.

Only opentelemetry-api is used, where it is installed; without an SDK its spans are nothing. Stages are measured
where pictures are read (recognizer/page/timing.py) and come back as seconds: one span stands for all of a stage, and
they follow each other up to the end of the call.

Spans hold no appid, address or value, as the figures do.
"""

from __future__ import annotations

import importlib.util
import time
from typing import TYPE_CHECKING

from flask import has_request_context, request

from cloudbase_ocr.core.reach import is_proxy
from cloudbase_ocr.service.metrics import path_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.context import Context

    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.state.emulator import Emulator

NAME = "cloudbase_ocr"
QUEUE = "queue"

_METHODS = frozenset({"GET", "POST"})
_NANOSECONDS = 1_000_000_000


class Tracing:
    """Makes spans of finished calls. Thread-safe."""

    def __init__(self, emulator: Emulator) -> None:
        """Make spans for the tracer provider that is set up, now or later.

        Raises:
            ImportError: opentelemetry-api is not installed.
        """
        from opentelemetry import propagate, trace

        self._settings = emulator.settings
        self._trace, self._propagate = trace, propagate
        self._tracer = trace.get_tracer(NAME)

    def record(self, call: Call) -> None:
        """Make the spans of a call that ends now."""
        end = time.time_ns()
        start = end - _nanoseconds(call.seconds)
        trace, inside = self._trace, self._trace.get_current_span().get_span_context().is_valid
        path = path_label(call.path)
        span = self._tracer.start_span(
            f"{call.method if call.method in _METHODS else 'HTTP'} {path}",
            None if inside else self._of_the_proxy(call),
            trace.SpanKind.INTERNAL if inside else trace.SpanKind.SERVER,
            {"url.path": path, "http.response.status_code": call.status, "request_id": call.request_id},
            start_time=start,
        )
        if call.code is not None:
            span.set_attribute("errcode", call.code)
        context = trace.set_span_in_context(span)
        for name, begin, stop in _parts(call, start, end):
            self._tracer.start_span(name, context, start_time=begin).end(stop)
        span.end(end)

    def _of_the_proxy(self, call: Call) -> Context | None:
        """Return the trace that the request belongs to (``traceparent``), where a proxy says so that is believed."""
        if has_request_context() and is_proxy(call.remote, self._settings.proxies):
            return self._propagate.extract({name.lower(): value for name, value in request.headers})
        return None


def _parts(call: Call, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Give name, begin and end of the wait and of each stage, in nanoseconds since 1970; none begins before `start`."""
    told, waited = call.trace.explanation, call.trace.waited
    stages = {} if told is None else told.stages
    at = end - _nanoseconds(sum(stages.values()))
    if waited is not None:
        yield QUEUE, max(start, at - _nanoseconds(waited)), max(start, at)
    for name, seconds in stages.items():
        begin, at = at, at + _nanoseconds(seconds)
        yield name, max(start, begin), max(start, at)


def _nanoseconds(seconds: float) -> int:
    return round(seconds * _NANOSECONDS)


def init_app(emulator: Emulator) -> None:
    """Make spans where opentelemetry-api is installed and the emulator is a service."""
    settings = emulator.settings
    if (settings.ocr_only or settings.metrics_port is not None) and _is_installed():
        emulator.log.listeners.append(Tracing(emulator).record)


def _is_installed() -> bool:
    # Its folder is shared by many packages, of which any may be there without the API.
    return all(importlib.util.find_spec(name) for name in ("opentelemetry", "opentelemetry.trace"))
