"""Who has no token costs no memory, and who has one no more than the bound: over raw sockets."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.served import served

MB = 1024 * 1024
FORM = "Content-Type: multipart/form-data; boundary=B\r\n"
TOKEN = "access_token=mock://wxbodies"
WITHOUT_TOKEN = {"/cgi-bin/token", "/cgi-bin/stable_token", "/cgi-bin/clear_quota/v2"}
SOON = 2.0


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """An emulator that may hold 32 MB of bodies."""
    with running(Settings(port=0, recognizer=False, body_memory_mb=32, quota_per_day=0)) as server:
        yield server


def announced(port: int, target: str, length: int, headers: str = FORM, verb: str = "POST") -> socket.socket:
    """Send the headers of a request that announces a body, and none of it."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(
        f"{verb} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {length}\r\n\r\n".encode()
    )
    return connection


def answer(connection: socket.socket) -> tuple[int, str, str]:
    """Return status, headers and body of what comes back on a connection."""
    data = b""
    with suppress(ConnectionError):
        while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < _length(data):
            if not (piece := connection.recv(65536)):
                break
            data += piece
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    return int(head.split()[1]), head, body


def _length(data: bytes) -> int:
    found = re.search(rb"\r\nContent-Length: ([0-9]+)", data, re.IGNORECASE)
    return int(found[1]) if found else 0


def until(true: Callable[[], bool]) -> None:
    """Wait (a bounded time) until something is true."""
    pause = threading.Event()
    for _ in range(1000):
        if true():
            return
        pause.wait(0.01)
    pytest.fail("it never became true")


def routes_with_a_token(server: Server) -> list[str]:
    rules = {rule.rule for rule in server.app.url_map.iter_rules()}
    return sorted(
        rule
        for rule in rules
        if rule.startswith(("/cv/", "/tcb/", "/cgi-bin/")) and rule not in WITHOUT_TOKEN
    )


@pytest.mark.parametrize(("query", "code"), [("", 41001), ("?access_token=nobody", 40001)])
def test_every_route_looks_at_the_token_before_the_body(small: Server, query: str, code: int) -> None:
    routes = routes_with_a_token(small)
    assert len(routes) >= 17
    for route in routes:
        began = time.monotonic()
        with closing(
            announced(small.port, route + query, 1000, "Content-Type: application/json\r\n")
        ) as connection:
            status, _, body = answer(connection)
        assert (status, json.loads(body)["errcode"]) == (200, code), route
        assert time.monotonic() - began < SOON, route
        assert small.emulator.bodies.held == 0, route


def test_the_quota_is_looked_at_before_the_body_too() -> None:
    with running(Settings(port=0, recognizer=False, quota_per_day=1)) as server:
        query = {"access_token": "mock://wxbodies", "img_url": "mock://idcard"}
        assert requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=20).json()["errcode"] == 0
        with closing(announced(server.port, f"/cv/ocr/idcard?{TOKEN}", 1000)) as connection:
            assert json.loads(answer(connection)[2])["errcode"] == 101003


def test_a_file_without_a_signature_is_not_read(small: Server) -> None:
    with closing(announced(small.port, "/_cos/b/a.jpg", 1000, "", "PUT")) as connection:
        assert answer(connection)[0] == 403


def test_a_body_beyond_the_largest_picture_is_refused_unread(small: Server) -> None:
    with closing(announced(small.port, f"/cv/ocr/idcard?{TOKEN}&resp_type=1", 12 * MB)) as connection:
        assert json.loads(answer(connection)[2])["errcode"] == 101002


def test_credentials_are_read_up_to_their_own_small_bound(small: Server) -> None:
    headers = "Content-Type: application/json\r\n"
    with closing(announced(small.port, "/cgi-bin/stable_token", 17 * 1024, headers)) as connection:
        assert json.loads(answer(connection)[2])["errcode"] == 47001


def test_bodies_beyond_the_bound_get_503_at_once_and_room_comes_back(
    small: Server, caplog: pytest.LogCaptureFixture
) -> None:
    bodies = small.emulator.bodies
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(closing(announced(small.port, f"/cv/ocr/idcard?{TOKEN}", 11 * MB)))
        until(lambda: bodies.held == 22 * MB)
        with (
            caplog.at_level(logging.INFO),
            closing(announced(small.port, f"/cv/ocr/idcard?{TOKEN}", 11 * MB)) as third,
        ):
            began = time.monotonic()
            status, head, body = answer(third)
        assert time.monotonic() - began < SOON
        assert (status, json.loads(body)["errcode"]) == (503, -1)
        assert "\r\nRetry-After: 1\r\n" in head + "\r\n"
        told = [record.getMessage() for record in caplog.records if "503" in record.getMessage()]
        assert len(told) == 1
        assert "bodies of 22 MB are being held" in told[0]
        # What needs no room is answered meanwhile.
        query = {"access_token": "mock://wxbodies", "img_url": "mock://idcard"}
        assert requests.post(small.url + "/cv/ocr/idcard", params=query, timeout=20).json()["errcode"] == 0
    until(lambda: bodies.held == 0)
    upload = {"img": ("a.jpg", b"\xff" * 1000, "image/jpeg")}
    reply = requests.post(
        small.url + "/cv/ocr/idcard", params={"access_token": "mock://wxbodies"}, files=upload, timeout=20
    )
    assert reply.json()["errcode"] == 101002


@pytest.mark.parametrize(
    "target",
    [
        "/v1/functions/idcard",
        "/admin",
        "/web?env=local-ocr",
        "/",
        "/_emulator/files?name=a",
        "/_emulator/invoke",
        "/_cos/b/a",
    ],
)
def test_every_other_surface_is_bound_as_well(
    small: Server, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(closing(announced(small.port, f"/cv/ocr/idcard?{TOKEN}", 11 * MB)))
        stack.enter_context(closing(announced(small.port, f"/cv/ocr/idcard?{TOKEN}", 9 * MB + 1)))
        until(lambda: small.emulator.bodies.held == 31 * MB + 1)
        headers = "Content-Type: application/json\r\nX-TC-Action: Invoke\r\n"
        with closing(announced(small.port, target, MB, headers)) as connection:
            status, head, body = answer(connection)
        assert (status, "Retry-After: 1" in head) == (503, True)
        assert isinstance(json.loads(body), dict)
    until(lambda: small.emulator.bodies.held == 0)
    assert "answered with 503: bodies of 31 MB" in caplog.text


def test_a_connection_that_breaks_gives_its_bytes_back(small: Server) -> None:
    connection = announced(small.port, f"/cv/ocr/idcard?{TOKEN}", 11 * MB)
    connection.sendall(b"x" * MB)
    until(lambda: small.emulator.bodies.held == 11 * MB)
    connection.close()
    until(lambda: small.emulator.bodies.held == 0)


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return float(re.search(r"VmHWM:\s+([0-9]+) kB", status)[1]) / 1024  # type: ignore[index]  # None fails the test


@pytest.mark.check
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc how much memory was taken")
@pytest.mark.parametrize(("query", "most"), [("", 100), ("?access_token=nobody", 100)], ids=["none", "wrong"])
def test_forty_large_bodies_without_a_token_cost_no_memory(query: str, most: int) -> None:
    with served("--ocr-only", "--app", "wxbodies:a-secret-of-the-tests") as (process, output):
        line = next(line for line in output if " at http://" in line)
        port = int(re.search(r"http://127\.0\.0\.1:([0-9]+)", line)[1])  # type: ignore[index]  # None fails the test
        before = _resident(process.pid)
        piece = b"x" * MB
        with ExitStack() as stack:
            connections = [
                stack.enter_context(closing(announced(port, f"/cv/ocr/idcard{query}", 31 * MB)))
                for _ in range(40)
            ]
            codes, slowest = [], 0.0
            for connection in connections:
                began = time.monotonic()
                codes.append(json.loads(answer(connection)[2])["errcode"])
                slowest = max(slowest, time.monotonic() - began)
            for connection in connections:
                connection.settimeout(0.2)
                with suppress(OSError):
                    for _ in range(30):
                        connection.sendall(piece)
                    connection.sendall(piece[:-1])
            grown = _resident(process.pid) - before
    assert set(codes) == {40001 if query else 41001}
    assert slowest < SOON
    assert grown < most
