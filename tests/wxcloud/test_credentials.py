"""Each way to prove who calls: chosen, fetched, kept, renewed once, and never shown."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import wxcloud
from tests.wxcloud.upstream_server import Upstream
from wxcloud import Cloud, CloudSDKError, CredentialError
from wxcloud.deadline import Clock
from wxcloud.settings import Settings

TOKEN = "/cgi-bin/stable_token"
OCR = "/cv/ocr/idcard"
CARD = {"imgUrl": "https://example.com/card.jpg"}
OK = {"errcode": 0, "errmsg": "ok"}


class Hand:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.at = 1_700_000_000.0

    def __call__(self) -> float:
        return self.at


def test_stable_token_request(cloud: Cloud, upstream: Upstream) -> None:
    cloud.openapi.ocr.idcard(CARD)
    asked = upstream.calls(TOKEN)[0]
    assert asked.document == {
        "grant_type": "client_credential",
        "appid": "wx0123456789abcdef",
        "secret": "top-secret",
    }
    assert asked.query == ""
    assert asked.headers["Content-Type"] == "application/json"
    assert upstream.calls(OCR)[0].query.startswith("access_token=TOKEN-1&")


@pytest.mark.parametrize(
    ("expires_in", "good_for"),
    [(7200, 6900), (600, 300), (300, 150), (301.0, 150), ("7200", 6900), (0, 0), (None, 0), ("soon", 0)],
)
def test_token_is_kept_by_expires_in_less_a_margin(
    upstream: Upstream, expires_in: Any, good_for: int
) -> None:
    hand = Hand()
    upstream.answer(TOKEN, {"access_token": "TOKEN-1", "expires_in": expires_in})
    cloud = Cloud(api_base=upstream.base, appid="wx1", secret="s", clock=Clock(now=hand))
    cloud.openapi.ocr.idcard(CARD)
    hand.at += max(0, good_for - 1)
    cloud.openapi.ocr.idcard(CARD)
    assert len(upstream.calls(TOKEN)) == (1 if good_for else 2)
    hand.at += 2
    cloud.openapi.ocr.idcard(CARD)
    assert len(upstream.calls(TOKEN)) == (2 if good_for else 3)


def test_init_again_keeps_the_token_of_the_same_account(cloud: Cloud, upstream: Upstream) -> None:
    for secret in ("top-secret", "top-secret", "another"):
        cloud.init(api_base=upstream.base, appid="wx0123456789abcdef", secret=secret)
        cloud.openapi.ocr.idcard(CARD)
    assert [seen.document["secret"] for seen in upstream.calls(TOKEN)] == ["top-secret", "another"]


def test_eight_threads_share_one_fetch(cloud: Cloud, upstream: Upstream) -> None:
    gate = threading.Barrier(8)

    def slow_token() -> dict[str, Any]:
        threading.Event().wait(0.2)
        return {"access_token": "TOKEN-1", "expires_in": 7200}

    def call(_: int) -> Any:
        gate.wait(5)
        return cloud.openapi.ocr.idcard(CARD)["errCode"]

    upstream.answer(TOKEN, slow_token)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(8))) == [0] * 8
    assert len(upstream.calls(TOKEN)) == 1
    assert len(upstream.calls(OCR)) == 8


def test_eight_threads_share_one_refusal(cloud: Cloud, upstream: Upstream) -> None:
    gate = threading.Barrier(8)

    def slow_refusal() -> dict[str, Any]:
        threading.Event().wait(0.3)
        return {"errcode": 40125, "errmsg": "invalid appsecret rid: 64b0ba1d-1-1"}

    def call(_: int) -> Any:
        gate.wait(5)
        with pytest.raises(CredentialError) as caught:
            cloud.openapi.ocr.idcard(CARD)
        return caught.value.errMsg

    upstream.answer(TOKEN, slow_refusal)
    with ThreadPoolExecutor(8) as pool:
        said = set(pool.map(call, range(8)))
    assert said == {"openapi.ocr.idcard:fail invalid appsecret rid: 64b0ba1d-1-1"}
    assert len(upstream.calls(TOKEN)) == 1
    with pytest.raises(CredentialError):
        cloud.openapi.ocr.idcard(CARD)
    assert len(upstream.calls(TOKEN)) == 2, "a refusal is not remembered for later calls"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_refused_token_is_fetched_again_once(cloud: Cloud, upstream: Upstream, code: int) -> None:
    upstream.answer(
        TOKEN, {"access_token": "OLD", "expires_in": 7200}, {"access_token": "NEW", "expires_in": 7200}
    )
    upstream.ocr({"errcode": code, "errmsg": "no"}, {**OK, "type": "Front"})
    assert cloud.openapi.ocr.idcard(CARD)["type"] == "Front"
    tokens = [seen.query.partition("&")[0] for seen in upstream.calls(OCR)]
    assert tokens == ["access_token=OLD", "access_token=NEW"]
    assert all("force_refresh" not in seen.document for seen in upstream.calls(TOKEN))


def test_refused_twice_is_given_up(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr({"errcode": 40001, "errmsg": "invalid credential"})
    with pytest.raises(CredentialError) as caught:
        cloud.openapi.ocr.idcard(CARD)
    assert caught.value.to_dict() == {
        "errCode": 40001,
        "errMsg": "openapi.ocr.idcard:fail invalid credential",
    }
    assert len(upstream.calls(OCR)) == 2
    assert len(upstream.calls(TOKEN)) == 2


@pytest.mark.parametrize("code", [40164, 48001, 61007, 101003, 41001])
def test_other_refusals_fetch_no_token(cloud: Cloud, upstream: Upstream, code: int) -> None:
    upstream.ocr({"errcode": code, "errmsg": "no"})
    with pytest.raises(CloudSDKError):
        cloud.openapi.ocr.idcard(CARD)
    assert len(upstream.calls(OCR)) == len(upstream.calls(TOKEN)) == 1


@pytest.mark.parametrize("reply", [{}, {"access_token": ""}, {"access_token": 5, "expires_in": 7200}])
def test_token_reply_without_token(cloud: Cloud, upstream: Upstream, reply: dict[str, Any]) -> None:
    upstream.answer(TOKEN, reply)
    with pytest.raises(CloudSDKError, match="holds no access_token") as caught:
        cloud.openapi.ocr.idcard(CARD)
    assert caught.value.errCode == -601001


def test_cloudbase_token_of_the_environment(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WX_CLOUDBASE_ACCESSTOKEN", "FROM-ENV")
    Cloud(api_base=upstream.base).openapi.ocr.idcard(CARD)
    assert upstream.seen[0].query.startswith("cloudbase_access_token=FROM-ENV&img_url=")
    assert len(upstream.seen) == 1


def test_cloudbase_token_that_came_with_the_call_wins(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WX_CLOUDBASE_ACCESSTOKEN", "STALE")
    main = Cloud(api_base=upstream.base).function("ocr.idcard")
    main(CARD, {"environment": '{"WX_CLOUDBASE_ACCESSTOKEN": "THIS-CALL"}'})
    assert upstream.seen[0].query.startswith("cloudbase_access_token=THIS-CALL&")


def test_cloudbase_token_file_is_read_each_time(upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "token"
    cloud = Cloud(api_base=upstream.base, credentials=wxcloud.CloudbaseAccessToken(str(path)))
    for token in ("FIRST", "SECOND"):
        path.write_text(token + "\n")
        cloud.openapi.ocr.idcard(CARD)
    tokens = [seen.query.partition("&")[0] for seen in upstream.seen]
    assert tokens == ["cloudbase_access_token=FIRST", "cloudbase_access_token=SECOND"]


def test_cloudbase_token_is_tried_again_only_when_it_changed(upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("OLD")
    cloud = Cloud(api_base=upstream.base, credentials=wxcloud.CloudbaseAccessToken(str(path)))
    upstream.ocr({"errcode": 40001, "errmsg": "no"})
    with pytest.raises(CredentialError):
        cloud.openapi.ocr.idcard(CARD)
    assert len(upstream.seen) == 1

    def refuse_and_replace() -> dict[str, Any]:
        path.write_text("NEW")
        return {"errcode": 42001, "errmsg": "access_token expired"}

    upstream.ocr(refuse_and_replace, OK)
    cloud.openapi.ocr.idcard(CARD)
    assert upstream.seen[-1].query.startswith("cloudbase_access_token=NEW&")


@pytest.mark.parametrize("content", [None, "", "  \n"])
def test_cloudbase_token_that_is_not_there(upstream: Upstream, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    cloud = Cloud(api_base=upstream.base, credentials=wxcloud.CloudbaseAccessToken(str(path)))
    with pytest.raises(CredentialError, match="access_token missing") as caught:
        cloud.openapi.ocr.idcard(CARD)
    assert caught.value.errCode == 41001
    assert upstream.seen == []


@pytest.mark.parametrize("how", ["CBR_ENV_ID", "WXCLOUD_CREDENTIALS", "init", "provider"])
def test_tokenless_container_access(upstream: Upstream, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    cloud = Cloud(api_base=upstream.base)
    if how == "CBR_ENV_ID":
        monkeypatch.setenv("CBR_ENV_ID", "env-1")
    elif how == "WXCLOUD_CREDENTIALS":
        monkeypatch.setenv("WXCLOUD_CREDENTIALS", "tokenless")
    else:
        provider = "tokenless" if how == "init" else wxcloud.TokenlessAccess()
        cloud.init(api_base=upstream.base, credentials=provider)
    cloud.openapi.ocr.idcard(CARD)
    assert upstream.seen[0].query.startswith("img_url=")


def test_bases_of_the_providers() -> None:
    assert wxcloud.TokenlessAccess().base == "http://api.weixin.qq.com"
    for provider in (wxcloud.StableToken("a", "b"), wxcloud.CloudbaseAccessToken(), wxcloud.AccessToken("t")):
        assert provider.base == "https://api.weixin.qq.com"


def test_token_kept_by_somebody_else(upstream: Upstream) -> None:
    tokens = iter(["A", "B", "C"])
    cloud = Cloud(api_base=upstream.base, credentials=lambda: next(tokens))
    upstream.ocr({"errcode": 42001, "errmsg": "access_token expired"}, OK)
    cloud.openapi.ocr.idcard(CARD)
    assert [seen.query[:14] for seen in upstream.seen] == ["access_token=A", "access_token=C"]
    fixed = Cloud(api_base=upstream.base, credentials=wxcloud.AccessToken("FIXED"))
    upstream.ocr({"errcode": 40001, "errmsg": "no"})
    with pytest.raises(CredentialError):
        fixed.openapi.ocr.idcard(CARD)
    assert len(upstream.seen) == 3, "the same token is not tried twice"


def test_order_of_choice(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step adds a row that stands higher in the documented table."""
    cloud = Cloud(api_base=upstream.base)

    def first_query() -> str:
        upstream.seen.clear()
        cloud.openapi.ocr.idcard(CARD)
        query: str = upstream.calls(OCR)[0].query
        return query.partition("=")[0]

    monkeypatch.setenv("CBR_ENV_ID", "env-1")
    assert first_query() == "img_url"
    monkeypatch.setenv("WX_CLOUDBASE_ACCESSTOKEN", "T")
    assert first_query() == "cloudbase_access_token"
    monkeypatch.setenv("WECHAT_APPID", "wx1")
    monkeypatch.setenv("WECHAT_APPSECRET", "s")
    assert first_query() == "access_token"
    monkeypatch.setenv("WXCLOUD_CREDENTIALS", "cloudbase_access_token")
    assert first_query() == "cloudbase_access_token"
    cloud.init(api_base=upstream.base, credentials="tokenless")
    assert first_query() == "img_url"


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({}, 41001, "set WECHAT_APPID and WECHAT_APPSECRET"),
        ({"appid": "wx1"}, 41004, "appsecret missing: set WECHAT_APPSECRET"),
        ({"secret": "s"}, 41002, "appid missing: set WECHAT_APPID"),
        ({"credentials": "stable_token"}, 41002, "appid missing"),
        (
            {"credentials": "stable"},
            -601002,
            "must be one of stable_token, cloudbase_access_token, tokenless",
        ),
        ({"credentials": 5}, -601002, "must be a provider"),
        ({"credentials": wxcloud.AccessToken("")}, 41001, "returned no token"),
        ({"credentials": lambda: None}, 41001, "returned no token"),
    ],
)
def test_missing_credentials_teach(
    upstream: Upstream, settings: dict[str, Any], code: int, said: str
) -> None:
    with pytest.raises(CloudSDKError) as caught:
        Cloud(api_base=upstream.base, **settings).openapi.ocr.idcard(CARD)
    assert caught.value.errCode == code
    assert said in caught.value.errMsg
    assert upstream.seen == []


@pytest.mark.parametrize("fault", ["refused", "closed", "40001", "500", "garbage", "-1"])
def test_nothing_secret_is_ever_shown(
    upstream: Upstream, caplog: pytest.LogCaptureFixture, fault: str, event: dict[str, Any]
) -> None:
    from werkzeug import Response

    caplog.set_level(logging.DEBUG, "wxcloud")
    base = "http://127.0.0.1:1" if fault == "refused" else upstream.base
    cloud = Cloud(api_base=base, appid="wx1", secret="top-secret", timeout=1)
    upstream.answer(TOKEN, {"access_token": "TOKEN-SECRET", "expires_in": 7200})
    replies: dict[str, Any] = {
        "closed": Response(b"{", headers={"Content-Length": "100"}),
        "40001": {"errcode": 40001, "errmsg": "no"},
        "500": Response(b"<html>", status=500),
        "garbage": b"garbage",
        "-1": {"errcode": -1, "errmsg": "system error"},
    }
    upstream.ocr(replies.get(fault, OK))
    with pytest.raises(CloudSDKError) as caught:
        cloud.openapi.ocr.idcard(event)
    error: BaseException | None = caught.value
    texts = [record.getMessage() for record in caplog.records if record.name == "wxcloud"]
    while error is not None:
        texts += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    assert texts
    assert not [text for text in texts if "top-secret" in text or "TOKEN-SECRET" in text]


def test_settings_do_not_show_the_secret() -> None:
    assert repr(Settings(appid="wx1", secret="top-secret")) == "Settings(appid='wx1', timeout=15.0)"
