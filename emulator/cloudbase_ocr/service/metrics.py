"""``/metrics`` in Prometheus' form, by prometheus-client, which is imported only when somebody asks or it is announced.

The process that answers counts calls; what workers read comes back to it with times, so the figures are right however
many there are. Nothing here has an appid, an address or a value in it.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app

from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.service.gauges import Gauges
from cloudbase_ocr.state.surfaces import METRICS
from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from flask import Flask

    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.state.emulator import Emulator

REMEDY = "pip install 'cloudbase-ocr[service]'"
MISSING = f"/metrics needs prometheus-client, which is not installed; run: {REMEDY}"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)
_PATHS = frozenset((*(method.path for method in METHODS), "/cgi-bin/token", "/cgi-bin/stable_token"))
_OTHER = "other"
_QUOTA = frozenset({101003, 45009, 45011})

_EXTENSION = "cloudbase_ocr_metrics"
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NOT_COUNTED = "figures are counted with --ocr-only or --metrics-port"

bp = Blueprint("metrics", __name__)


@bp.get(METRICS)
def figures() -> Response:
    """Give the figures; the guard has asked for the control token."""
    metrics: Metrics | None = current_app.extensions.get(_EXTENSION)
    if metrics is None:
        return json_response({"error": _NOT_COUNTED if is_installed() else MISSING}, 404)
    answer = Response(metrics.text(), content_type=_CONTENT_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def path_label(path: str) -> str:
    """Return a path as it is told: itself when it is known, one word for all others, which anybody may make up."""
    return path if path in _PATHS else _OTHER


def is_installed() -> bool:
    """Tell whether prometheus-client is part of this installation."""
    return importlib.util.find_spec("prometheus_client") is not None


class Metrics:
    """Counts the calls of one emulator. Thread-safe."""

    def __init__(self, emulator: Emulator) -> None:
        """Count from now on.

        Raises:
            ImportError: prometheus-client is not installed.
        """
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._registry = CollectorRegistry()
        self._calls = Counter(
            "cloudbase_ocr_calls",
            "Calls by path and errcode (0: success; an empty one: the answer has none).",
            ("path", "errcode", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "cloudbase_ocr_call_seconds",
            "Seconds from the start of a call to its answer.",
            ("path",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._waits = Histogram(
            "cloudbase_ocr_queue_seconds",
            "Seconds that a picture waited for the recognizer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._stages = Histogram(
            "cloudbase_ocr_stage_seconds",
            "Seconds of the recognizer by stage of reading.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "cloudbase_ocr_quota_refusals",
            "Calls that a quota refused.",
            ("path", "errcode"),
            registry=self._registry,
        )
        self._registry.register(Gauges(emulator))

    def record(self, call: Call) -> None:
        """Count one finished call."""
        path = path_label(call.path)
        code = "" if call.code is None else str(call.code)
        self._calls.labels(path, code, str(call.status)).inc()
        self._seconds.labels(path).observe(call.seconds)
        if call.code in _QUOTA:
            self._refused.labels(path, code).inc()
        trace = call.trace
        if trace.waited is not None:
            self._waits.observe(trace.waited)
        if trace.explanation is not None:
            for stage, seconds in trace.explanation.stages.items():
                self._stages.labels(stage).observe(seconds)

    def text(self) -> bytes:
        """Return the figures as Prometheus reads them."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)


def init_app(app: Flask, emulator: Emulator) -> None:
    """Count calls where prometheus-client is installed and the emulator is a service, and serve the figures."""
    app.register_blueprint(bp)
    settings = emulator.settings
    if not (settings.ocr_only or settings.metrics_port is not None):
        return
    if is_installed():
        metrics = Metrics(emulator)
        app.extensions[_EXTENSION] = metrics
        emulator.log.listeners.append(metrics.record)
    elif settings.metrics_port is not None:
        raise ValueError(f"--metrics-port: {MISSING}")


def metrics_app(app: Flask) -> Any:
    """Return a WSGI application that answers /metrics only, without a token: for a port that few can reach."""
    metrics: Metrics = app.extensions[_EXTENSION]

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found = environ.get("PATH_INFO") == METRICS and environ.get("REQUEST_METHOD") in ("GET", "HEAD")
        body = metrics.text() if found else b"there is nothing here but /metrics\n"
        status = "200 OK" if found else "404 Not Found"
        start_response(status, [("Content-Type", _CONTENT_TYPE), ("Content-Length", str(len(body)))])
        return [body]

    return answer
