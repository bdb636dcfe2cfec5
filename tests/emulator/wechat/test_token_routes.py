"""Tokens: lifetimes, overlap, refresh by force, isolation, and every way to ask wrongly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.memory_tokens import MemoryTokens

Serve = Callable[..., Server]
START = 1_700_000_000.0


class Client:
    """Asks one emulator, as one account."""

    def __init__(self, server: Server, clock: ManualClock, appid: str) -> None:
        self.server, self.clock, self.appid = server, clock, appid

    def token(self) -> dict[str, Any]:
        query = {"grant_type": "client_credential", "appid": self.appid, "secret": "s"}
        value: dict[str, Any] = requests.get(
            self.server.url + "/cgi-bin/token", params=query, timeout=10
        ).json()
        return value

    def stable(self, force: Any = False) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": "s", "force_refresh": force}
        reply = requests.post(self.server.url + "/cgi-bin/stable_token", json=body, timeout=10)
        value: dict[str, Any] = reply.json()
        return value

    def code(self, token: str, name: str = "access_token") -> int:
        query = {name: token, "img_url": "mock://idcard"}
        reply = requests.post(self.server.url + "/cv/ocr/idcard", params=query, timeout=10)
        value: int = reply.json()["errcode"]
        return value


@pytest.fixture
def client(serve: Serve, appid: str) -> Client:
    clock = ManualClock(START)
    return Client(serve(clock=clock, quota_per_day=0), clock, appid)


def test_success_has_no_errcode(client: Client) -> None:
    for grant in (client.token(), client.stable()):
        assert list(grant) == ["access_token", "expires_in"]
        assert grant["expires_in"] == 7200
        assert 100 < len(grant["access_token"]) <= 512


def test_a_token_expires_after_7200_seconds(client: Client) -> None:
    token = client.token()["access_token"]
    client.clock.advance(7199)
    assert client.code(token) == 0
    client.clock.advance(1)
    assert client.code(token) == 42001


def test_both_tokens_work_for_five_minutes_then_the_former_is_invalid(client: Client) -> None:
    former = client.token()["access_token"]
    present = client.token()["access_token"]
    assert present != former
    client.clock.advance(299)
    assert (client.code(former), client.code(present)) == (0, 0)
    client.clock.advance(1)
    assert (client.code(former), client.code(present)) == (40001, 0)


def test_a_former_token_that_reaches_its_age_first_is_expired(client: Client) -> None:
    former = client.token()["access_token"]
    client.clock.advance(7100)
    client.token()
    client.clock.advance(100)
    assert client.code(former) == 42001


def test_only_the_latest_two_work(client: Client) -> None:
    first, second, third = (client.token()["access_token"] for _ in range(3))
    assert [client.code(token) for token in (first, second, third)] == [40001, 0, 0]


def test_stable_token_stays_until_its_last_five_minutes(client: Client) -> None:
    first = client.stable()
    client.clock.advance(6899)
    again = client.stable()
    assert again == {"access_token": first["access_token"], "expires_in": 301}
    client.clock.advance(1)
    renewed = client.stable()
    assert renewed["access_token"] != first["access_token"]
    assert renewed["expires_in"] == 7200
    assert client.code(first["access_token"]) == 0
    client.clock.advance(300)
    assert (client.code(first["access_token"]), client.code(renewed["access_token"])) == (42001, 0)


def test_refresh_by_force_needs_thirty_seconds(client: Client) -> None:
    first = client.stable()["access_token"]
    second = client.stable(force=True)["access_token"]
    assert second != first
    client.clock.advance(29)
    assert client.stable(force=True)["access_token"] == second
    client.clock.advance(1)
    assert client.stable(force=True)["access_token"] != second


def test_two_refreshes_kill_a_leaked_token_at_once(client: Client) -> None:
    leaked = client.stable()["access_token"]
    client.stable(force=True)
    assert client.code(leaked) == 0
    client.clock.advance(30)
    client.stable(force=True)
    assert client.code(leaked) == 40001


def test_twenty_refreshes_by_force_a_shanghai_day(client: Client) -> None:
    client.clock.advance(-START % 86400 + 16 * 3600)  # midnight in Shanghai
    seen = set()
    for _ in range(25):
        seen.add(client.stable(force=True)["access_token"])
        client.clock.advance(30)
    assert len(seen) == 20
    client.clock.advance(86400)
    assert client.stable(force=True)["access_token"] not in seen


@pytest.mark.parametrize("force", [False, None, 0, 1, "true"])
def test_only_true_forces(client: Client, force: Any) -> None:
    assert client.stable(force)["access_token"] == client.stable(force)["access_token"]


def test_the_two_kinds_are_isolated(client: Client) -> None:
    stable = client.stable()["access_token"]
    plain = client.token()["access_token"]
    client.clock.advance(400)
    client.token()
    client.clock.advance(400)
    assert client.stable()["access_token"] == stable
    assert (client.code(stable), client.code(plain)) == (0, 40001)


def test_accounts_are_isolated(client: Client) -> None:
    other = Client(client.server, client.clock, client.appid + "x")
    assert other.stable()["access_token"] != client.stable()["access_token"]


def test_container_tokens_have_their_own_query_name(client: Client) -> None:
    tokens = client.server.emulator.tokens
    inside = tokens.container(client.appid).access_token
    assert client.code(inside, "cloudbase_access_token") == 0
    assert client.code(inside) == 40001  # a common mistake, observed
    assert client.code(client.stable()["access_token"], "cloudbase_access_token") == 40001
    client.clock.advance(1800)
    assert client.code(inside, "cloudbase_access_token") == 42001


def test_expire_revoke_and_reset(client: Client) -> None:
    tokens = client.server.emulator.tokens
    expired = client.token()["access_token"]
    tokens.expire(client.appid)
    assert client.code(expired) == 42001
    revoked = client.stable()["access_token"]
    tokens.revoke(client.appid)
    assert client.code(revoked) == 40001
    fresh = client.stable()["access_token"]
    assert client.code(fresh) == 0
    tokens.reset(client.appid)
    assert client.code(fresh) == 40001


def test_magic_token_is_a_token_of_its_appid(client: Client) -> None:
    assert client.code("mock://wxanything") == 0
    assert client.code("mock://42001") == 42001
    assert client.code("mock://99999") == 40001  # a number, but no known code


def test_platform_limit_of_the_token_interface(client: Client) -> None:
    quotas = client.server.emulator.quotas
    for _ in range(1999):
        assert quotas.take_token_call(client.appid)
    assert "access_token" in client.token()
    assert client.token()["errcode"] == 45009
    client.clock.advance(86400)
    assert "access_token" in client.token()


def test_platform_limits_of_the_stable_token_interface(client: Client) -> None:
    quotas = client.server.emulator.quotas
    for _ in range(10_000):
        assert quotas.take_stable_token_call(client.appid) == "ok"
    assert client.stable()["errcode"] == 45011
    client.clock.advance(60)
    assert "access_token" in client.stable()


GOOD = {"grant_type": "client_credential", "appid": "wx1", "secret": "one"}


@pytest.mark.parametrize(("change", "code"), [
    ({"grant_type": ""}, 40002), ({"grant_type": "authorization_code"}, 40002),
    ({"appid": ""}, 41002), ({"secret": ""}, 41004), ({"appid": "wx9"}, 40013), ({"secret": "two"}, 40125),
    ({"appid": "w" * 200}, 40013), ({"secret": "s" * 200}, 40125), ({"appid": "mock://40013"}, 40013),
    ({"secret": "mock://40243"}, 40243), ({}, None),
])  # fmt: skip
def test_accounts_are_checked_when_some_are_named(
    serve: Serve, change: dict[str, str], code: int | None
) -> None:
    server = serve(apps=("wx1:one", "wx2:two"))
    fields = {**GOOD, **change}
    by_query = requests.get(server.url + "/cgi-bin/token", params=fields, timeout=10).json()
    by_body = requests.post(server.url + "/cgi-bin/stable_token", json=fields, timeout=10).json()
    assert (by_query.get("errcode"), by_body.get("errcode")) == (code, code)


def test_magic_token_of_an_unknown_account_is_refused(serve: Serve) -> None:
    server = serve(apps=("wx1:one",))
    client = Client(server, ManualClock(), "wx1")
    assert client.code("mock://wx1") == 0
    assert client.code("mock://wx9") == 40013


@pytest.mark.parametrize(("request_", "code"), [
    ({"params": GOOD}, 41002),
    ({"data": GOOD}, 41002),
    ({"files": {"appid": (None, "wx1")}}, 41002),
    ({}, 44002),
    ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 47001),
    ({"data": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 47001),
    ({"json": []}, 47001), ({"json": "text"}, 47001), ({"json": None, "data": b"null"}, 47001),
    ({"json": {**GOOD, "appid": 1}}, 47001), ({"json": {**GOOD, "appid": None}}, 47001),
    ({"json": {**GOOD, "secret": {}}}, 47001), ({"json": {**GOOD, "appid": "\ud800"}}, 47001),
    ({"data": b"[" * 100_000}, 47001), ({"data": b" " * 2_000_000}, 47001), ({"json": {}}, 41002),
    ({"data": b"\xef\xbb\xbf" + b'{"appid":"wx1"}'}, 40002),
])  # fmt: skip
def test_stable_token_takes_a_json_body_only(live: Server, request_: dict[str, Any], code: int) -> None:
    reply = requests.post(live.url + "/cgi-bin/stable_token", timeout=10, **request_)
    assert reply.json()["errcode"] == code


def test_stable_token_wants_post_and_token_takes_both(live: Server) -> None:
    assert requests.get(live.url + "/cgi-bin/stable_token", timeout=10).json()["errcode"] == 43002
    for verb in ("GET", "POST"):
        reply = requests.request(verb, live.url + "/cgi-bin/token", params=GOOD, timeout=10)
        assert "access_token" in reply.json()
    assert requests.put(live.url + "/cgi-bin/token", params=GOOD, timeout=10).json()["errcode"] == 43002


@pytest.mark.parametrize("pair", ["wx1", "wx1:", ":s", ""])
def test_accounts_are_written_appid_colon_secret(pair: str) -> None:
    with pytest.raises(ValueError, match="APPID:SECRET"):
        create_app(Settings(apps=(pair,)))


@pytest.mark.check
def test_memory_of_tokens_is_bounded(client: Client) -> None:
    tokens = client.server.emulator.tokens
    assert isinstance(tokens, MemoryTokens)
    for number in range(10_050):
        tokens.issue(f"wx{number}")
    for _ in range(100):
        tokens.issue("wx10049")
    assert len(tokens._slots) == 10_000
    assert len(tokens._tokens) < 10_100


def test_the_appid_is_looked_at_before_the_grant_type(serve: Serve) -> None:
    server = serve(apps=("wx1:right",))

    def code(**query: str) -> int:
        value: int = requests.get(server.url + "/cgi-bin/token", params=query, timeout=10).json()["errcode"]
        return value

    assert code(appid="fake", secret="x") == 40013
    assert code(appid="fake", secret="x", grant_type="other") == 40013
    assert code(appid="wx1", secret="wrong") == 40002
    assert code(secret="x") == 41002


def test_a_private_service_tells_no_appid_before_its_secret(serve: Serve) -> None:
    server = serve(ocr_only=True, apps=("wx1:a-secret-of-the-tests",))
    for appid in ("wx1", "fake"):
        reply = requests.get(
            server.url + "/cgi-bin/token", params={"appid": appid, "secret": "x"}, timeout=10
        )
        assert reply.json()["errcode"] == 40002


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        (
            "observed",
            ", could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: ",
        ),
        ("documented", " rid: "),
    ],
)
def test_the_2001st_token_of_a_day_names_the_stable_one(serve: Serve, profile: str, text: str) -> None:
    server = serve(profile=profile)
    server.emulator.quotas.exhaust_platform("wx1", "/cgi-bin/token")
    query = {"grant_type": "client_credential", "appid": "wx1", "secret": "s"}
    reply = requests.get(server.url + "/cgi-bin/token", params=query, timeout=10).json()
    assert reply["errcode"] == 45009
    assert reply["errmsg"].startswith("reach max api daily quota limit" + text)


def test_a_token_of_an_earlier_run_is_told_with_the_remedy(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    query = {"access_token": "of-an-earlier-run", "img_url": "mock://idcard"}
    with caplog.at_level(logging.INFO):
        assert (
            requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10).json()["errcode"] == 40001
        )
    assert "Start with --state DIR" in caplog.text
    assert "delete the client's cache" in caplog.text
