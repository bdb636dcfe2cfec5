"""The server for containers and HTTP functions: forms, chunks, methods, pages, and who calls."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

import wxcloud
from wxcloud.http_function import MAX_BODY_BYTES, Server

CALLER = {
    "X-WX-SOURCE": "wx_client",
    "X-WX-OPENID": "o-1",
    "X-WX-APPID": "wx1",
    "X-WX-UNIONID": "u-1",
    "X-WX-FROM-OPENID": "o-2",
    "X-WX-ENV": "prod-1",
    "X-Original-Forwarded-For": "1.2.3.4, 10.0.0.1",
}
POLL_SECONDS = 0.01  # the server ends as late
FORGED = {"userInfo": {"openId": "o-forged", "appId": "wx-forged"}}


@wxcloud.function
def main(event: Any, context: Any) -> Any:
    return {"event": event, "who": wxcloud.get_wx_context()}


@pytest.fixture
def url() -> Iterator[str]:
    with Server(("127.0.0.1", 0), main) as server:
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join(10)


def raw(url: str, text: bytes) -> bytes:
    """Send what no client sends; return all that comes back."""
    host, _, port = url[len("http://") :].rstrip("/").partition(":")
    with closing(socket.create_connection((host, int(port)), timeout=10)) as line:
        line.sendall(text)
        received = b""
        while chunk := line.recv(65536):
            received += chunk
        return received


def test_a_form_with_a_picture_is_an_event(url: str) -> None:
    picture = b"\xff\xd8\xff\xe0" + bytes(range(256))
    reply = requests.post(
        url, data={"type": "photo"}, files={"img": ("a.jpg", picture, "image/jpeg")}, timeout=10
    )
    event = reply.json()["event"]
    assert event["type"] == "photo"
    assert event["img"]["contentType"] == "image/jpeg"
    assert base64.b64decode(event["img"]["value"]) == picture
    assert requests.post(url, data={"a": "你"}, timeout=10).json()["event"] == {"a": "你"}
    as_curl_does = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = requests.post(url, data=b' {"a": 1}', headers=as_curl_does, timeout=10)
    assert reply.json()["event"] == {"a": 1}


def test_a_body_in_chunks(url: str) -> None:
    pieces = [b'{"a":', b" [1,", b" 2]}"]
    assert requests.post(url, data=iter(pieces), timeout=10).json()["event"] == {"a": [1, 2]}
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(url, head + b'8;x=1\r\n{"a": 1}\r\n0\r\nX-After: 1\r\n\r\n')
    assert b'{"event": {"a": 1}' in answer
    for body in (b"zz\r\n", b"-1\r\n", b'4\r\n{"a"1\r\n', b"2\r\n{}x\r\n0\r\n\r\n", b"\r\n"):
        assert raw(url, head + body).startswith(b"HTTP/1.1 400 "), body
    too_large = f"{MAX_BODY_BYTES + 1:x}\r\n".encode()
    assert raw(url, head + too_large).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "X"])
def test_other_methods_are_405_in_json(url: str, method: str) -> None:
    reply = requests.request(method, url, timeout=10)
    assert reply.status_code == 405
    assert reply.headers["Allow"] == "GET, POST, OPTIONS"
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    if method == "HEAD":
        assert reply.content == b""
    else:
        assert reply.json() == {
            "errCode": -601002,
            "errMsg": "use POST with a JSON object or a form, or GET with a query",
        }


def test_what_is_no_http_is_refused_in_json(url: str) -> None:
    for text in (b"GET\r\n\r\n", b"GET / HTTP/9.x\r\n\r\n", b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n"):
        answer = raw(url, text)
        assert json.loads(answer[answer.index(b"{") :])["errCode"] == -601002, text[:20]


def test_pages(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Headers": "content-type"}
    plain = requests.options(url, headers=asked, timeout=10)
    assert (plain.status_code, plain.headers["Allow"], plain.content) == (204, "GET, POST, OPTIONS", b"")
    assert "Access-Control-Allow-Origin" not in plain.headers
    for allowed in ("https://b.example, https://a.example", "*"):
        monkeypatch.setenv("WXCLOUD_ALLOW_ORIGINS", allowed)
        headers = requests.options(url, headers=asked, timeout=10).headers
        assert headers["Access-Control-Allow-Origin"] == "https://a.example"
        assert headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
        assert headers["Access-Control-Allow-Headers"] == "content-type"
        assert requests.get(url, headers=asked, timeout=10).headers["Access-Control-Allow-Origin"]
    monkeypatch.setenv("WXCLOUD_ALLOW_ORIGINS", "https://b.example")
    assert "Access-Control-Allow-Origin" not in requests.get(url, headers=asked, timeout=10).headers
    assert "Access-Control-Allow-Origin" not in requests.get(url, timeout=10).headers


def ask_who(url: str, **headers: str) -> Any:
    return requests.post(url, json=FORGED, headers=headers, timeout=10).json()["who"]


def test_who_calls_in_a_container(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBR_ENV_ID", "prod-0")
    assert ask_who(url, **CALLER) == {
        "OPENID": "o-1",
        "APPID": "wx1",
        "UNIONID": "u-1",
        "FROM_OPENID": "o-2",
        "CLIENTIP": "1.2.3.4",
        "ENV": "prod-1",
        "SOURCE": "wx_client",
    }
    without = {name: value for name, value in CALLER.items() if name != "X-WX-SOURCE"}
    assert ask_who(url, **without) == {}, "without a source it does not come from WeChat"
    assert ask_who(url, **{"X-WX-SOURCE": "wx_client", "X-WX-OPENID": "o-1"})["ENV"] == "prod-0"


def test_elsewhere_nobody_is_believed(url: str) -> None:
    assert ask_who(url, **CALLER) == {}


def test_a_kept_connection(url: str) -> None:
    connection = http.client.HTTPConnection(url[len("http://") :].rstrip("/"), timeout=10)
    with closing(connection):
        for _ in range(2):
            connection.request("POST", "/", b"{}")
            assert json.loads(connection.getresponse().read())["event"] == {}
        connection.request("OPTIONS", "/")
        assert connection.getresponse().read() == b""
        connection.request("GET", "/?a=1")
        assert json.loads(connection.getresponse().read())["event"] == {"a": "1"}
