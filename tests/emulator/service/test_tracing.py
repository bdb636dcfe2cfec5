"""Spans of calls and of stages, as OpenTelemetry's SDK gets them, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.service import tracing
from cloudbase_ocr.settings import Settings
from tests.emulator.service.test_metrics import APPID, PICTURE, SECRET, SERVICE, Reader, ocr, token

MISSING = "OpenTelemetry's SDK is not installed; run: pip install opentelemetry-sdk"
trace = pytest.importorskip("opentelemetry.trace", reason=MISSING)
sdk = pytest.importorskip("opentelemetry.sdk.trace", reason=MISSING)
export = pytest.importorskip("opentelemetry.sdk.trace.export", reason=MISSING)
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter", reason=MISSING)

pytestmark = pytest.mark.check

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Any:
    provider, exporter = sdk.TracerProvider(), memory.InMemorySpanExporter()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    return exporter


@pytest.fixture
def service(exporter: Any) -> Iterator[Server]:
    chosen = Settings(**SERVICE)
    app = create_app(chosen)
    emulator = app.extensions["emulator"]
    reader = Reader()
    emulator.recognizer = reader
    emulator.answers._photos._recognizer = reader
    with running(chosen, app) as server:
        yield server


def test_a_call_has_a_span_for_its_wait_and_each_stage(service: Server, exporter: Any) -> None:
    text = token(service)
    exporter.clear()
    assert ocr(service, text).json()["errcode"] == 0
    *parts, call = exporter.get_finished_spans()
    assert call.name == "POST /cv/ocr/idcard"
    assert (call.kind, call.parent) == (trace.SpanKind.SERVER, None)
    assert (call.attributes["http.response.status_code"], call.attributes["errcode"]) == (200, 0)
    assert [part.name for part in parts] == [tracing.QUEUE, "decode", "recognize"]
    for part in parts:
        assert part.parent.span_id == call.context.span_id
        assert call.start_time <= part.start_time <= part.end_time <= call.end_time
    for one, following in pairwise(parts):
        assert one.end_time == following.start_time


def test_it_belongs_to_the_trace_of_a_proxy_that_is_believed(
    service: Server, exporter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    url = service.url + "/cgi-bin/token"
    assert requests.get(url, params=query, headers=headers, timeout=10).status_code == 200
    monkeypatch.setattr(tracing, "is_proxy", lambda *_: False)
    assert requests.get(url, params=query, headers=headers, timeout=10).status_code == 200
    believed, stranger = exporter.get_finished_spans()
    assert (f"{believed.context.trace_id:032x}", f"{believed.parent.span_id:016x}") == (TRACE, PARENT)
    assert stranger.parent is None


def test_nothing_in_them_tells_of_people_or_accounts(service: Server, exporter: Any) -> None:
    text = token(service)
    ocr(service, text)
    requests.request("X" + APPID, service.url + "/cv/ocr/" + text[:40], timeout=10)
    shown = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert "HTTP other" in shown
    assert not [
        each for each in (APPID, SECRET, text[:40], "林知夏", "127.0.0.1", PICTURE[:8].hex()) if each in shown
    ]
