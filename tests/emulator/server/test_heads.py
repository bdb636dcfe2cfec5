"""Heads of requests: HTTP as RFC 9112 has it, and what is none."""

from __future__ import annotations

import logging
from contextlib import suppress

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from cloudbase_ocr.server import Bounds, running
from cloudbase_ocr.server.heads import Gone, Head, NotHTTP
from cloudbase_ocr.settings import Settings
from tests.emulator.server.raw import exchange, listening, post, probe

PLAIN = Settings(port=0, recognizer=False)
MOST = 4096
GOOD = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
HTTP = {
    "an empty line in front": b"\r\n" + GOOD,
    "three empty lines in front": b"\r\n\r\n\n" + GOOD,
    "lines that end with LF": GOOD.replace(b"\r\n", b"\n"),
    "HTTP/1.0 without a host": b"GET /a?b=c HTTP/1.0\r\n\r\n",
    "the same length twice": GOOD.replace(b"Content-Length: 3", b"Content-Length: 3\r\nContent-Length: 3"),
}
NOT_HTTP = {
    "line noise": b"\x00\xff\xfe\x80garbage\r\n\r\n",
    "no version": b"GET /a\r\n\r\n",
    "a version of the future": b"POST /a HTTP/9.9\r\nHost: x\r\n\r\n",
    "more than a version": b"POST /a HTTP/1.1 x\r\nHost: x\r\n\r\n",
    "a version that is none": b"POST /a HTTP/x\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two different lengths": GOOD.replace(b"Content-Length: 3", b"Content-Length: 3\r\nContent-Length: 4"),
    "a length that is none": GOOD.replace(b"Length: 3", b"Length: many"),
    "a negative length": GOOD.replace(b"Length: 3", b"Length: -3"),
    "a transfer coding that is not exactly chunked": GOOD.replace(
        b"Content-Length: 3", b"Transfer-Encoding: xchunked"
    ),
    "chunked with a quality": GOOD.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked;q=1"),
    "chunked, and something else": GOOD.replace(b"Content-Length: 3", b"Transfer-Encoding: gzip, chunked"),
    "no host": b"GET /a HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "a space before the colon": b"GET /a HTTP/1.1\r\nHost : x\r\n\r\n",
    "NUL in a header": b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
    "a first line without end": b"POST /" + b"a" * MOST,
    "headers without end": b"POST / HTTP/1.1\r\nX: " + b"a" * MOST,
    "half a first line": b"POST /a",
    "half the headers": b"POST /a HTTP/1.1\r\nHos",
}
REFUSED = {
    **NOT_HTTP,
    "a request for a proxy": b"CONNECT api.weixin.qq.com:443 HTTP/1.1\r\nHost: api.weixin.qq.com:443\r\n\r\n",
}
"""What a server that is no proxy answers as it answers bytes that are no request."""
AS_SENT = {
    "UTF-8": (
        "/cv/ocr/idcard?img_url=http://x/图.jpg".encode(),
        "/cv/ocr/idcard",
        "img_url=http://x/%E5%9B%BE.jpg",
    ),
    "absolute": (b"http://api.weixin.qq.com/cgi-bin/token?a=b", "/cgi-bin/token", "a=b"),
    "absolute, and broken": (b"http://[x/a?b=c", "/http://[x/a", "b=c"),
    "two slashes": (b"//cv/ocr/idcard?a=b", "//cv/ocr/idcard", "a=b"),
    "a fragment": (b"/a?b=c#d", "/a", "b=c"),
}


def take(data: bytes, size: int) -> object:
    head = Head(MOST)
    for start in range(0, len(data), size):
        request = head.take(data[start : start + size])
        if request is not None:
            return request
    return head.take(b"")


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("data", HTTP.values(), ids=list(HTTP))
def test_a_request_is_taken_in_pieces_of_any_size(data: bytes, size: int) -> None:
    request = take(data, size)
    assert getattr(request, "target", None) == b"/a?b=c"


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("data", NOT_HTTP.values(), ids=list(NOT_HTTP))
def test_what_is_no_request_is_told(data: bytes, size: int) -> None:
    with pytest.raises(NotHTTP) as caught:
        take(data, size)
    assert 400 <= caught.value.status < 500


@given(st.binary(max_size=200), st.integers(1, 50))
def test_no_bytes_break_it(data: bytes, size: int) -> None:
    with suppress(Gone, NotHTTP):
        take(data, size)


@pytest.mark.parametrize("data", REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_request_gets_one_answer_and_one_line(
    data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(probe(lambda: "read"), Bounds(head_bytes=MOST)) as listener:
        answer = exchange(listener.port, data)
        assert requests.get(listener.url, timeout=10).text == "ok"
    assert 400 <= int(answer.split()[1]) < 500
    assert answer.endswith(b'{"errcode":40097,"errmsg":"invalid args"}')
    assert b"html" not in answer
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 1
    assert "garbage" not in caplog.text
    assert "Traceback" not in caplog.text


def test_who_says_nothing_gets_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with listening(probe(lambda: "read")) as listener:
        assert exchange(listener.port, b"") == b""
        assert exchange(listener.port, b"\r\n") == b""
    assert not caplog.records


@pytest.mark.parametrize(("sent", "path", "query"), AS_SENT.values(), ids=list(AS_SENT))
def test_a_target_reaches_the_application_as_it_was_sent(sent: bytes, path: str, query: str) -> None:
    seen = {}

    def app(environ: dict[str, str], start_response: object) -> list[bytes]:
        seen.update(environ)
        start_response("200 OK", [])  # type: ignore[operator]  # WSGI's
        return []

    with listening(app) as listener:
        exchange(
            listener.port, b"GET " + sent + b" HTTP/1.1\r\nHost: x\r\nA_B: hidden\r\nA-B: 1\r\nA-B: 2\r\n\r\n"
        )
    assert (seen["PATH_INFO"], seen["QUERY_STRING"]) == (path, query)
    assert seen["HTTP_A_B"] == "1,2"
    assert seen["HTTP_HOST"] == ("api.weixin.qq.com" if sent.startswith(b"http://api") else "x")


def test_a_dead_header_is_no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with running(PLAIN) as server:
        exchange(server.port, b"GET /cgi-bin/token?secret=verysecret HTTP/1.1\r\nX y: verysecret\r\n\r\n")
        exchange(server.port, post("/x", b"", b"Content-Length: verysecret"))
    assert "verysecret" not in caplog.text
