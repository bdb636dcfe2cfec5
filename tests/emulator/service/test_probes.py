"""Whether the process lives, and whether requests should come: asked by address, without a token."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from werkzeug import Request, Response

from cloudbase_ocr.app import create_app
from cloudbase_ocr.recognizer.serving.service import COLD, FAILED, LOADING, READY
from cloudbase_ocr.server import running
from cloudbase_ocr.server.bounds import Bounds
from cloudbase_ocr.server.listener import Listener
from cloudbase_ocr.settings import Settings

SERVICE: dict[str, Any] = {
    "port": 0,
    "recognizer": False,
    "ocr_only": True,
    "apps": ("wx1:a-secret-nobody-guesses",),
}


def status(url: str, **headers: str) -> int:
    return requests.get(url, headers=headers, timeout=10).status_code


def test_a_service_without_engine_and_shared_state_lives_and_is_ready() -> None:
    with running(Settings(**SERVICE)) as server:
        assert status(server.url + "/healthz") == 200
        answer = requests.get(server.url + "/readyz", timeout=10)
        assert (answer.status_code, answer.json()) == (
            200,
            {"ready": True, "engine": "none", "state": "none"},
        )
        assert status(server.url + "/_emulator/health") == 401, "only these two need no token"
        assert requests.head(server.url + "/healthz", timeout=10).content == b""


def test_who_probes_by_address_is_let_in_where_others_reach_the_service_and_no_page_is() -> None:
    chosen = Settings(**SERVICE, host="0.0.0.0", server_names=("ocr.example.com",))
    client = create_app(chosen).test_client()
    assert client.get("/readyz", headers={"Host": "10.1.2.3:80"}).status_code == 200
    assert client.get("/readyz", headers={"Host": "evil.example"}).status_code == 403
    assert (
        client.get("/readyz", headers={"Host": "10.1.2.3:80", "Origin": "http://evil.example"}).status_code
        == 403
    )


@pytest.mark.parametrize(("state", "ready"), [(COLD, 503), (LOADING, 503), (FAILED, 503), (READY, 200)])
def test_it_is_ready_when_the_engine_is(state: str, ready: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Settings(**{**SERVICE, "recognizer": True})
    with running(chosen) as server:
        recognizer: Any = server.emulator.recognizer
        assert status(server.url + "/readyz") == 503
        monkeypatch.setattr(recognizer, "_state", state)
        answer = requests.get(server.url + "/readyz", timeout=10)
        assert (answer.status_code, answer.json()["engine"]) == (ready, state)
        assert ("Retry-After" in answer.headers) == (ready == 503)


def test_it_is_ready_when_the_shared_state_is_reached(unused_port: int) -> None:
    chosen = Settings(**SERVICE, state=f"redis://127.0.0.1:{unused_port}/0")
    pytest.importorskip("redis")
    with running(chosen) as server:
        answer = requests.get(server.url + "/readyz", timeout=10)
        assert (answer.status_code, answer.json()["state"]) == (503, "away")
        assert status(server.url + "/healthz") == 200


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def listening(app: Callable[..., Any], **bounds: Any) -> Iterator[Listener]:
    listener = Listener(app, "127.0.0.1", 0, bounds=Bounds(**bounds))
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.stop()
        thread.join(10)
        listener.close()


def test_it_lives_while_all_places_are_taken_and_while_it_ends() -> None:
    inside, go_on = threading.Event(), threading.Event()

    @Request.application
    def slow(_: Request) -> Response:
        inside.set()
        go_on.wait(20)
        return Response(b"done")

    with listening(slow, places=1) as listener:
        first = threading.Thread(target=status, args=(listener.url + "/x",))
        first.start()
        assert inside.wait(10)
        assert (status(listener.url + "/healthz"), status(listener.url + "/readyz")) == (200, 503)
        listener.drain(20)
        assert (status(listener.url + "/healthz"), status(listener.url + "/readyz")) == (200, 503)
        go_on.set()
        first.join(10)


def test_probes_are_in_no_journal() -> None:
    chosen = Settings(port=0, recognizer=False)
    app = create_app(chosen)
    with running(chosen, app) as server:
        for path in ("/healthz", "/readyz"):
            status(server.url + path)
        listed = requests.get(server.url + "/_emulator/journal", timeout=10).json()
        assert listed == {"trees": [], "total": 0}
