"""What a function returned as an answer of HTTP."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from cloudbase_ocr.cloudbase.http_reply import NotAReply, refusal_of, reply_of

PLAIN = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("result", "content_type", "body"),
    [
        ("hello 你好", PLAIN, "hello 你好"),
        (1.5, PLAIN, "1.5"),
        (True, PLAIN, "true"),
        (None, PLAIN, ""),
        ({"foo": "bar", "名": 1}, JSON, '{"foo":"bar","名":1}'),
        ([1, "a"], JSON, '[1,"a"]'),
        (
            {"code": 404, "body": "no integration response"},
            JSON,
            '{"code":404,"body":"no integration response"}',
        ),
    ],
)
def test_values(result: Any, content_type: str, body: str) -> None:
    reply = reply_of(result)
    assert (reply.status_code, reply.content_type, reply.get_data(as_text=True)) == (200, content_type, body)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("text/html", "text/html; charset=utf-8"),
        ("application/javascript", "application/javascript; charset=utf-8"),
        ("text/html; charset=gbk", "text/html; charset=gbk"),
        ("image/svg+xml", "image/svg+xml"),
    ],
)
def test_integration_response(given: str, sent: str) -> None:
    headers = {"content-type": given, "Set-Cookie": ["a=1", "b=2"], "X-Count": 3, "Content-Length": "9"}
    reply = reply_of({"statusCode": 201, "headers": headers, "body": "<h1>你好</h1>"})
    assert reply.status_code == 201
    assert reply.get_data(as_text=True) == "<h1>你好</h1>"
    assert reply.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert (reply.headers["X-Count"], reply.headers["Content-Type"]) == ("3", sent)
    assert reply.headers["Content-Length"] == str(len("<h1>你好</h1>".encode()))


def test_binary_redirect_and_object() -> None:
    picture = bytes(range(256))
    encoded = base64.b64encode(picture).decode()
    headers = {"content-type": "text/css"}
    reply = reply_of({"isBase64Encoded": True, "statusCode": "200", "headers": headers, "body": encoded})
    assert (reply.get_data(), reply.headers["Content-Type"]) == (picture, "text/css")
    moved = reply_of({"statusCode": 301, "headers": {"location": "https://example.com/"}})
    assert (moved.status_code, moved.headers["Location"], moved.get_data()) == (
        301,
        "https://example.com/",
        b"",
    )
    assert reply_of({"statusCode": 200, "body": {"a": 1}}).get_data() == b'{"a":1}'


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"statusCode": 99}, "statusCode must be a whole number from 200 to 599, not 99"),
        ({"statusCode": 101}, "not 101"),
        ({"statusCode": True}, "not True"),
        ({"statusCode": "20x"}, "not '20x'"),
        ({"statusCode": None}, "not None"),
        ({"statusCode": 200, "headers": "a: b"}, "headers must be an object"),
        ({"statusCode": 200, "headers": {"a b": "c"}}, "headers: 'a b'"),
        ({"statusCode": 200, "headers": {"a": "b\r\nc: d"}}, "headers: 'a'"),
        ({"statusCode": 200, "headers": {"a": "你好"}}, "ASCII"),
        ({"statusCode": 200, "headers": {"a": {"b": 1}}}, "headers: 'a'"),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "%%"}, "body is no base64"),
        ({"statusCode": 200, "isBase64Encoded": True, "body": {}}, "body is no base64"),
        ({"statusCode": 200, "isBase64Encoded": True, "body": 1}, "body is no base64"),
    ],
)
def test_a_mistake_in_an_integration_response(result: dict[str, Any], says: str) -> None:
    with pytest.raises(NotAReply) as caught:
        reply_of(result)
    assert says in str(caught.value)


def test_refusals() -> None:
    reply = refusal_of("INVALID_PATH", "Invalid path", "r-1")
    assert reply.status_code == 404
    assert reply.headers["X-Request-Id"] == "r-1"
    assert reply.json == {
        "code": "INVALID_PATH",
        "message": "Invalid path. For more information, please refer to "
        "https://docs.cloudbase.net/error-code/service/INVALID_PATH",
        "requestId": "r-1",
    }
    assert refusal_of("ANY_OTHER", "x.", "r-1").status_code == 500
