"""The server under requests that are no HTTP, and its start and stop."""

from __future__ import annotations

import socket
import time

import pytest
import requests

from cloudbase_ocr.server import AddressInUseError, Server, running
from cloudbase_ocr.settings import Settings

PLAIN = Settings(port=0, recognizer=False)


def exchange(port: int, data: bytes) -> bytes:
    """Send raw bytes, close the sending side, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


GARBAGE = {
    "nothing": b"",
    "line noise": b"\x00\xff\xfe\x80garbage\r\n\r\n",
    "no version": b"GET /cv/ocr/idcard\r\n\r\n",
    "a version of the future": b"POST /cv/ocr/idcard HTTP/9.9\r\n\r\n",
    "a version that is none": b"POST /cv/ocr/idcard HTTP/x\r\n\r\n",
    "a URL that cannot be parsed": b"POST //[ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a line without end": b"POST /" + b"a" * 70_000,
    "too many headers": b"POST / HTTP/1.1\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
    "a length that is none": b"POST /cv/ocr/idcard HTTP/1.1\r\nContent-Length: many\r\n\r\n",
    "a negative length": b"POST /cv/ocr/idcard HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "a body cut short": b"POST /cv/ocr/idcard HTTP/1.1\r\nContent-Length: 500\r\n\r\nabc",
    "a chunk that is none": b"POST /cv/ocr/idcard HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=list(GARBAGE))
def test_garbage_gets_no_page_and_no_5xx_and_the_emulator_lives_on(
    data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(PLAIN) as server:
        answer = exchange(server.port, data)
        assert b"<html" not in answer.lower()
        assert b"<!doctype" not in answer.lower()
        assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5"))
        assert requests.get(server.url + "/_emulator/health", timeout=10).status_code == 200
    assert "Traceback" not in capfd.readouterr().err


def test_the_port_is_free_again_after_the_server_stops() -> None:
    with running(PLAIN) as first:
        port = first.port
        with pytest.raises(AddressInUseError, match=f"port {port} .* is in use"):
            Server(Settings(port=port, recognizer=False))
    with running(Settings(port=port, recognizer=False)) as second:
        assert requests.get(second.url + "/_emulator/health", timeout=10).ok


def test_stopping_does_not_wait_for_idle_connections() -> None:
    with running(PLAIN) as server:
        idle = socket.create_connection(("127.0.0.1", server.port))
        began = time.monotonic()
    assert time.monotonic() - began < 2
    idle.close()


def test_nothing_is_written_about_secrets(capfd: pytest.CaptureFixture[str]) -> None:
    with running(PLAIN) as server:
        requests.get(server.url + "/cgi-bin/token?appid=wx1&secret=verysecret", timeout=10)
    captured = capfd.readouterr()
    assert "verysecret" not in captured.out + captured.err


def test_the_address_for_clients_is_one_that_they_can_reach() -> None:
    with running(Settings(host="0.0.0.0", port=0, recognizer=False)) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
