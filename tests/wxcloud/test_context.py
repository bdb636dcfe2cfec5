"""Who calls: where it is read, and that it never leaks from one call or thread to another."""

from __future__ import annotations

import contextvars
import json
import threading
from typing import Any

import pytest

import wxcloud
from wxcloud.context import DEFAULT_TIME_LIMIT, current, time_limit

RECORDED = {
    "WX_CLIENTIP": "10.0.0.1",
    "WX_APPID": "wx0123456789abcdef",
    "WX_OPENID": "openid-a",
    "WX_API_TOKEN": "never-shown",
    "WX_TRIGGER_API_TOKEN_V0": "never-shown",
    "WX_CONTEXT_KEYS": "WX_CLIENTIP,WX_APPID,WX_OPENID,WX_API_TOKEN,WX_TRIGGER_API_TOKEN_V0,WX_UNIONID",
    "WX_NOT_LISTED": "x",
    "TCB_ENV": "env-1",
    "TCB_SOURCE": "wx_client",
}
IDENTITY = {
    "CLIENTIP": "10.0.0.1",
    "APPID": "wx0123456789abcdef",
    "OPENID": "openid-a",
    "ENV": "env-1",
    "SOURCE": "wx_client",
}


def _pairs(values: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in values.items())


@pytest.mark.parametrize(
    "context",
    [
        {"environment": json.dumps(RECORDED)},
        {"environment": RECORDED},
        {"environ": _pairs(RECORDED)},
        {"environ": RECORDED},
        {"environment": "not json", "environ": _pairs(RECORDED)},
        {"environment": "[]", "environ": _pairs(RECORDED) + ";broken;=x"},
        {"environment": json.dumps({"TCB_ENV": "env-1"}), "environ": _pairs(RECORDED)},
    ],
)
def test_identity_of_the_context(context: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WX_CONTEXT_KEYS", "WX_OPENID")
    monkeypatch.setenv("WX_OPENID", "the caller before")
    event = {"userInfo": {"openId": "another", "appId": "another"}}
    assert wxcloud.get_wx_context(event, context) == IDENTITY


@pytest.mark.parametrize("context", [None, {}, {"environment": "", "environ": ""}, "nonsense", 5])
def test_identity_of_the_process_when_the_platform_sent_nothing(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in RECORDED.items():
        monkeypatch.setenv(name, value)
    assert wxcloud.get_wx_context({}, context) == IDENTITY


def test_stale_process_environment_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer or an HTTP call on a reused instance has no user, whatever the last call left behind."""
    for name, value in RECORDED.items():
        monkeypatch.setenv(name, value)
    context = {"environment": json.dumps({"TCB_ENV": "env-1", "TCB_SOURCE": "timer"})}
    assert wxcloud.get_wx_context({}, context) == {}


def test_user_info_is_the_last_source() -> None:
    event = {"userInfo": {"openId": "o", "appId": "a", "unionId": "u", "extra": "x"}}
    assert wxcloud.get_wx_context(event, {}) == {"OPENID": "o", "APPID": "a", "UNIONID": "u"}
    context = {"environment": json.dumps({"SCF_NAMESPACE": "env-1", "TCB_SOURCE": "wx_devtools"})}
    assert wxcloud.get_wx_context(event, context) == {
        "OPENID": "o",
        "APPID": "a",
        "UNIONID": "u",
        "ENV": "env-1",
        "SOURCE": "wx_devtools",
    }


def test_user_info_of_a_web_caller_is_not_believed() -> None:
    event = {"userInfo": {"openId": "forged"}}
    assert wxcloud.get_wx_context(event, {"environ": "TCB_SOURCE=web_client;TCB_ENV=env-1"}) == {}


@pytest.mark.parametrize(
    "event",
    [None, [], "x", {}, {"userInfo": None}, {"userInfo": "x"}, {"userInfo": {"openId": 5, "appId": ""}}],
)
def test_nobody(event: Any) -> None:
    assert wxcloud.get_wx_context(event, {}) == {}


def test_whole_numbers_become_int_as_in_the_sdk() -> None:
    values = {
        "WX_CONTEXT_KEYS": "WX_A,WX_B,WX_C,TCB_D,WX_,,WX_GONE",
        "WX_A": "12",
        "WX_B": "-3",
        "WX_C": "1.5",
    }
    context = {"environment": json.dumps({**values, "TCB_D": "x", "WX_": "y"})}
    assert wxcloud.get_wx_context(None, context) == {"A": 12, "B": -3, "C": "1.5", "TCB_D": "x", "WX_": "y"}


def test_identity_does_not_leak_between_calls() -> None:
    @wxcloud.function
    def main(event: Any, context: Any) -> Any:
        return wxcloud.get_wx_context()

    assert main({}, {"environment": json.dumps(RECORDED)})["OPENID"] == "openid-a"
    assert main({"userInfo": {"openId": "b"}}, {}) == {"OPENID": "b"}
    assert main({}, {}) == {}
    assert current() is None
    assert wxcloud.get_wx_context() == {}


def test_identity_does_not_leak_out_of_a_call_that_raises() -> None:
    @wxcloud.function
    def main(event: Any, context: Any) -> Any:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        main({"userInfo": {"openId": "b"}}, {})
    assert current() is None


def test_calls_nest() -> None:
    inner = wxcloud.function(lambda event, context: wxcloud.get_wx_context())

    @wxcloud.function
    def outer(event: Any, context: Any) -> Any:
        return [inner({"userInfo": {"openId": "inner"}}, {}), wxcloud.get_wx_context()]

    assert outer({"userInfo": {"openId": "outer"}}, {}) == [{"OPENID": "inner"}, {"OPENID": "outer"}]


def test_identity_does_not_leak_between_threads() -> None:
    both_inside = threading.Barrier(2)
    seen: dict[str, Any] = {}

    @wxcloud.function
    def main(event: Any, context: Any) -> None:
        both_inside.wait(5)
        seen[event["who"]] = wxcloud.get_wx_context()["OPENID"]
        both_inside.wait(5)

    events = [{"who": who, "userInfo": {"openId": who}} for who in ("a", "b")]
    threads = [threading.Thread(target=main, args=(event, {})) for event in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert seen == {"a": "a", "b": "b"}


def test_worker_thread_takes_the_caller_along_when_told_to() -> None:
    seen: list[Any] = []

    def work() -> None:
        seen.append(wxcloud.get_wx_context())

    @wxcloud.function
    def main(event: Any, context: Any) -> None:
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
        thread.start()
        thread.join(5)

    main({"userInfo": {"openId": "a"}}, {})
    assert seen == [{"OPENID": "a"}]


@pytest.mark.parametrize(
    ("context", "seconds"),
    [
        ({"time_limit_in_ms": 20000}, 20),
        ({"time_limit_in_ms": "5000"}, 5),
        ({"time_limit_in_ms": 1.5}, 0.0015),
        ({"time_limit_in_ms": 0}, DEFAULT_TIME_LIMIT),
        ({"time_limit_in_ms": -5}, DEFAULT_TIME_LIMIT),
        ({"time_limit_in_ms": None}, DEFAULT_TIME_LIMIT),
        ({"time_limit_in_ms": "soon"}, DEFAULT_TIME_LIMIT),
        ({"time_limit_in_ms": [1]}, DEFAULT_TIME_LIMIT),
        ({"time_limit_in_ms": float("inf")}, DEFAULT_TIME_LIMIT),
        ({"time_limit_in_ms": float("nan")}, DEFAULT_TIME_LIMIT),
        ({}, DEFAULT_TIME_LIMIT),
        (None, DEFAULT_TIME_LIMIT),
        ("x", DEFAULT_TIME_LIMIT),
    ],
)
def test_time_limit(context: Any, seconds: float) -> None:
    assert time_limit(context) == pytest.approx(seconds)
