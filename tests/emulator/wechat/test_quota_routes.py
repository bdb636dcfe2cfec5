"""The OCR quota over HTTP, and the interfaces that read and clear quotas and look up a rid."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server

Post = Callable[..., dict[str, Any]]
Serve = Callable[..., Server]

MIDNIGHT = 1_700_006_400.0 - 8 * 3600 + 86400  # 2023-11-16 00:00 in Shanghai


def test_quota_turns_over_at_midnight_in_shanghai_r26(serve: Serve, ocr: Post) -> None:
    clock = ManualClock(MIDNIGHT - 10)
    server = serve(clock=clock, quota_per_day=2)
    assert [ocr(server, "idcard", img_url="mock://idcard")["errcode"] for _ in range(3)] == [0, 0, 101003]
    assert ocr(server, "bankcard", img_url="mock://bankcard")["errcode"] == 0  # each method has its own
    clock.advance(9)
    assert ocr(server, "idcard", img_url="mock://idcard")["errcode"] == 101003
    clock.advance(1)
    assert ocr(server, "idcard", img_url="mock://idcard")["errcode"] == 0


def test_quota_is_100_by_default_and_0_switches_it_off(
    serve: Serve, live: Server, appid: str, ocr: Post
) -> None:
    live.emulator.quotas.set_used(appid, "idcard", 100)
    assert ocr(live, "idcard", img_url="mock://idcard")["errcode"] == 101003
    free = serve(quota_per_day=0)
    free.emulator.quotas.set_used(appid, "idcard", 10_000)
    assert ocr(free, "idcard", img_url="mock://idcard")["errcode"] == 0


@pytest.mark.parametrize("counted", [False, True])
def test_failed_recognitions_count_only_when_asked_r26(
    serve: Serve, ocr: Post, appid: str, counted: bool
) -> None:
    server = serve(quota_counts_failures=counted)
    for code in (101000, 101001, 101002, 41005, -1):
        assert ocr(server, "idcard", img_url=f"mock://{code}")["errcode"] == code
    assert server.emulator.quotas.usage(appid, "idcard").used == (3 if counted else 0)


def test_quota_get_shows_the_ocr_calls(live: Server, ocr: Post, api: Post) -> None:
    ocr(live, "idcard", img_url="mock://idcard")
    reply = api(live, "/cgi-bin/openapi/quota/get", {"cgi_path": "/cv/ocr/idcard"})
    assert reply == {"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 100, "used": 1, "remain": 99}}


def test_quota_get_of_the_token_interface(live: Server, api: Post, appid: str) -> None:
    query = {"grant_type": "client_credential", "appid": appid, "secret": "s"}
    requests.get(live.url + "/cgi-bin/token", params=query, timeout=10)
    reply = api(live, "/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/token"})
    assert reply["quota"] == {"daily_limit": 2000, "used": 1, "remain": 1999}


@pytest.mark.parametrize(("body", "code"), [
    ({"cgi_path": "cv/ocr/idcard"}, 76003), ({"cgi_path": ""}, 76003), ({}, 76003), ({"cgi_path": "/a?b=c"}, 76003),
    ({"cgi_path": "/cv/ocr/passport"}, 76021), ({"cgi_path": 1}, 47001), ([], 47001), ("x", 47001),
])  # fmt: skip
def test_quota_get_refuses(live: Server, api: Post, body: Any, code: int) -> None:
    assert api(live, "/cgi-bin/openapi/quota/get", body)["errcode"] == code


def test_strict_neither_shows_nor_clears_the_pack(strict: Server, api: Post, appid: str) -> None:
    strict.emulator.quotas.set_used(appid, "idcard", 5)
    assert api(strict, "/cgi-bin/openapi/quota/get", {"cgi_path": "/cv/ocr/idcard"})["errcode"] == 76022
    assert api(strict, "/cgi-bin/clear_quota", {"appid": appid})["errcode"] == 0
    assert strict.emulator.quotas.usage(appid, "idcard").used == 5


def test_clear_quota_ten_times_a_month(serve: Serve, api: Post, appid: str) -> None:
    clock = ManualClock(MIDNIGHT)
    server = serve(clock=clock)
    server.emulator.quotas.set_used(appid, "idcard", 100)
    codes = [api(server, "/cgi-bin/clear_quota", {"appid": appid})["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [48006]
    assert server.emulator.quotas.usage(appid, "idcard").used == 0
    clock.advance(31 * 86400)
    assert api(server, "/cgi-bin/clear_quota", {"appid": appid})["errcode"] == 0


@pytest.mark.parametrize(("named", "code"), [("", 41002), ("wxother", 40013), (7, 47001)])
def test_clear_quota_wants_the_appid_of_the_token(live: Server, api: Post, named: Any, code: int) -> None:
    assert api(live, "/cgi-bin/clear_quota", {"appid": named})["errcode"] == code


def test_clear_quota_v2_takes_appid_and_secret(serve: Serve) -> None:
    server = serve(apps=("wx1:one",))
    url = server.url + "/cgi-bin/clear_quota/v2"
    good, bad = {"appid": "wx1", "appsecret": "one"}, {"appid": "wx1", "appsecret": "two"}
    replies = [requests.post(url, params=good, timeout=10), requests.post(url, json=good, timeout=10),
               requests.post(url, params=bad, timeout=10), requests.post(url, timeout=10)]  # fmt: skip
    assert [reply.json()["errcode"] for reply in replies] == [0, 0, 40125, 44002]


def test_rid_get_tells_about_a_failed_call_without_its_body(live: Server, ocr: Post, api: Post) -> None:
    failed = ocr(live, "idcard", img_url="mock://101001")
    rid = failed["errmsg"].rpartition("rid: ")[2]
    told = api(live, "/cgi-bin/openapi/rid/get", {"rid": rid})["request"]
    assert told["request_url"] == "/cv/ocr/idcard"
    assert told["request_body"] == ""
    assert told["client_ip"] == "127.0.0.1"
    assert re.search(r'"errcode": 101001', told["response_body"])


def test_rid_get_refuses(live: Server, ocr: Post, api: Post) -> None:
    rid = ocr(live, "idcard", img_url="mock://101001")["errmsg"].rpartition("rid: ")[2]
    url = live.url + "/cgi-bin/openapi/rid/get?access_token=mock://wxother"
    assert requests.post(url, json={"rid": rid}, timeout=10).json()["errcode"] == 76001  # another account's
    assert api(live, "/cgi-bin/openapi/rid/get", {"rid": "00000000-00000000-00000000"})["errcode"] == 76001
    assert api(live, "/cgi-bin/openapi/rid/get", {"rid": "x"})["errcode"] == 76002


def test_parallel_calls_cannot_pass_the_limit_together(serve: Serve, ocr: Post) -> None:
    from concurrent.futures import ThreadPoolExecutor

    server = serve(quota_per_day=5)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(ocr, server, "idcard", img_url="mock://idcard") for _ in range(24)]
    assert sorted(call.result()["errcode"] for call in calls) == [0] * 5 + [101003] * 19


@pytest.mark.parametrize("path", ["/cgi-bin/message/custom/send", "/wxa/gettemplatedraftlist"])
def test_quota_get_of_what_its_page_names_is_the_pages_example(
    live: Server, api: Post, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        reply = api(live, "/cgi-bin/openapi/quota/get", {"cgi_path": path})
    assert reply["quota"] == {"daily_limit": 0, "used": 0, "remain": 0}
    assert "the example of the official page" in caplog.text
    assert api(live, "/cgi-bin/openapi/quota/get", {"cgi_path": "/wxa/other"})["errcode"] == 76021
