"""Errors teach: the log names the mistake, one line per call, and never holds anything secret."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import requests

from cloudbase_ocr.core.calls import LOGGER_NAME, Call
from cloudbase_ocr.server import Server

Post = Callable[..., dict[str, Any]]
Serve = Callable[..., Server]

FORM = "application/x-www-form-urlencoded"
AS_JSON = b'{"img_url":"http://a/b.jpg"}'
PART = b'--b\r\nContent-Disposition: form-data; name="img"%s\r\n\r\nDATA\r\n--b--\r\n'


def multipart(extra: bytes = b"", boundary: str = "b") -> dict[str, Any]:
    """Return a body whose part img has `extra` behind its name."""
    return {"data": PART % extra, "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"}}


def under(content_type: str | None, data: bytes, **headers: str) -> dict[str, Any]:
    """Return a body under a content type, None: without the header."""
    named = {} if content_type is None else {"Content-Type": content_type}
    return {"data": data, "headers": {**named, **headers}}


def disposed(disposition: bytes, kind: str = "form-data") -> dict[str, Any]:
    """Return a body with one part of this Content-Disposition."""
    body = b"--b\r\nContent-Disposition: " + disposition + b"\r\n\r\nDATA\r\n--b--\r\n"
    return under(f"multipart/{kind}; boundary=b", body)


FILE = b'form-data; name="img"; filename="a.jpg"'
GZIP = {"Content-Encoding": "gzip"}


@pytest.mark.parametrize(("request_", "code", "lesson"), [
    ({"img_url": "cloud://env.bucket/a.jpg"}, 101000, "cloud:// file ID"),
    ({"img_url": "https%3A%2F%2Fexample.com%2Fa.jpg"}, 101000, "percent-encoded twice"),
    ({"img_url": "http://127.0.0.1:1/%25E8.jpg"}, 101000, "percent-encoded twice"),
    ({"img_url": "data:image/png;base64,AAAA"}, 101000, "base64"),
    ({"img_url": "A" * 300}, 101000, "base64"),
    ({"img_url": "wxfile://tmp_1.jpg"}, 101000, "temporary path"),
    ({"img_url": "http://tmp/a.jpg"}, 101000, "temporary path"),
    ({"img_url": "/home/me/a.jpg"}, 101000, "path on your machine"),
    ({"img_url": "C:\\a.jpg"}, 101000, "path on your machine"),
    ({"img_url": "ftp://a/b.jpg"}, 101000, "http:// or https://"),
    ({"img_url": "http://10.0.0.1/a.jpg"}, 101000, "--allow-host"),
    ({"img_url": "mock://idcart"}, 101000, "there are mock://<idcard, bankcard"),
    ({"img_url": "mock://idcard/side"}, 101000, "mock://idcard/front"),
    ({"json": {"img_url": "http://a/b.jpg"}}, 41005, "in a JSON body"),
    ({"json": {"imgBase64": "AAAA"}}, 41005, "'imgBase64'"),
    ({"json": {"x": 1}}, 41005, "the body is JSON"),
    ({"params": {"imgUrl": "http://a/b.jpg"}}, 41005, "'imgUrl'"),
    ({"data": {"image_base64": "AAAA"}}, 41005, "'image_base64'"),
    ({"data": b"\xff\xd8", "headers": {"Content-Type": "image/jpeg"}}, 41005, "bare picture"),
    (multipart(), 41005, "no filename"),
    (multipart(b'; filename="a.jpg"', '"b"'), 101002, "in quotes"),
    (multipart(b'; filename="a.jpg"', "c"), 41005, "does not occur"),
    ({"data": PART[:40], "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 41005, "cut off"),
    ({"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 41005, "names no boundary"),
    ({"files": {"photo": ("a.jpg", b"DATA")}}, 101002, "not called img"),
    ({"files": {"img": ("a.jpg", b"DATA")}, "img_url": "mock://idcard"}, 101002, "img was used"),
    ({"data": {"img_url": "mock://bankcard"}}, 0, "urlencoded body"),
    ({"files": {"img_url": (None, "mock://bankcard")}}, 41005, "text field of the multipart form"),
    (under(FORM, AS_JSON), 41005, "in a JSON body, under Content-Type: application/x-www-form-urlencoded"),
    (under("text/plain", AS_JSON), 41005, "in a JSON body, under Content-Type: text/plain"),
    (under(None, AS_JSON), 41005, "in a JSON body, under no Content-Type"),
    (under("text/plain", b"img_url=mock://bankcard"), 41005, "img_url=.. under Content-Type: text/plain"),
    (under(None, b"img_url=mock://bankcard"), 41005, "img_url=.. under no Content-Type"),
    (under("application/json", b"img_url=mock://bankcard"), 41005, "img_url=.. under Content-Type: application/json"),
    (under(FORM, b"\x1f\x8b\x08DATA", **GZIP), 41005, "under Content-Encoding: gzip"),
    (under("multipart/form-data; boundary=b", b"\x1f\x8b\x08DATA", **GZIP), 41005, "under Content-Encoding: gzip"),
    (under("application/json", b"\x1f\x8b\x08DATA", **GZIP), 41005, "under Content-Encoding: gzip"),
    (under("text/plain", b"DATA"), 41005, "holds no picture that is looked for"),
    (under(FORM, b"type=photo"), 41005, "holds no picture that is looked for"),
    ({"files": {"type": (None, "photo")}}, 41005, "holds no picture that is looked for"),
    ({"files": {"img": ("a.jpg", b"")}}, 41005, "holds no picture that is looked for"),
    ({"files": {"imgs[]": ("a.jpg", b"DATA")}}, 101002, "Call the part img"),
    (disposed(FILE.replace(b"; ", b";\r\n ")), 41005, "a header of a part goes on in the next line"),
    (disposed(b"form-data; name=\"img\"; filename*=utf-8''%E8%BA%AB.jpg"), 41005, "by filename*= alone"),
    (disposed(FILE.replace(b"form-data", b"attachment")), 101002, "another Content-Disposition than form-data"),
    (disposed(FILE.replace(b'"', b"'")), 101002, "in single quotes"),
    (disposed(FILE.replace(b'"', b"")), 101002, "are not in quotes"),
    (disposed(FILE, "mixed"), 101002, "the body is multipart/mixed"),
    ({**under("multipart/form-data", b""), "img_url": "mock://bankcard"}, 0, "img_url of the query was used"),
    ({"img_url": "mock://idcard"}, 101001, "is no bank card"),
])  # fmt: skip
def test_the_log_names_the_mistake(
    live: Server,
    ocr: Post,
    caplog: pytest.LogCaptureFixture,
    request_: dict[str, Any],
    code: int,
    lesson: str,
) -> None:
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        assert ocr(live, "bankcard", **request_)["errcode"] == code
    line, *hints = [record.getMessage() for record in caplog.records if record.name == LOGGER_NAME]
    assert line.startswith("POST /cv/ocr/bankcard appid=wxtest")
    assert f"errcode={code} " in line
    assert any(lesson in hint for hint in hints), hints


def test_a_body_in_which_nothing_is_found_leaves_one_sentence(live: Server, ocr: Post) -> None:
    calls: list[Call] = []
    live.emulator.log.listeners.append(calls.append)
    unread = [
        {"files": {"img_url": (None, "mock://bankcard")}},
        under(FORM, AS_JSON),
        under("text/plain", b"img_url=mock://bankcard"),
        under(FORM, b"\x1f\x8b\x08DATA", **GZIP),
        disposed(FILE.replace(b"; ", b";\r\n ")),
        under(None, b"DATA"),
        under("multipart/form-data; boundary=c", PART),
        {"files": {"data": (None, "AAAA")}},
    ]
    for request in unread:
        assert ocr(live, "bankcard", **request)["errcode"] == 41005
    live.emulator.log.listeners.remove(calls.append)
    assert [len(call.notes) for call in calls] == [1] * len(unread)


def test_json_interfaces_name_a_compressed_body(live: Server, caplog: pytest.LogCaptureFixture) -> None:
    query = {"access_token": "mock://wx1"}
    for path in ("/cgi-bin/stable_token", "/cgi-bin/openapi/quota/get"):
        caplog.clear()
        with caplog.at_level(logging.INFO, LOGGER_NAME):
            reply = requests.post(live.url + path, params=query, data=b"\x1f\x8b", headers=GZIP, timeout=10)
        assert reply.json()["errcode"] == 47001
        assert "Content-Encoding: gzip, which WeChat is not known to undo" in caplog.text


def test_what_cannot_be_read_yet_says_so(
    live: Server, ocr: Post, caplog: pytest.LogCaptureFixture, png: Callable[..., bytes]
) -> None:
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        ocr(live, "driving", files={"img": ("a.png", png(2, 2))})
    assert "driving is answered from fixtures only" in caplog.text
    assert "mock://vehicleLicense" in caplog.text


def test_the_log_holds_no_secret(live: Server, caplog: pytest.LogCaptureFixture) -> None:
    secret, address = "SECRETSECRET", "PERSONALDATA"
    account = {"grant_type": "client_credential", "appid": "wx1", "secret": secret}
    with caplog.at_level(logging.DEBUG):
        token = requests.get(live.url + "/cgi-bin/token", params=account, timeout=10).json()["access_token"]
        requests.post(live.url + "/cgi-bin/stable_token", json=account, timeout=10)
        for query in (
            {"access_token": token},
            {"access_token": token + "x"},
            {"cloudbase_access_token": token},
        ):
            requests.post(live.url + "/cv/ocr/idcard", params={**query, "img_url": f"/{address}"}, timeout=10)
            requests.post(live.url + "/cv/ocr/idcard", params=query, data={"imgBase64": address}, timeout=10)
        requests.post(live.url + "/cv/ocr/idcard", params={"access_token": token, "img_url": "mock://idcard"},
                      timeout=10)  # fmt: skip
        requests.get(live.url + "/cgi-bin/token", params={**account, "secret": "mock://40125"}, timeout=10)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name == LOGGER_NAME)
    assert ours.count("\n") > 8
    for word in (secret, token, address, "张三", "123456789012345678"):
        assert word not in ours


def test_no_caller_can_forge_a_line(live: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        requests.post(live.url + "/cv/ocr/%0AINFO%20forged%1b[31m", timeout=10)
        requests.post(
            live.url + "/cv/ocr/idcard",
            params={"access_token": "mock://wx\nforged", "a\nimg": "x"},
            timeout=10,
        )
    assert all(
        "\n" not in record.getMessage() and "\x1b" not in record.getMessage() for record in caplog.records
    )


def test_listeners_get_every_call_with_its_source(serve: Serve, ocr: Post) -> None:
    server = serve()
    calls: list[Call] = []
    server.emulator.log.listeners.append(calls.append)
    ocr(server, "idcard", img_url="mock://idcard")
    ocr(server, "idcard", img_url="mock://101001")
    assert [(call.code, call.answered_by, bool(call.rid)) for call in calls] == [
        (0, "fixture idcard/front", False),
        (101001, "", True),
    ]
    assert all(call.seconds >= 0 and call.path == "/cv/ocr/idcard" for call in calls)


def test_hints_can_be_switched_off(serve: Serve, ocr: Post) -> None:
    assert ocr(serve(hints=False), "idcard", img_url="mock://101001")["errmsg"] == "certificate not found"


def test_failures_kept_for_rid_are_bounded(serve: Serve) -> None:
    log = serve().emulator.log
    for number in range(1100):
        log.record(Call("POST", "/x", 0.0, rid=f"r{number}"))
    assert log.failure("r99") is None
    assert log.failure("r100") is not None
    log.reset()
    assert log.failure("r100") is None
