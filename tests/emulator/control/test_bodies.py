"""Bodies that are broken or have no end, at every route of the control side, over raw sockets."""

from __future__ import annotations

import io
import json
import re
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from werkzeug.exceptions import BadRequest, ClientDisconnected
from werkzeug.test import run_wsgi_app

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.files import MAX_FILE_BYTES
from tests.processes import SECONDS

NO_LENGTH = {"a length that is none", "a negative length", "a length of 5000 digits"}
"""The server may refuse these, or take them as no body at all."""
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "no size": CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n",
    "giant size": CHUNKED + b"ffffffffffffffff\r\nabc",
    "negative size": CHUNKED + b"-5\r\nabc\r\n0\r\n\r\n",
    "ends within a chunk": CHUNKED + b"50\r\n{}",
    "ends after a chunk": CHUNKED + b"2\r\n{}\r\n",
    "ends at once": CHUNKED,
    "longer than its size": CHUNKED + b"2\r\n{}{}{}\r\n0\r\n\r\n",
    "an endless line": CHUNKED + b"2" * 70_000,
    "shorter than announced": b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{}",
    "a length that is none": b"Content-Length: 5x\r\n\r\n{}",
    "a negative length": b"Content-Length: -5\r\n\r\n{}",
    "a giant length": b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}",
    "a length of 5000 digits": b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, recognizer=False)) as running_server:
        yield running_server


def routes(server: Server) -> list[tuple[str, str]]:
    """Every method and path of the control side, with something in the place of its arguments."""
    found = [
        (method, re.sub(r"<[^>]+>", "nobody", str(rule)))
        for rule in server.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if str(rule).startswith("/_emulator/") and "stream" not in str(rule)
    ]
    return sorted(found)


def exchange(port: int, data: bytes) -> bytes:
    """Send bytes, close the sending side, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        received = b""
        with suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
    return received


def read_answer(received: bytes) -> tuple[int, Any]:
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    if b"chunked" in head.lower():
        return status, None
    length = re.search(rb"content-length: (\d+)", head.lower())
    return status, body[: int(length[1])] if length else body


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_is_refused_in_json_by_every_route(
    server: Server, name: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for method, path in routes(server):
        start = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n".encode()
        received = exchange(server.port, start + BROKEN[name])
        what = f"{name}: {method} {path}: {received[:200]!r}"
        assert received, what
        status, body = read_answer(received)
        assert status < 500, what
        if method == "POST" and name not in NO_LENGTH:
            assert status >= 400, what
        if status >= 400 and body is not None:
            assert isinstance(json.loads(body), dict), what
    assert "Traceback" not in capfd.readouterr().err + caplog.text


class Failing(io.RawIOBase):
    """A body that fails as servers' bodies do."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise self._error

    def readinto(self, buffer: Any) -> int:
        raise self._error


@pytest.mark.parametrize(
    "error", [OSError(), ValueError(), BadRequest(), ClientDisconnected(), TimeoutError()]
)
@pytest.mark.parametrize("length", ["2", ""])
def test_whatever_a_servers_stream_raises_is_a_refusal(server: Server, error: Exception, length: str) -> None:
    for method, path in routes(server):
        if method != "POST":
            continue
        framing = {"CONTENT_LENGTH": length} if length else {"HTTP_TRANSFER_ENCODING": "chunked"}
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(server.port),
            "HTTP_HOST": f"127.0.0.1:{server.port}",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": Failing(error),
            "wsgi.input_terminated": True,
            "wsgi.errors": io.StringIO(),
            **framing,
        }
        parts, status, _ = run_wsgi_app(server.app, environ, buffered=True)
        body = b"".join(parts)
        assert status.startswith("4"), (path, status, body)
        assert isinstance(json.loads(body), dict)


def chunks(count: int, size: int) -> Iterator[bytes]:
    chunk = f"{size:x}\r\n".encode() + bytes(size) + b"\r\n"
    for _ in range(count):
        yield chunk


@pytest.mark.parametrize(
    "path", ["files?name=big.bin", "scenarios", "recognize", "invoke", "journal/nobody/replay"]
)
def test_a_body_without_end_is_refused_before_it_has_filled_the_memory(server: Server, path: str) -> None:
    head = f"POST /_emulator/{path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode()
    tracemalloc.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as connection:
        received = b""
        with suppress(ConnectionError):
            connection.sendall(head + CHUNKED)
            for chunk in chunks(200, 1024 * 1024):
                connection.sendall(chunk)
            received = connection.recv(65536)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * MAX_FILE_BYTES, f"{peak} bytes"
    # A server may also close while the client is still sending, which then sees no answer.
    assert not received or read_answer(received)[0] in (400, 413)
    assert len(server.emulator.files) == 0


def test_a_chunked_file_is_stored_and_one_that_is_too_large_is_not(server: Server) -> None:
    head = f"POST /_emulator/files?name=a.bin HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode()
    stored = exchange(server.port, head + b"Connection: close\r\n" + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n")
    assert read_answer(stored)[0] == 200
    file_id = json.loads(stored.partition(b"\r\n\r\n")[2])["fileID"]
    file = server.emulator.files.get(file_id)
    assert file is not None
    assert file.data == b"abc"
    server.emulator.files.reset()
    large = b"".join(chunks(33, 1024 * 1024)) + b"0\r\n\r\n"
    refused = exchange(server.port, head + b"Connection: close\r\n" + CHUNKED + large)
    assert read_answer(refused)[0] == 413
    assert len(server.emulator.files) == 0
