"""Chunked bodies that lie: nothing is claimed that was not read, no route fails, and the recorder does not either."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from flask import Flask, Response, jsonify, request
from hypothesis import given
from hypothesis import strategies as st

from cloudbase_ocr.core.chunked import MAX_CHUNK_BYTES, BrokenBody, ChunkedBody, ChunkTooLarge
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.record import KeyRing, Recorder, Recording, create_proxy
from cloudbase_ocr.server import Listener, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.wechat.fetch import Fetcher

TOO_LARGE = {
    "2^64 - 1": b"ffffffffffffffff\r\nabc",
    "one above the bound": b"%x\r\nabc" % (MAX_CHUNK_BYTES + 1),
    "all digits that a line holds": b"f" * 98 + b"\r\nabc",
}
BROKEN = {
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
LIES = {**TOO_LARGE, **BROKEN}


def encoded(chunks: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def body(data: bytes) -> ChunkedBody:
    return ChunkedBody(io.BufferedReader(io.BytesIO(data)))


@given(chunks=st.lists(st.binary(min_size=1, max_size=50)), size=st.integers(1, 60))
def test_what_was_sent_is_read_in_pieces_of_any_size(chunks: list[bytes], size: int) -> None:
    stream, whole = body(encoded(chunks)), b"".join(chunks)
    pieces = []
    while piece := stream.read(size):
        pieces.append(piece)
    assert b"".join(pieces) == whole
    assert all(len(piece) == size for piece in pieces[:-1])
    assert body(encoded(chunks)).read() == whole


@pytest.mark.parametrize("data", BROKEN.values(), ids=list(BROKEN))
def test_a_broken_body_is_an_error_and_leaves_the_buffer_its_size(data: bytes) -> None:
    buffer = bytearray(100_000)
    with pytest.raises(BrokenBody):
        body(data).readinto(buffer)
    assert len(buffer) == 100_000


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=list(TOO_LARGE))
def test_a_giant_chunk_is_refused_before_it_is_read(data: bytes) -> None:
    source = io.BufferedReader(io.BytesIO(data))
    with pytest.raises(ChunkTooLarge):
        ChunkedBody(source).read(10)
    assert source.read() == b"abc"


def exchange(port: int, path: str, chunks: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


@contextmanager
def listening(app: Flask) -> Iterator[Listener]:
    listener = Listener(app, "127.0.0.1", 0)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield listener
    finally:
        listener.stop()
        thread.join(20)
        listener.close()


@pytest.mark.parametrize("data", LIES.values(), ids=list(LIES))
def test_the_server_never_claims_more_than_the_buffer_holds(data: bytes) -> None:
    """Older CPythons read past the end of the buffer then, and crash."""
    app = Flask("probe", static_folder=None)

    @app.post("/")
    def read() -> Response:
        buffer = bytearray(100_000)
        try:
            count = request.environ["wsgi.input"].readinto(buffer)
        except OSError:
            count = 0
        return jsonify(count=count, size=len(buffer))

    with listening(app) as listener:
        answer = exchange(listener.port, "/", data)
    assert answer.endswith(b'{"count":0,"size":100000}\n'), answer


@pytest.mark.parametrize("data", LIES.values(), ids=list(LIES))
def test_every_route_answers_a_lie_and_the_emulator_lives_on(data: bytes) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        rules = sorted(
            {rule.rule.translate(str.maketrans("<>", "xx")) for rule in server.app.url_map.iter_rules()}
        )
        assert len(rules) > 50
        for path in rules:
            answer = exchange(server.port, path + "?access_token=mock://wx1", data)
            assert 200 <= int(answer.split()[1]) < 500, (path, answer)
        assert requests.get(server.url + "/_emulator/health", timeout=10).status_code == 200


@pytest.mark.parametrize("data", LIES.values(), ids=list(LIES))
def test_the_recorder_answers_a_lie_and_sends_nothing_on(data: bytes, tmp_path: Path) -> None:
    recorder = Recorder(
        Recording(tmp_path / "kept"), KeyRing(tmp_path / "keys"), "new", "nowhere", ManualClock(1), print
    )
    with listening(create_proxy(recorder, None, Fetcher(), print)) as listener:
        answer = exchange(listener.port, "/cv/ocr/idcard?access_token=t", data)
    assert answer.split()[1] in (b"400", b"413"), answer
