"""Bodies: whole ones, and those that lie, stall or never end. Nothing is claimed that was not read."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Response, jsonify, request
from hypothesis import given
from hypothesis import strategies as st

from cloudbase_ocr.server import Bounds, running
from cloudbase_ocr.settings import Settings
from tests.emulator.server.raw import chunks, connect, exchange, listening, post, probe, read_all, recorder

CHUNKED = b"Transfer-Encoding: chunked"
WHOLE = {
    "one chunk": b"3\r\nabc\r\n0\r\n\r\n",
    "many chunks": b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n",
    "chunk extensions": b'3;a=b;c="d"\r\nabc\r\n0;last\r\n\r\n',
    "trailers": b"3\r\nabc\r\n0\r\nX-Checksum: 1\r\nY: 2\r\n\r\n",
    "leading zeros": b"0003\r\nabc\r\n000\r\n\r\n",
}
LIES = {
    "2^64 - 1": b"ffffffffffffffff\r\nabc",
    "all digits that a line holds": b"f" * 98 + b"\r\nabc",
    "larger than any buffer, and ends early": b"40000\r\nabc",
    "ends within the chunk": b"5\r\nabc",
    "ends before its line": b"3\r\nabc",
    "longer than its size": b"2\r\nabc\r\n0\r\n\r\n",
    "no last chunk": b"3\r\nabc\r\n",
    "nothing": b"",
    "negative": b"-5\r\nabc\r\n0\r\n\r\n",
    "with a sign": b"+3\r\nabc\r\n0\r\n\r\n",
    "with 0x": b"0x3\r\nabc\r\n0\r\n\r\n",
    "with an underscore": b"0_3\r\nabc\r\n0\r\n\r\n",
    "no hexadecimal": b"zz\r\nabc\r\n0\r\n\r\n",
    "a line without end": b"0" * 1000,
}


def echo() -> Response:
    """Answer what was read, or what kept it from being read."""
    try:
        return jsonify(read=request.environ["wsgi.input"].read().decode())
    except OSError as error:
        return jsonify(error=type(error).__name__)


@pytest.fixture(scope="module")
def echoing() -> Iterator[int]:
    with listening(probe(echo)) as listener:
        yield listener.port


@pytest.mark.parametrize("data", WHOLE.values(), ids=list(WHOLE))
def test_a_body_in_chunks_is_read_without_its_frame(echoing: int, data: bytes) -> None:
    assert exchange(echoing, post("/", data, CHUNKED)).endswith(b'{"read":"abc"}\n')


@given(pieces=st.lists(st.binary(min_size=1, max_size=50)))
def test_what_was_sent_is_read(echoing: int, pieces: list[bytes]) -> None:
    text = [piece.hex().encode() for piece in pieces]
    answer = exchange(echoing, post("/", chunks(*text), CHUNKED))
    assert answer.endswith(b'{"read":"%s"}\n' % b"".join(text))


@pytest.mark.parametrize("data", LIES.values(), ids=list(LIES))
def test_a_lie_is_an_error(echoing: int, data: bytes) -> None:
    assert exchange(echoing, post("/", data, CHUNKED)).endswith(b'{"error":"BrokenBody"}\n')


@pytest.mark.parametrize("data", LIES.values(), ids=list(LIES))
def test_the_server_never_claims_more_than_the_buffer_holds(data: bytes) -> None:
    """Older CPythons read past the end of the buffer then, and crash."""

    def read() -> Response:
        buffer = bytearray(100_000)
        counts, stream = [], request.environ["wsgi.input"]
        try:
            while count := stream.readinto(buffer):
                counts.append(count)
        except OSError:
            counts.append(0)
        return jsonify(most=max(counts, default=0), size=len(buffer))

    with listening(probe(read)) as listener:
        answer = exchange(listener.port, post("/", data, CHUNKED))
    body = json.loads(answer.rpartition(b"\r\n\r\n")[2])
    assert body["most"] <= 3, body
    assert body["size"] == 100_000


def test_a_body_that_is_shorter_than_announced_ends_early(echoing: int) -> None:
    assert exchange(echoing, post("/", b"abc", length=500)).endswith(b'{"read":"abc"}\n')


def test_a_body_that_stalls_is_answered_when_its_time_is_over(caplog: pytest.LogCaptureFixture) -> None:
    bounds = Bounds(body_seconds=0.1)
    with listening(probe(echo), bounds) as listener:
        began = time.monotonic()
        answer = exchange(listener.port, post("/", b"abc", length=500), closes=False)
        assert 0.1 <= time.monotonic() - began < 5
    assert answer.endswith(b'{"error":"TimeoutError"}\n')
    assert not caplog.records


def test_a_body_gets_time_by_its_size_and_not_by_its_pieces() -> None:
    bounds = Bounds(body_seconds=0.2, body_rate=1000)
    with listening(probe(echo), bounds) as listener, connect(listener.port) as connection:
        # 300 bytes bring 0.3 s more; a byte now and then brings nothing to speak of.
        connection.sendall(post("/", b"a" * 300, length=1000))
        began = time.monotonic()
        connection.settimeout(0.02)
        answer = b""
        while not answer and time.monotonic() - began < 10:
            connection.sendall(b"a")
            try:
                answer = connection.recv(1)
            except TimeoutError:
                continue
        assert answer
        assert 0.4 < time.monotonic() - began < 5


@pytest.mark.parametrize("data", LIES.values(), ids=list(LIES))
def test_every_route_answers_a_lie_and_the_emulator_lives_on(data: bytes) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        rules = sorted(
            {rule.rule.translate(str.maketrans("<>", "xx")) for rule in server.app.url_map.iter_rules()}
        )
        assert len(rules) > 50
        for path in rules:
            answer = exchange(server.port, post(path + "?access_token=mock://wx1", data, CHUNKED))
            assert 200 <= int(answer.split()[1]) < 500, (path, answer)
        assert requests.get(server.url + "/_emulator/health", timeout=10).status_code == 200


@pytest.mark.parametrize("data", LIES.values(), ids=list(LIES))
def test_the_recorder_answers_a_lie_and_sends_nothing_on(data: bytes, tmp_path: Path) -> None:
    with listening(recorder(tmp_path)) as listener:
        answer = exchange(listener.port, post("/cv/ocr/idcard?access_token=t", data, CHUNKED))
    assert answer.split()[1] in (b"400", b"413"), answer


@pytest.mark.parametrize("size", [34_000_000, 60_000_000])
def test_a_body_over_the_bound_is_answered_and_not_cut(size: int) -> None:
    with running(Settings(port=0, recognizer=False)) as server, connect(server.port) as connection:
        head = post("/cv/ocr/idcard?access_token=mock://wx1", b"", length=size)
        connection.sendall(head)
        for start in range(0, size, 1_000_000):
            connection.sendall(b"a" * min(1_000_000, size - start))
        assert b'"errcode":101002' in read_all(connection)


def test_a_connection_that_is_reset_within_a_body_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with listening(probe(echo)) as listener:
        for _ in range(20):
            connection = connect(listener.port)
            connection.sendall(post("/", b"abc", length=500))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
        assert requests.get(listener.url, timeout=10).text == "ok"
    assert not caplog.records
