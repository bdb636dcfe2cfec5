"""One cloud call uses one connection for its token and its picture, and does not fail when that closes in between."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import wxcloud

TOKEN = {"access_token": "token", "expires_in": 7200}
READ = {"errcode": 0, "errmsg": "ok", "number": "1"}


class Upstream(ThreadingHTTPServer):
    """Answers a token and a card, and counts the connections; may close after each answer without saying so."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.connections: set[object] = set()
        self.hang_up = False


class Handler(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.connections.add(self.client_address)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(TOKEN if "stable_token" in self.path else READ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.server.hang_up

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def call(upstream: Upstream) -> object:
    cloud = wxcloud.Cloud(appid="wx1", secret="s", api_base=f"http://127.0.0.1:{upstream.server_port}")
    return cloud.openapi.ocr.bankcard(imgUrl="https://example.com/a.jpg")["number"]


def test_token_and_picture_share_a_connection(upstream: Upstream) -> None:
    assert call(upstream) == "1"
    assert len(upstream.connections) == 1


def test_a_server_that_hangs_up_after_each_answer_is_connected_to_again(upstream: Upstream) -> None:
    upstream.hang_up = True
    assert call(upstream) == "1"
    assert len(upstream.connections) == 2
