"""One request and its answer: 100 Continue, answers of every form, and applications that break off."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests.emulator.server.raw import connect, exchange, listening, post, probe, read_all, recorder

PLAIN = Settings(port=0, recognizer=False)
EXPECT = b"Expect: 100-continue"
Start = Callable[..., Any]


def continues(port: int, path: str) -> tuple[bytes, bytes]:
    """Send the head of a request, wait for what comes, send the body; return what came before, and the rest."""
    with connect(port) as connection:
        connection.sendall(post(path, b"", EXPECT, b"Content-Type: application/json", length=2))
        first = connection.recv(25)
        connection.sendall(b"{}")
        return first, read_all(connection)


def test_every_route_says_continue_once_and_at_once() -> None:
    with running(PLAIN) as server:
        rules = {rule.rule.translate(str.maketrans("<>", "xx")) for rule in server.app.url_map.iter_rules()}
        for path in sorted(rules):
            first, rest = continues(server.port, path + "?access_token=mock://wx1")
            assert first == b"HTTP/1.1 100 Continue\r\n\r\n", path
            assert b"100 Continue" not in rest
            assert rest.startswith(b"HTTP/1.1 "), path


def test_the_recorder_says_continue_once(tmp_path: Path) -> None:
    with listening(recorder(tmp_path)) as listener:
        first, rest = continues(listener.port, "/cv/ocr/idcard?access_token=t")
    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert rest.startswith(b"HTTP/1.1 ")


def test_curl_sends_a_large_picture_without_waiting(tmp_path: Path) -> None:
    """Curl waits a second for 100 Continue before it sends more than 1 MB."""
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8" + b"a" * 1_600_000)
    with running(PLAIN) as server:
        url = f"{server.url}/cv/ocr/idcard?access_token=mock://wx1"
        command = ["curl", "-s", "-w", "%{time_total}", "-F", f"img=@{picture}", url]
        try:
            out = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()
        except FileNotFoundError:
            pytest.skip("curl is not installed; install curl")
    answer, brace, seconds = out.rpartition("}")
    assert json.loads(answer + brace)["errcode"] in (101000, 101002)
    assert float(seconds) < 0.7


def test_no_version_is_told_and_every_answer_has_a_date() -> None:
    with running(PLAIN) as server:
        headers = requests.get(server.url + "/_emulator/health", timeout=10).headers
    assert headers["Server"] == "cloudbase-ocr"
    assert headers["Date"].endswith("GMT")
    assert headers["Connection"] == "close"


def wsgi(*pieces: bytes, headers: tuple[tuple[str, str], ...] = (), status: str = "200 OK") -> Any:
    def app(_: Any, start_response: Start) -> list[bytes]:
        start_response(status, list(headers))
        return list(pieces)

    return app


@pytest.mark.parametrize(
    ("app", "body"),
    [
        (wsgi(b"abc", headers=(("Content-Length", "3"),)), b"abc"),
        (wsgi(b"a", b"", b"bc"), b"abc"),
        (wsgi(), b""),
        (wsgi(b"abc", status="404 Nothing here"), b"abc"),
    ],
    ids=["with a length", "in pieces", "empty", "another status"],
)
def test_answers_arrive_as_the_application_gives_them(app: Any, body: bytes) -> None:
    with listening(app) as listener:
        assert requests.post(listener.url, b"x", timeout=10).content == body
        head = requests.head(listener.url, timeout=10)
        assert head.content == b""
        assert exchange(listener.port, b"GET / HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\n" + body)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_has_none(status: str) -> None:
    with listening(wsgi(status=status)) as listener:
        assert exchange(listener.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"\r\n\r\n")


def test_an_answer_that_is_shorter_than_announced_ends_there() -> None:
    with listening(wsgi(b"abc", headers=(("Content-Length", "9"),))) as listener:
        connection = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=10)
        connection.request("GET", "/")
        with pytest.raises(http.client.IncompleteRead) as caught:
            connection.getresponse().read()
        connection.close()
    assert caught.value.partial == b"abc"


def failing(_: Any, start_response: Start) -> Iterator[bytes]:
    start_response("200 OK", [])
    raise MemoryError


def test_an_application_that_fails_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with listening(failing) as listener:
        answer = requests.get(listener.url, timeout=10)
    assert answer.status_code == 500
    assert answer.json() == {"errcode": -1, "errmsg": "system error; the log says what failed"}
    assert "MemoryError" in caplog.text


def test_an_application_that_fails_midway_ends_its_answer(caplog: pytest.LogCaptureFixture) -> None:
    def app(_: Any, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "9")])
        yield b"abc"
        raise KeyError("secret")

    with listening(app) as listener:
        answer = exchange(listener.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nabc")
    assert "the answer to a request failed" in caplog.text


def test_what_an_application_made_is_closed() -> None:
    closed = []

    class Pieces(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def app(_: Any, start_response: Start) -> Pieces:
        start_response("200 OK", [])
        return Pieces([b"a"])

    with listening(app) as listener:
        assert requests.get(listener.url, timeout=10).text == "a"
    assert closed == [True]


def test_a_second_request_in_the_same_packet_does_not_cost_the_first_its_answer() -> None:
    with listening(probe(lambda: "first")) as listener:
        began = time.monotonic()
        answer = exchange(listener.port, post("/", b"a") + post("/", b"b") * 500)
        assert time.monotonic() - began < 4
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.endswith(b"first")
