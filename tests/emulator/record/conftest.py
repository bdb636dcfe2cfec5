"""A live API to record from (pytest-httpserver), and proxies in front of it, over real sockets."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.record import KeyRing, Recorder, Recording, Upstream, create_proxy
from cloudbase_ocr.server import Listener
from cloudbase_ocr.wechat.fetch import Fetcher

TOKEN = "live-token-Wq7_secret"
PERSON = {
    "type": "Front",
    "name": "欧阳铁柱",
    "id": "110101199003072316",
    "addr": "北京市东城区灯草胡同路15号4号楼302室",
    "gender": "男",
    "nationality": "汉",
    "birth": "1990-03-07",
}
SPECIMENS = Path(__file__).parents[3] / "emulator" / "cloudbase_ocr" / "specimens"


@dataclass
class Asked:
    """What the live API was asked."""

    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Live:
    """The live API: answers every OCR call with `reply`, and remembers what it was asked."""

    server: HTTPServer
    reply: dict[str, Any] = field(default_factory=lambda: {"errcode": 0, "errmsg": "ok", **PERSON})
    body: bytes | None = None
    status: int = 200
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        self.asked.append(Asked(request.query_string.decode(), dict(request.headers), request.get_data()))
        if request.path.startswith("/cgi-bin/"):
            return Response(
                json.dumps({"access_token": TOKEN, "expires_in": 7200}), mimetype="application/json"
            )
        body = self.body or json.dumps(self.reply, ensure_ascii=False).encode()
        return Response(body, self.status, content_type="application/json; encoding=utf-8")

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url_for("").rstrip("/")


@dataclass
class Proxy:
    """A running proxy, what it reported, and how to send it a picture."""

    url: str
    recorder: Recorder
    lines: list[str]

    def send(self, picture: bytes, method: str = "idcard", **arguments: Any) -> requests.Response:
        """Send a picture as clients do: multipart, whose boundary is another one each time."""
        return requests.post(
            f"{self.url}/cv/ocr/{method}",
            params={"access_token": TOKEN},
            files={"img": ("card.jpg", picture, "image/jpeg")},
            timeout=10,
            **arguments,
        )

    def send_url(self, url: str, method: str = "idcard") -> requests.Response:
        """Send a picture as a URL."""
        query = {"access_token": TOKEN, "img_url": url}
        return requests.post(f"{self.url}/cv/ocr/{method}", params=query, timeout=10)


Start = Callable[..., Proxy]


@pytest.fixture
def live(httpserver: HTTPServer) -> Live:
    live = Live(httpserver)
    for path in ("cv/ocr/", "wxa/", "cgi-bin/", "tcb/"):
        httpserver.expect_request(re.compile(f"^/{path}")).respond_with_handler(live)
    return live


@pytest.fixture
def dead_address() -> str:
    """The address of a service that is down."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{closed.getsockname()[1]}"


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return "127.0.0.1", 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def start(live: Live, folder: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts proxies in front of the live API; they stop when the test ends."""
    with ExitStack() as stack:

        def start_one(
            mode: str = "new", upstream: str | None = "", keys: str = "keys", **options: Any
        ) -> Proxy:
            return stack.enter_context(
                running(mode, live.url if upstream == "" else upstream, folder, tmp_path / keys, options)
            )

        yield start_one


@contextmanager
def running(
    mode: str, address: str | None, folder: Path, keys: Path, options: dict[str, Any]
) -> Iterator[Proxy]:
    lines: list[str] = []
    upstream = Upstream(address) if address else None
    host = upstream.host if upstream else "nowhere"
    clock = ManualClock(1_700_000_000)
    recorder = Recorder(Recording(folder), KeyRing(keys), mode, host, clock, lines.append, **options)
    listener = Listener(create_proxy(recorder, upstream, Fetcher(), lines.append), "127.0.0.1", 0)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield Proxy(listener.url, recorder, lines)
    finally:
        listener.stop()
        thread.join()
        listener.close()
