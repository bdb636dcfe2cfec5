"""Faults of the function runtime, and of the cloud calls that functions make."""

from __future__ import annotations

import time

import pytest
import requests

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.runtime import Invocation
from cloudbase_ocr.server import Server
from tests.emulator.control.ocr_client import call_function


@pytest.mark.parametrize(
    ("errcode", "text", "gateway", "in_scf"),
    [
        (
            -504002,
            "functions execute fail | errMsg: Error: fault",
            "FUNCTION_INVOCATION_FAILED",
            '"statusCode":430',
        ),
        (
            -504003,
            "Invoking task timed out after 20 seconds",
            "FUNCTION_TIME_LIMIT_EXCEEDED",
            '"statusCode":433',
        ),
        (-501000, "FunctionName parameter could not be found.", "FUNCTION_NOT_FOUND", "ResourceNotFound"),
    ],
)
def test_codes_reach_each_caller_in_its_form(
    server: Server, control: Control, appid: str, errcode: int, text: str, gateway: str, in_scf: str
) -> None:
    control.fault(function="idcard", errcode=errcode, times=4)
    answer = call_function(server, appid)
    assert answer["errCode"] == errcode
    assert text in answer["errMsg"]
    event = {"imgUrl": "mock://idcard"}
    direct = requests.post(f"{server.url}/v1/functions/idcard", json=event, timeout=20)
    assert (direct.status_code, direct.json()["code"]) == (400, gateway)
    path = f"{server.url}/tcb/invokecloudfunction?access_token=mock://{appid}&env=local-ocr&name=idcard"
    assert requests.post(path, json=event, timeout=20).json()["errcode"] == errcode
    scf = {"FunctionName": "idcard", "ClientContext": "{}"}
    headers = {"X-TC-Action": "Invoke"}
    invoked = requests.post(server.url + "/", json=scf, headers=headers, timeout=20).json()
    assert in_scf in str(invoked["Response"]).replace(" ", "")
    assert call_function(server, appid)["result"]["name"] == "张三"


@pytest.mark.parametrize(
    ("kind", "text"),
    [("crash", "User process exit when running"), ("memory", "Task memory exceeded 256 MB")],
)
def test_a_killed_process_is_replaced(
    server: Server, control: Control, appid: str, kind: str, text: str
) -> None:
    seen: list[Invocation] = []
    server.emulator.invocations.others.append(seen.append)
    try:
        call_function(server, appid)
        control.fault(kind, function="idcard", appid=appid, times=1)
        answer = call_function(server, appid)
        assert answer["errCode"] == -504002
        assert text in answer["errMsg"]
        assert "result" in call_function(server, appid)
    finally:
        server.emulator.invocations.others.remove(seen.append)
    assert [invocation.cold for invocation in seen[1:]] == [False, True]
    assert seen[1].error is not None
    assert seen[1].error.hint.startswith("fault f")


def test_a_cold_start_is_a_new_process_that_takes_longer(
    server: Server, control: Control, appid: str
) -> None:
    seen: list[Invocation] = []
    server.emulator.invocations.others.append(seen.append)
    try:
        call_function(server, appid)
        control.fault("cold_start", function="idcard", ms=250, times=1)
        for _ in range(2):
            call_function(server, appid)
    finally:
        server.emulator.invocations.others.remove(seen.append)
    assert [invocation.cold for invocation in seen[1:]] == [True, False]
    assert seen[1].init_ms >= 250


def test_latency_of_a_function(server: Server, control: Control, appid: str) -> None:
    control.fault("latency", function="id*", appid=appid, ms=200, times=1)
    started = time.monotonic()
    assert "result" in call_function(server, appid + "-other")
    before = time.monotonic() - started
    started = time.monotonic()
    assert "result" in call_function(server, appid)
    assert time.monotonic() - started >= 0.2
    assert control.faults.list(appid).faults[0].hits == 1
    assert before < 60


def test_functions_of_other_names_are_spared(server: Server, control: Control, appid: str) -> None:
    control.fault(function="menu", errcode=-504002)
    assert "result" in call_function(server, appid)


def test_what_a_function_sees_of_a_fault_at_wechat(server: Server, control: Control) -> None:
    appid = server.emulator.settings.appid
    control.fault(method="ocr.idcard", appid=appid, errcode=45009)
    answer = call_function(server, appid)
    assert answer["result"]["errCode"] == 45009


def test_a_function_recovers_from_an_expired_token(server: Server, control: Control) -> None:
    appid = server.emulator.settings.appid
    assert "name" in call_function(server, appid)["result"]
    assert control.tokens.expire(appid).ended == 1
    assert "name" in call_function(server, appid)["result"]
    control.clock.advance(hours=3)
    assert "name" in call_function(server, appid)["result"]


@pytest.mark.parametrize(
    ("fault", "errcode"),
    [
        ({"errcode": 45009}, 45009),
        ({"type": "reset"}, -1),
        ({"type": "truncated"}, -1),
        ({"type": "drip"}, 0),
    ],
    ids=str,
)
def test_cloud_calls_through_the_gateway_meet_faults_too(
    server: Server, control: Control, fault: dict[str, object], errcode: int
) -> None:
    control.fault(method="ocr.idcard", **fault)  # type: ignore[arg-type]  # kinds differ
    body = {
        "action": "wx.api",
        "apiName": "openapi.ocr.idcard",
        "requestData": '{"img_url": "mock://idcard"}',
    }
    answer = requests.post(f"{server.url}/admin", json=body, timeout=20).json()
    assert f'"errcode":{errcode}' in answer["data"]["responseData"]
