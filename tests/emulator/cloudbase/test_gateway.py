"""``POST /v1/functions/<name>``: the body is the event, the answer is the result."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable

import pytest
import requests

from cloudbase_ocr.server import Server

Post = Callable[..., requests.Response]
URL = "/v1/functions/"


def test_result_is_the_body(post: Post) -> None:
    reply = post(
        URL + "echo", json={"名": "值", "n": [1, None]}, headers={"Authorization": "Bearer anything"}
    )
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert reply.text == '{"名": "值", "n": [1, null]}'
    assert reply.headers["X-Request-Id"]


def test_no_body_is_an_empty_event(post: Post) -> None:
    assert post(URL + "echo").json() == {}


def test_chunked_body(post: Post) -> None:
    assert post(URL + "echo", data=iter([b'{"a"', b": 1}"])).json() == {"a": 1}


def test_there_is_no_wechat_identity(post: Post) -> None:
    got = post(URL + "whoami", json={}).json()
    assert (got["userInfo"], got["WX_OPENID"], got["SCF_NAMESPACE"]) == (None, None, "env-1")
    assert got["WXCLOUD_API_BASE"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("absent", "FUNCTION_NOT_FOUND", "FunctionName parameter could not be found."),
        ("a/b/c", "FUNCTION_NOT_FOUND", "FunctionName parameter could not be found."),
        ("%2e%2e%2fecho", "FUNCTION_NOT_FOUND", "FunctionName parameter could not be found."),
        ("echo%00", "FUNCTION_NOT_FOUND", "FunctionName parameter could not be found."),
        ("%ff", "FUNCTION_NOT_FOUND", "FunctionName parameter could not be found."),
        ("函数", "FUNCTION_NOT_FOUND", "FunctionName parameter could not be found."),
        ("fails", "FUNCTION_INVOCATION_FAILED", "KeyError: 'data'"),
        ("exits", "FUNCTION_INVOCATION_FAILED", "User process exit when running"),
        ("broken", "FUNCTION_INVOCATION_FAILED", "SyntaxError"),
        ("large", "FUNCTION_INVOCATION_FAILED", "exceeds the upper limit (6MB)"),
        ("slow", "FUNCTION_TIME_LIMIT_EXCEEDED", "Invoking task timed out after 1 seconds"),
        ("hog", "FUNCTION_MEMORY_LIMIT_EXCEEDED", "Task memory exceeded 64 MB"),
        ("php", "FUNCTION_STATUS_ABNORMAL", "PHP"),
    ],
)
def test_errors(post: Post, name: str, code: str, message: str) -> None:
    reply = post(URL + name, json={})
    assert reply.status_code == 400
    body = reply.json()
    assert list(body) == ["code", "message", "requestId"]
    assert body["code"] == code
    assert message in body["message"]
    assert body["requestId"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1]",
        b'"text"',
        b"null",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b"\0",
        b'{"a": "' + b"x" * 6 * 1024 * 1024 + b'"}',
        b" " * 11 * 1024 * 1024,
    ],
    ids=range(13),
)
def test_bodies_that_are_no_event(post: Post, body: bytes) -> None:
    reply = post(URL + "echo", data=body)
    assert reply.status_code == 400
    assert reply.json()["code"] == "FUNCTION_PARAM_INVALID"


def test_web_functions_are_refused(post: Post) -> None:
    reply = post(URL + "echo?webfn=true", json={})
    assert reply.json()["code"] == "FUNCTION_PARAM_INVALID"


@pytest.mark.parametrize("path", ["../echo", "echo/../echo", "./echo", "echo/"])
def test_paths_that_clients_would_tidy_up(server: Server, path: str) -> None:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    try:
        connection.putrequest("POST", URL + path)
        connection.putheader("Content-Length", "2")
        connection.endheaders(b"{}")
        reply = connection.getresponse()
        assert (reply.status, json.loads(reply.read())["code"]) == (400, "FUNCTION_NOT_FOUND")
    finally:
        connection.close()


def test_body_that_ends_early(server: Server, post: Post) -> None:
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        connection.sendall(
            b"POST /v1/functions/echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"
        )
        connection.shutdown(socket.SHUT_WR)
        reply = connection.recv(65536)
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert post(URL + "echo", json={}).json() == {}
