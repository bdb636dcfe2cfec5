"""What the operations on tokens, quotas and fixtures do, and what a reset brings back."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.control.operation import ControlError
from cloudbase_ocr.runtime import Invocation
from cloudbase_ocr.server import Server
from tests.emulator.control.ocr_client import PICTURE, ask, call_function, codes, upload


def test_reset_brings_back_a_fresh_start(server: Server, control: Control, appid: str) -> None:
    emulator = server.emulator
    token = emulator.tokens.issue(appid).access_token
    control.clock.freeze("2030-01-01")
    control.quota.set(appid, limit=1, used=1)
    control.quota.exhaust(appid, "/cgi-bin/token")
    control.fault(errcode=-1)
    control.reply("ocr.idcard", name="甲")
    control.fixture("idcard/mine", {"name": "乙"})
    control.fixture("idcard/own", {"name": "乙"}, appid=appid)
    file_id = emulator.files.put("local-ocr", "a.jpg", b"x")
    control.reset()
    assert abs(control.clock.get().offset) < 1
    assert not control.clock.get().frozen
    assert control.faults.list().faults == []
    assert control.scenarios.list().scenarios == []
    assert control.fixtures.list(appid).fixtures == []
    assert "idcard/mine" not in {fixture.name for fixture in control.fixtures.list().fixtures}
    assert [(q.limit, q.used) for q in control.quota.get(appid).quotas] == [(100, 0)] * 8
    assert control.quota.get(appid, "/cgi-bin/token").quotas[0].used == 0
    assert emulator.files.get(file_id) is None
    assert emulator.tokens.appid_of(token) is None
    first = emulator.tokens.issue(appid).access_token
    control.reset()
    assert emulator.tokens.issue(appid).access_token == first  # the seed begins again


def test_reset_forgets_failures_logins_and_warm_functions(
    server: Server, control: Control, appid: str
) -> None:
    emulator = server.emulator
    rid = ask(server, appid, url="mock://-1").json()["errmsg"].rpartition(" rid: ")[2]
    session = emulator.sessions.login("anonymous")
    call_function(server, appid)
    assert emulator.log.failure(rid)
    assert emulator.sessions.find(session.access_token)
    control.reset()
    assert emulator.log.failure(rid) is None
    assert emulator.sessions.find(session.access_token) is None
    seen: list[Invocation] = []
    emulator.invocations.others.append(seen.append)
    try:
        call_function(server, appid)
    finally:
        emulator.invocations.others.remove(seen.append)
    assert seen[0].cold


def test_reset_of_one_account_leaves_the_others(server: Server, control: Control, appid: str) -> None:
    other = appid + "-other"
    tokens = {name: server.emulator.tokens.issue(name).access_token for name in (appid, other)}
    for name in (appid, other):
        control.quota.exhaust(name)
        control.fault(appid=name, errcode=-1, method="ocr.menu")
        control.fixture("idcard/mine", {"name": "乙"}, appid=name)
        control.fail("ocr.bankcard", -1, appid=name)
    control.clock.advance(minutes=1)
    assert control.reset(appid).reset == appid
    assert codes(server, appid, 1) == [0]
    assert codes(server, other, 1) == [101003]
    assert control.fixtures.list(appid).fixtures == []
    assert len(control.fixtures.list(other).fixtures) == 1
    assert [fault.appid for fault in control.faults.list().faults] == [other]
    assert [state.appid for state in control.scenarios.list().scenarios] == [other]
    assert server.emulator.tokens.appid_of(tokens[appid]) is None
    assert server.emulator.tokens.appid_of(tokens[other]) == other
    assert control.clock.get().offset > 50


def test_tokens_are_expired_and_revoked(server: Server, control: Control, appid: str) -> None:
    def call(token: str) -> int:
        query = {"access_token": token, "img_url": "mock://idcard"}
        found: int = requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10).json()["errcode"]
        return found

    mine, others = (server.emulator.tokens.issue(name).access_token for name in (appid, appid + "-other"))
    assert control.tokens.expire(appid).ended == 1
    assert (call(mine), call(others)) == (42001, 0)
    assert control.tokens.revoke().ended == 1
    assert (call(mine), call(others)) == (42001, 40001)
    assert control.tokens.revoke("wxnobody").ended == 0


def test_quotas_are_set_exhausted_and_cleared(server: Server, control: Control, appid: str) -> None:
    control.quota.set(appid, "ocr.idcard", limit=2)
    assert codes(server, appid, 3) == [0, 0, 101003]
    assert codes(server, appid, 1, method="bankcard", url="mock://bankcard") == [0]
    assert codes(server, appid + "-other", 3) == [0, 0, 0]
    control.quota.set(appid, "ocr.idcard", used=1)
    assert codes(server, appid, 2) == [0, 101003]
    control.quota.clear(appid)
    assert codes(server, appid, 3) == [0, 0, 0]
    control.quota.set(appid, "ocr.idcard", limit=0)
    assert codes(server, appid, 1) == [0]
    control.quota.exhaust(appid, "ocr.idcard")
    assert codes(server, appid, 1) == [101003]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "limit or used: give one"),
        ({"limit": -1}, "limit: must not be negative"),
        ({"used": -1}, "used: must not be negative"),
        ({"method": "/cgi-bin/token", "limit": 1}, "is none of ocr.idcard"),
    ],
    ids=str,
)
def test_quotas_that_make_no_sense_are_refused(
    control: Control, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ControlError, match=message):
        control.quota.set(**arguments)


@pytest.mark.parametrize("path", ["/cgi-bin/token", "/cgi-bin/stable_token"])
def test_token_calls_are_exhausted(server: Server, control: Control, appid: str, path: str) -> None:
    control.quota.exhaust(appid, path)
    account = {"grant_type": "client_credential", "appid": appid, "secret": "s"}
    how = {"params": account} if path.endswith("/token") else {"json": account}
    verb = "GET" if path.endswith("/token") else "POST"
    assert requests.request(verb, server.url + path, timeout=10, **how).json()["errcode"] == 45009  # type: ignore[arg-type]  # kinds differ


def test_the_simulated_mini_program_is_the_default_account(server: Server, control: Control) -> None:
    control.quota.exhaust()
    assert codes(server, server.emulator.settings.appid, 1) == [101003]
    assert {quota.remain for quota in control.quota.get().quotas} == {0}


def test_fixtures_of_everybody_and_of_one_account(server: Server, control: Control, appid: str) -> None:
    match = {"sha256": hashlib.sha256(PICTURE).hexdigest()}
    other = appid + "-other"
    control.fixture("idcard/mine", {"type": "Front", "name": "甲"}, match=match)
    control.fixture("idcard/own", {"type": "Front", "name": "乙"}, match=match, appid=appid)
    assert [upload(server, name).json()["name"] for name in (appid, other)] == ["乙", "甲"]
    assert ask(server, appid, url="mock://idcard/own").json()["name"] == "乙"
    assert ask(server, other, url="mock://idcard/own").json()["errcode"] == 101000
    control.fixture("idcard/own", error=45009, match=match, appid=appid)
    assert upload(server, appid).json()["errcode"] == 45009
    control.fixtures.remove("idcard/own", appid)
    assert upload(server, appid).json()["name"] == "甲"
    control.fixtures.remove("idcard/mine")
    assert upload(server, appid).json()["errcode"] == 101002


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "passport/x", "error": -1}, "'passport' is none of"),
        ({"name": "idcard", "error": -1}, "must have the form idcard/<variant>"),
        ({"name": "idcard/x"}, "give either reply or error"),
        ({"name": "idcard/x", "error": 12345}, "is not an error code"),
        ({"name": "idcard/x", "reply": {"nme": "x"}}, "has no such field"),
        (
            {"name": "idcard/x", "error": -1, "match": {"file": "/etc/hostname"}},
            "match.file: is for fixture files",
        ),
        ({"name": "idcard/x", "error": -1, "match": {"sha256": "x"}}, "64 hexadecimal digits"),
        ({"name": "idcard/x", "error": -1, "provenance": "dreamt"}, "'dreamt' is none of documented"),
    ],
    ids=str,
)
def test_fixtures_that_break_the_contract_are_refused(
    control: Control, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ControlError, match=message):
        control.fixture(**arguments)
