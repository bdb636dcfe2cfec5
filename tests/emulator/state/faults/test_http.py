"""Every fault over HTTP, met by a client over a real socket."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.calls import Call
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.emulator import emulator_of
from tests.emulator.control.ocr_client import ask, codes, upload
from wxcloud.contract import ERRORS


@pytest.mark.parametrize("errcode", [code for code in ERRORS if code])
def test_any_errcode_has_its_own_text(server: Server, control: Control, appid: str, errcode: int) -> None:
    control.fault(method="ocr.idcard", appid=appid, errcode=errcode, times=1)
    failed, then = upload(server, appid).json(), ask(server, appid).json()
    assert failed["errcode"] == errcode
    expected = "invalid ip 127.0.0.1" if errcode == 40164 else ERRORS[errcode].observed
    assert failed["errmsg"].startswith(expected)
    assert " rid: " in failed["errmsg"]
    assert then["errcode"] == 0


def test_an_errcode_outside_the_contract_needs_a_text(server: Server, control: Control, appid: str) -> None:
    control.fault(appid=appid, errcode=61004, errmsg="access clientip is not registered")
    assert ask(server, appid).json()["errmsg"].startswith("access clientip is not registered hint: [")


def test_latency_with_jitter(server: Server, control: Control, appid: str) -> None:
    rule = control.fault("latency", appid=appid, ms=150, jitter_ms=100, seed=1)
    started = time.monotonic()
    assert ask(server, appid).json()["errcode"] == 0
    assert time.monotonic() - started >= 0.05
    control.faults.remove(rule.id)
    control.fault("latency", appid=appid, ms=300)
    started = time.monotonic()
    ask(server, appid)
    assert time.monotonic() - started >= 0.3


def test_latency_ends_when_the_clock_is_advanced(server: Server, control: Control, appid: str) -> None:
    rule = control.fault("latency", appid=appid, ms=60_000)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, server, appid)
        _wait_for_a_hit(control, rule.id)
        control.clock.advance(minutes=2)
        assert answer.result(10).json()["errcode"] == 0


def test_timeout_holds_the_connection_until_the_client_gives_up(
    server: Server, control: Control, appid: str
) -> None:
    control.fault("timeout", appid=appid)
    with pytest.raises(requests.ReadTimeout):
        upload(server, appid, timeout=0.3)
    _wait_until(lambda: not _held())


def test_timeout_ends_after_ms_and_when_the_fault_is_removed(
    server: Server, control: Control, appid: str
) -> None:
    control.fault("timeout", appid=appid, ms=100, times=1)
    with pytest.raises(requests.ConnectionError, match="closed connection without response"):
        ask(server, appid)
    rule = control.fault("timeout", appid=appid)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, server, appid)
        _wait_for_a_hit(control, rule.id)
        control.faults.remove(rule.id)
        with pytest.raises(requests.ConnectionError):
            answer.result(10)


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_reset_is_a_tcp_reset(server: Server, control: Control, appid: str, size: int) -> None:
    control.fault("reset", appid=appid)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        _send(connection, appid, size)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_empty_closes_without_a_byte(server: Server, control: Control, appid: str, size: int) -> None:
    control.fault("empty", appid=appid)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        _send(connection, appid, size)
        assert connection.recv(1) == b""


def test_dropped_connections_leave_the_server_quiet_and_alive(
    server: Server, control: Control, appid: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for kind in ("reset", "empty"):
        control.fault(kind, appid=appid, times=1)
        with pytest.raises(requests.ConnectionError):
            upload(server, appid)
    assert ask(server, appid).json()["errcode"] == 0
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("option", [None, 7, 0])
def test_truncated_ends_before_its_announced_length(
    server: Server, control: Control, appid: str, option: int | None
) -> None:
    whole = len(ask(server, appid).content)
    control.fault("truncated", appid=appid, bytes=option)
    with pytest.raises(requests.exceptions.ChunkedEncodingError) as caught:
        ask(server, appid)
    arrived = whole // 2 if option is None else option
    assert f"{arrived} bytes read, {whole - arrived} more expected" in str(caught.value)


def test_garbage_is_no_json_under_its_content_type(server: Server, control: Control, appid: str) -> None:
    control.fault("garbage", appid=appid, seed=3)
    first, second = ask(server, appid), ask(server, appid)
    assert first.headers["Content-Type"] == "application/json; encoding=utf-8"
    assert first.content != second.content
    with pytest.raises(ValueError, match="can't decode"):
        json.loads(first.content)


@pytest.mark.parametrize(("status", "title"), [(412, "412 Precondition Failed"), (502, "502 Bad Gateway")])
def test_html_with_a_status(server: Server, control: Control, appid: str, status: int, title: str) -> None:
    control.fault("html", appid=appid, status=status)
    answer = ask(server, appid)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert f"<h1>{title}</h1>" in answer.text


def test_html_is_a_bad_gateway_by_default(server: Server, control: Control, appid: str) -> None:
    control.fault("html", appid=appid)
    assert ask(server, appid).status_code == 502


def test_drip_sends_the_whole_answer_in_pieces(server: Server, control: Control, appid: str) -> None:
    control.fault("drip", appid=appid, ms=400)
    with ask(server, appid, stream=True) as answer:
        arrivals = [time.monotonic() for _ in answer.iter_content(1)]
        assert len(arrivals) == int(answer.headers["Content-Length"])
    assert arrivals[-1] - arrivals[0] >= 0.3
    assert sum(later - earlier > 0.005 for earlier, later in itertools.pairwise(arrivals)) >= 10


def test_wrong_content_type(server: Server, control: Control, appid: str) -> None:
    control.fault("content_type", appid=appid, times=1)
    control.fault("content_type", appid=appid, times=1, nth=[2], content_type="text/plain")
    answers = [ask(server, appid) for _ in range(3)]
    types = [answer.headers["Content-Type"] for answer in answers]
    assert types == ["text/html", "text/plain", "application/json; encoding=utf-8"]
    assert {answer.json()["errcode"] for answer in answers} == {0}


def test_errcode_as_string_in_successes_and_failures(server: Server, control: Control, appid: str) -> None:
    control.fault("errcode_as_string", appid=appid)
    assert ask(server, appid).json()["errcode"] == "0"
    assert ask(server, appid, url="mock://101001").json()["errcode"] == "101001"
    assert ask(server, appid).json()["name"] == "张三"


def test_faults_combine(server: Server, control: Control, appid: str) -> None:
    control.fault("latency", appid=appid, ms=200)
    control.fault("errcode_as_string", appid=appid)
    control.fault(appid=appid, errcode=-1)
    started = time.monotonic()
    assert ask(server, appid).json()["errcode"] == "-1"
    assert time.monotonic() - started >= 0.2


def test_ends_take_their_turns(server: Server, control: Control, appid: str) -> None:
    control.fault(appid=appid, errcode=-1, times=2)
    control.fault(appid=appid, errcode=40001, times=1)
    control.fault(appid=appid, errcode=42001, nth=[5])
    assert codes(server, appid, 6) == [-1, -1, 40001, 0, 42001, 0]


@pytest.mark.parametrize("fetch", ["/cgi-bin/token", "/cgi-bin/stable_token"])
def test_token_calls_are_met_by_account(server: Server, control: Control, appid: str, fetch: str) -> None:
    control.fault(method="/cgi-bin/*token", appid=appid, errcode=-1)
    account = {"grant_type": "client_credential", "secret": "s"}

    def token_of(name: str) -> dict[str, object]:
        fields = {**account, "appid": name}
        if fetch.endswith("stable_token"):
            found = requests.post(server.url + fetch, json=fields, timeout=10)
        else:
            found = requests.get(server.url + fetch, params=fields, timeout=10)
        answer: dict[str, object] = found.json()
        return answer

    assert token_of(appid)["errcode"] == -1
    assert "access_token" in token_of(appid + "-other")


def test_real_tokens_tell_the_account(server: Server, control: Control, appid: str) -> None:
    token = server.emulator.tokens.issue(appid).access_token
    control.fault(appid=appid, errcode=45009)
    control.tokens.expire(appid)
    query = {"access_token": token, "img_url": "mock://idcard"}
    answer = requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10).json()
    assert answer["errcode"] == 45009


def test_methods_are_met_by_every_name(server: Server, control: Control, appid: str) -> None:
    for name in ("ocr.vehicleLicense", "drivingLicense", "driving", "/cv/ocr/driving", "/cv/*/driving"):
        control.fault(method=name, appid=appid, errcode=-1)
        assert ask(server, appid, method="driving").json()["errcode"] == -1
        assert ask(server, appid).json()["errcode"] == 0
        control.faults.clear(appid)
    control.fault(method="img.aiCrop", appid=appid, errcode=-1)
    path = f"{server.url}/cv/img/aicrop?access_token=mock://{appid}&img_url=mock://idcard"
    assert requests.post(path, timeout=10).json()["errcode"] == -1


def test_storage_interfaces_and_the_object_store(server: Server, control: Control, appid: str) -> None:
    file_id = server.emulator.files.put("local-ocr", f"{appid}.jpg", b"x" * 100)
    body = {"env": "local-ocr", "file_list": [{"fileid": file_id}]}
    path = f"{server.url}/tcb/batchdownloadfile?access_token=mock://{appid}"
    url = requests.post(path, json=body, timeout=10).json()["file_list"][0]["download_url"]

    control.fault(surface="storage", errcode=-1)
    assert requests.post(path, json=body, timeout=10).json()["errcode"] == -1
    assert requests.get(url, timeout=10).content == b"x" * 100
    assert ask(server, appid).json()["errcode"] == 0
    control.faults.clear()

    control.fault("cos_error", times=1)
    failed = requests.get(url, timeout=10)
    assert (failed.status_code, failed.headers["Content-Type"]) == (503, "application/xml")
    assert "<Code>SlowDown</Code>" in failed.text
    control.fault("cos_error", status=404, code="NoSuchKey", times=1)
    assert requests.get(url, timeout=10).status_code == 404
    assert requests.post(path, json=body, timeout=10).json()["errcode"] == 0
    control.fault("truncated", method="/_cos/*", bytes=3, times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="3 bytes read, 97 more"):
        requests.get(url, timeout=10)


@pytest.mark.parametrize("kind", ["cos_error", "reset", "truncated", "html"])
def test_a_picture_that_cannot_be_downloaded_is_101000(
    server: Server, control: Control, appid: str, kind: str
) -> None:
    file_id = server.emulator.files.put("local-ocr", f"{appid}.jpg", b"no picture")
    url = server.emulator.files.download_url(server.url, file_id, 600)
    control.fault(kind, method="/_cos/*", times=1)
    assert codes(server, appid, 2, url=url) == [101000, 101002]


def test_the_log_names_the_fault(server: Server, control: Control, appid: str) -> None:
    calls: list[Call] = []
    server.emulator.log.listeners.append(calls.append)
    try:
        rule = control.fault("latency", appid=appid, ms=1)
        ending = control.fault("empty", appid=appid, nth=[2])
        ask(server, appid)
        with pytest.raises(requests.ConnectionError):
            ask(server, appid)
    finally:
        server.emulator.log.listeners.remove(calls.append)
    assert [call.appid for call in calls] == [appid, appid]
    assert calls[0].answered_by == f"fixture idcard/front, fault {rule.id} latency"
    assert calls[1].answered_by == f"fault {rule.id} latency, {ending.id} empty"
    assert calls[1].status == 444


@pytest.mark.parametrize(
    ("kind", "error"),
    [("reset", ConnectionResetError), ("empty", ConnectionResetError), ("timeout", TimeoutError)],
)
def test_a_wsgi_client_gets_what_a_socket_would_have_given(kind: str, error: type[Exception]) -> None:
    app = create_app(Settings(recognizer=False))
    control = Control(emulator_of(app))
    control.fault(kind)
    client = app.test_client()
    with pytest.raises(error):
        client.post("/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard")
    control.reset()
    assert client.post("/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard").json["errcode"] == 0  # type: ignore[index]  # it is an object
    control.fault("truncated", bytes=2)
    assert client.post("/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard").data == b'{"'
    emulator_of(app).close()


def _send(connection: socket.socket, appid: str, size: int) -> None:
    head = (
        f"POST /cv/ocr/idcard?access_token=mock://{appid} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {size}\r\n\r\n"
    )
    connection.sendall(head.encode() + b"x" * size)


def _held() -> bool:
    return any("process_request_thread" in thread.name for thread in threading.enumerate())


def _wait_for_a_hit(control: Control, identifier: str) -> None:
    _wait_until(lambda: any(f.id == identifier and f.hits for f in control.faults.list().faults))


def _wait_until(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        threading.Event().wait(0.01)


def test_chunked_bodies_are_drained_too(server: Server, control: Control, appid: str) -> None:
    control.fault("empty", appid=appid)
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    body = iter([b"x" * 100_000] * 5)
    connection.request("POST", f"/cv/ocr/idcard?access_token=mock://{appid}", body, encode_chunked=True)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
