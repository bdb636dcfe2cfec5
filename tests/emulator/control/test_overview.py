"""What is turned at a glance, the list of tokens, and the table of faults."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.emulator import emulator_of
from cloudbase_ocr.state.faults import KINDS
from tests.emulator.control.ocr_client import ask, codes


def get(server: Server, path: str, **query: Any) -> Any:
    return requests.get(f"{server.url}/_emulator/{path}", params=query, timeout=20).json()


def turned(server: Server) -> dict[str, tuple[int, str]]:
    return {each["what"]: (each["count"], each["which"]) for each in get(server, "overview")["turned"]}


def fetch_token(server: Server, appid: str) -> str:
    query = {"grant_type": "client_credential", "appid": appid, "secret": "any"}
    token: str = requests.get(server.url + "/cgi-bin/token", params=query, timeout=20).json()["access_token"]
    return token


def test_nothing_is_turned_after_a_start_and_after_a_reset(server: Server, control: Control) -> None:
    assert turned(server) == {}
    control.clock.freeze()
    control.fault(errcode=-1)
    control.scenario("ocr.idcard", [-1])
    control.fixture("idcard/mine", {"name": "甲"})
    control.quota.set(limit=1)
    assert len(turned(server)) == 5
    control.reset()
    assert turned(server) == {}


def test_the_clock(server: Server, control: Control) -> None:
    control.clock.advance(hours=3)
    assert list(turned(server)) == ["clock"]
    control.clock.freeze("2025-01-31T23:59:00")
    assert turned(server) == {"clock_frozen": (1, "2025-01-31 23:59:00")}


def test_a_clock_of_somebody_else_is_nobodys_fault() -> None:
    app = create_app(Settings(recognizer=False), clock=ManualClock(5.0))
    assert Control(emulator_of(app)).overview().turned == []
    emulator_of(app).close()


def test_faults_are_named_until_they_are_spent(server: Server, control: Control, appid: str) -> None:
    control.fault(errcode=-1, times=1, appid=appid)
    control.fault("latency", ms=1.5, appid=appid)
    control.fault("html", status=412, method="/cgi-bin/x")
    control.fault("crash", function="none")
    control.fault("crash", function="nothing")
    assert turned(server) == {"faults": (5, "errcode -1, latency 1.5 ms, html 412, …")}
    assert codes(server, appid, 2) == [-1, 0]
    assert turned(server)["faults"] == (4, "latency 1.5 ms, html 412, crash")


def test_scenarios_count_until_their_answers_are_given(server: Server, control: Control, appid: str) -> None:
    control.scenario("ocr.idcard", [-1, "success"], name="once")
    control.scenario("ocr.menu", [-1], name="for ever", after="last")
    assert turned(server) == {"scenarios": (2, "once, for ever")}
    assert codes(server, appid, 2) == [-1, 0]
    (once, _) = control.scenarios.list().scenarios
    assert once.answered == 2
    assert turned(server) == {"scenarios": (1, "for ever")}


def test_quotas_that_are_set_or_used_up(server: Server, control: Control, appid: str) -> None:
    control.quota.set(appid, "ocr.idcard", used=99)
    assert turned(server) == {}
    ask(server, appid)
    assert turned(server) == {"quota": (1, appid)}
    control.quota.set(appid, "ocr.menu", limit=500)
    assert turned(server) == {"quota": (2, appid)}
    control.quota.clear(appid)
    assert turned(server) == {}


def test_fixtures_that_were_added_or_removed(server: Server, control: Control) -> None:
    control.fixture("idcard/mine", {"name": "甲"})
    control.fixtures.remove("idcard/back")
    assert turned(server) == {"fixtures": (2, "idcard/mine, idcard/back")}


def test_tokens_that_were_ended_until_a_newer_one_is_fetched(
    server: Server, control: Control, appid: str
) -> None:
    fetch_token(server, appid)
    assert turned(server) == {}
    control.tokens.expire(appid)
    assert turned(server) == {"tokens": (1, appid)}
    fetch_token(server, appid)
    assert turned(server) == {}


def test_tokens_are_listed_without_their_text(server: Server, control: Control, appid: str) -> None:
    control.clock.freeze()
    first = fetch_token(server, appid)
    control.clock.advance(minutes=10)
    second = fetch_token(server, appid)
    shown = get(server, "tokens", appid=appid)
    newer, older = shown["tokens"]
    assert (newer["start"], older["start"]) == (second[:5], first[:5])
    assert (newer["state"], newer["age"], newer["expires_in"]) == ("present", 0.0, 7200)
    assert (older["state"], older["age"], older["expires_in"]) == ("replaced", 600.0, 300)
    assert first[:12] not in str(shown)
    control.clock.advance(minutes=6)
    assert [token["expires_in"] for token in get(server, "tokens", appid=appid)["tokens"]] == [6840, 0]
    control.tokens.expire(appid)
    newer, older = get(server, "tokens", appid=appid)["tokens"]
    assert (newer["state"], newer["ended"], older["ended"]) == ("expired", True, False)
    control.tokens.revoke(appid)
    assert get(server, "tokens", appid="nobody") == {"tokens": []}


def test_revoked_tokens_are_replaced_ones(server: Server, control: Control, appid: str) -> None:
    fetch_token(server, appid)
    control.tokens.revoke(appid)
    (token,) = get(server, "tokens", appid=appid)["tokens"]
    assert (token["state"], token["expires_in"], token["ended"]) == ("replaced", 0, True)


def test_every_type_of_fault_is_described_well_enough_for_a_form(server: Server, control: Control) -> None:
    described = get(server, "faults/types")
    assert [each["type"] for each in described["types"]] == list(KINDS)
    common = {parameter["name"] for parameter in described["parameters"]}
    assert common == {"surface", "method", "function", "appid", "nth", "times", "probability", "seed"}
    for each in described["types"]:
        for surface in each["surfaces"]:
            code = -504002 if surface == "function" else -1
            needed: dict[str, Any] = {one["name"]: code for one in each["parameters"] if one["required"]}
            if "ms" in needed:
                needed["ms"] = 1
            added = control.fault(each["type"], surface=surface, **needed)
            given = {"errmsg", "bytes"}
            defaults = {one["name"]: one["default"] for one in each["parameters"] if not one["required"]}
            for name in defaults.keys() - given:
                assert getattr(added, name) == defaults[name], each["type"]


@pytest.mark.parametrize("path", ["overview", "faults/types"])
def test_what_takes_no_parameters_says_so(server: Server, path: str) -> None:
    assert "takes no parameters" in get(server, path, appid="wx1")["error"]
