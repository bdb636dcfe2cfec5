"""What is tried again, how long it pauses, and that the deadline holds whatever the other side does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug import Response

from tests.quick import quick
from tests.wxcloud.upstream_server import Upstream
from wxcloud import Cloud, CloudSDKError, ServiceError
from wxcloud.client import MAX_REPLY_BYTES
from wxcloud.context import safety_margin
from wxcloud.deadline import Clock

CARD = {"imgUrl": "https://example.com/card.jpg"}
OK = {"errcode": 0, "errmsg": "ok"}
BUSY = {"errcode": -1, "errmsg": "system error hint: [x] rid: 5fb24c10-1-1"}
OCR = "/cv/ocr/idcard"


class Timer:
    """Time that only sleeping moves, and a fixed throw of the dice."""

    def __init__(self, dice: float = 0.5) -> None:
        self.slept: list[float] = []
        self.clock = Clock(sleep=self._sleep, random=lambda: dice)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def make_cloud(upstream: Upstream, timer: Timer | None = None, **settings: Any) -> Cloud:
    clock = (timer or Timer()).clock
    return Cloud(api_base=upstream.base, credentials=lambda: "TOKEN", clock=clock, **settings)


@pytest.mark.parametrize(("dice", "pauses"), [(0.0, [0.1, 0.2, 0.4]), (0.5, [0.2, 0.4, 0.8])])
def test_busy_is_tried_again_with_growing_pauses(
    upstream: Upstream, dice: float, pauses: list[float]
) -> None:
    upstream.ocr(BUSY, BUSY, BUSY, OK)
    timer = Timer(dice)
    assert make_cloud(upstream, timer).openapi.ocr.idcard(CARD)["errCode"] == 0
    assert timer.slept == pytest.approx(pauses)
    assert len(upstream.calls(OCR)) == 4


def test_busy_for_ever_is_given_up(upstream: Upstream) -> None:
    upstream.ocr(BUSY)
    with pytest.raises(ServiceError) as caught:
        make_cloud(upstream).openapi.ocr.idcard(CARD)
    assert caught.value.errMsg == "openapi.ocr.idcard:fail system error hint: [x] rid: 5fb24c10-1-1"
    assert str(caught.value).startswith("errCode: -1 unknown error | errMsg: openapi.ocr.idcard:fail system")
    assert len(upstream.calls(OCR)) == 4


def test_no_pause_that_ends_after_the_deadline(upstream: Upstream) -> None:
    upstream.ocr(BUSY)
    timer = Timer()
    with pytest.raises(ServiceError):
        make_cloud(upstream, timer, timeout=0.25).openapi.ocr.idcard(CARD)
    assert timer.slept == []
    assert len(upstream.calls(OCR)) == 1


@pytest.mark.parametrize("code", [101000, 101001, 101002, 101003, 40013, 41005, 45009, 45011, 48001, -2])
def test_other_codes_are_never_tried_again(upstream: Upstream, code: int) -> None:
    upstream.ocr({"errcode": code, "errmsg": "no"})
    with pytest.raises(CloudSDKError):
        make_cloud(upstream).openapi.ocr.idcard(CARD)
    assert len(upstream.calls(OCR)) == 1


@pytest.mark.parametrize(
    "reply",
    [Response(b"", status=412), Response(b"<html>", status=500), b"garbage", b"", b"[]"],
    ids=["412", "500", "garbage", "empty", "array"],
)
def test_an_answer_that_is_no_reply_is_not_tried_again(upstream: Upstream, reply: Any) -> None:
    upstream.ocr(reply)
    with pytest.raises(ServiceError):
        make_cloud(upstream).openapi.ocr.idcard(CARD)
    assert len(upstream.calls(OCR)) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b"", b'{"message": "no server"}'])
def test_what_a_proxy_says_while_nobody_is_there_is_tried_again(
    upstream: Upstream, status: int, body: bytes
) -> None:
    upstream.ocr(Response(body, status=status), Response(body, status=status), OK)
    timer = Timer()
    assert make_cloud(upstream, timer).openapi.ocr.idcard(CARD)["errCode"] == 0
    assert timer.slept == pytest.approx([0.2, 0.4])


def test_a_proxy_that_has_nobody_for_ever_is_given_up_within_the_deadline(upstream: Upstream) -> None:
    upstream.ocr(Response(b"<html>", status=503))
    with pytest.raises(ServiceError) as caught:
        make_cloud(upstream).openapi.ocr.idcard(CARD)
    assert (caught.value.errCode, len(upstream.calls(OCR))) == (-501001, 4)
    timer = Timer()
    with pytest.raises(ServiceError):
        make_cloud(upstream, timer, timeout=0.25).openapi.ocr.idcard(CARD)
    assert timer.slept == []


@pytest.mark.parametrize("status", [502, 503, 504])
def test_their_errcode_decides_where_there_is_one(upstream: Upstream, status: int) -> None:
    upstream.ocr(Response(b'{"errcode": 101003, "errmsg": "not enough market quota"}', status=status))
    with pytest.raises(CloudSDKError):
        make_cloud(upstream).openapi.ocr.idcard(CARD)
    assert len(upstream.calls(OCR)) == 1
    upstream.ocr(Response(b'{"errcode": -1, "errmsg": "system error"}', status=status), OK)
    assert make_cloud(upstream).openapi.ocr.idcard(CARD)["errCode"] == 0


def test_http_error_with_a_wechat_reply_counts_as_the_reply(upstream: Upstream) -> None:
    upstream.ocr(Response(b'{"errcode": 101003, "errmsg": "not enough market quota"}', status=500))
    with pytest.raises(CloudSDKError) as caught:
        make_cloud(upstream).openapi.ocr.idcard(CARD)
    assert caught.value.errCode == 101003


def test_token_request_is_tried_again_too(upstream: Upstream) -> None:
    upstream.answer("/cgi-bin/stable_token", BUSY, {"access_token": "T", "expires_in": 7200})
    cloud = Cloud(api_base=upstream.base, appid="wx1", secret="s", clock=Timer().clock)
    assert cloud.openapi.ocr.idcard(CARD)["errCode"] == 0


Talk = Callable[[socket.socket, threading.Event], Any]
"""Speaks on one connection, until it is done or the event says that the test is over."""


@contextmanager
def raw_server(talk: Talk) -> Iterator[tuple[str, list[int]]]:
    """Serve connections one after the other with `talk`; give the address and a list that grows with each."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[int] = []
    over = threading.Event()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(1)
            with connection:
                try:
                    talk(connection, over)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", connections
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def failure_of(cloud: Cloud) -> str:
    with pytest.raises(ServiceError) as caught:
        cloud.openapi.ocr.idcard(CARD)
    return str(caught.value)


def raw_cloud(base: str, timer: Timer | None = None, **settings: Any) -> Cloud:
    return Cloud(api_base=base, credentials=lambda: "TOKEN", clock=(timer or Timer()).clock, **settings)


def test_connection_that_closes_without_an_answer_is_tried_again() -> None:
    timer = Timer()

    def close_at_once(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(65536)
        if len(timer.slept) == 2:
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}')

    with raw_server(close_at_once) as (base, connections):
        assert raw_cloud(base, timer).openapi.ocr.idcard(CARD)["errCode"] == 0
    assert len(connections) == 3
    assert timer.slept == pytest.approx([0.2, 0.4])


def test_refused_connection_is_tried_again_then_named() -> None:
    timer = Timer()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(ServiceError) as caught:
            raw_cloud(base, timer).openapi.ocr.idcard(CARD)
    assert caught.value.errCode == -501001
    assert caught.value.errMsg == (
        f"openapi.ocr.idcard:fail -501001 resource system error. no answer from {base}: connection refused"
    )
    assert len(timer.slept) == 3


def test_name_that_does_not_resolve_is_named() -> None:
    with pytest.raises(ServiceError, match=r"no answer from https://wechat\.invalid: .*(name|known|host)"):
        raw_cloud("https://wechat.invalid", timeout=5).openapi.ocr.idcard(CARD)


def test_answer_that_breaks_off_is_not_tried_again() -> None:
    def half(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"errcode":0')

    with raw_server(half) as (base, connections):
        said = failure_of(raw_cloud(base))
    assert "closed before the answer was complete" in said
    assert len(connections) == 1


def test_answer_without_tls_is_not_tried_again() -> None:
    def plain(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with raw_server(plain) as (base, connections):
        said = failure_of(raw_cloud(base.replace("http:", "https:")))
    assert "TLS certificate or handshake" in said
    assert len(connections) == 1


def _hang(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65536)
    over.wait(5)


def _drip(head: bytes, slowly: bytes) -> Talk:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(head)
        while not over.wait(0.02):
            connection.sendall(slowly)

    return talk


SLOW = {
    "hangs": _hang,
    "drips the body": _drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" "),
    "drips the headers": _drip(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
}


@pytest.mark.parametrize("how", quick(sorted(SLOW), {"drips the body"}))
def test_function_answers_before_the_platform_kills_it(how: str) -> None:
    with raw_server(SLOW[how]) as (base, connections):
        main = raw_cloud(base).function("ocr.idcard")
        started = time.monotonic()
        result = main(CARD, {"time_limit_in_ms": 2000})
        took = time.monotonic() - started
    assert took < 2.0
    assert result == {
        "errCode": -501001,
        "errMsg": "openapi.ocr.idcard:fail -501001 resource system error. request timeout: the function's time "
        "limit of 2 s is nearly over; raise timeout in its config.json",
    }
    assert len(connections) == 1


@pytest.mark.parametrize("how", sorted(SLOW))
def test_timeout_of_init_holds_outside_a_function(how: str) -> None:
    with raw_server(SLOW[how]) as (base, _):
        started = time.monotonic()
        with pytest.raises(ServiceError, match=r"no answer within 0\.3 s; raise timeout in init\(\)"):
            raw_cloud(base, timeout=0.3).openapi.ocr.idcard(CARD)
        assert time.monotonic() - started < 0.6


def test_limit_counts_from_the_start_of_main(upstream: Upstream) -> None:
    """What main did before the call is not available to the call."""
    now = [100.0]
    cloud = make_cloud(upstream)
    cloud._clock = Clock(monotonic=lambda: now[0])

    @cloud.function
    def main(event: Any, context: Any) -> Any:
        now[0] += 2.8
        return cloud.openapi.ocr.idcard(event)

    result = main(CARD, {})
    assert result["errMsg"].startswith(
        "openapi.ocr.idcard:fail -501001 resource system error. request timeout"
    )
    assert "limit of 3 s" in result["errMsg"]
    assert main(CARD, {"time_limit_in_ms": 20000})["errCode"] == 0
    assert len(upstream.seen) == 1, "nothing was sent when no time was left"


def test_default_limit_inside_a_cloud_function(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that does not use `function` gets the default limit, as its own is not known."""
    monkeypatch.setenv("TENCENTCLOUD_RUNENV", "SCF")
    now = [0.0]
    cloud = Cloud(
        api_base=upstream.base,
        credentials=lambda: "TOKEN",
        config={"permissions": {"openapi": ["ocr.idcard"]}},
        clock=Clock(monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds + 2)),
    )
    upstream.ocr(BUSY)
    with pytest.raises(ServiceError):
        cloud.openapi.ocr.idcard(CARD)
    assert len(upstream.calls(OCR)) == 2


@pytest.mark.parametrize(("limit", "margin"), [(0.5, 0.05), (3.0, 0.3), (60.0, 0.3)])
def test_safety_margin(limit: float, margin: float) -> None:
    assert safety_margin(limit) == pytest.approx(margin)


def test_reply_without_end_is_cut_off(upstream: Upstream) -> None:
    upstream.ocr(b'{"errcode":0,"a":"' + b"x" * MAX_REPLY_BYTES + b'"}')
    with pytest.raises(ServiceError, match="response body exceeds") as caught:
        make_cloud(upstream).openapi.ocr.idcard(CARD)
    assert caught.value.errCode == -601001
