"""``POST /_emulator/invoke``: what wx.cloud.callFunction gives a mini-program."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.runtime import Invocation, Runtime, TooManyInstances
from cloudbase_ocr.runtime.outcomes import (
    MAX_RESULT_BYTES,
    WeChatCallError,
    call_function_result,
    invoke_for_wechat,
)

Post = Callable[..., requests.Response]
URL = "/_emulator/invoke"
FAIL = "cloud.callFunction:fail Error: "


def call(post: Post, **body: Any) -> dict[str, Any]:
    reply = post(URL, json=body)
    assert reply.status_code == 200
    answer: dict[str, Any] = reply.json()
    return answer


def test_success(post: Post) -> None:
    answer = call(post, name="echo", data={"a": "值"})
    assert list(answer) == ["errMsg", "result", "requestID"]
    assert answer["errMsg"] == "cloud.callFunction:ok"
    assert answer["result"] == {"a": "值", "tcbContext": {}, "userInfo": {"appId": "wx-1", "openId": "o-1"}}
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["requestID"])


def test_data_may_be_left_out(post: Post) -> None:
    assert set(call(post, name="echo")["result"]) == {"tcbContext", "userInfo"}


def test_caller_may_be_named(post: Post) -> None:
    result = call(post, name="whoami", openid="o-other", appid="wx-other")["result"]
    assert result["userInfo"] == {"appId": "wx-other", "openId": "o-other"}
    assert (result["WX_OPENID"], result["WX_APPID"], result["TCB_SOURCE"]) == (
        "o-other",
        "wx-other",
        "wx_client",
    )


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("fails", -504002, "errCode: -504002 functions execute fail | errMsg: KeyError: 'data'"),
        (
            "exits",
            -504002,
            "errCode: -504002 functions execute fail | errMsg: User process exit when running",
        ),
        ("slow", -504003, "errCode: -504003  | errMsg: Invoking task timed out after 1 seconds"),
        ("hog", -504002, "errCode: -504002 functions execute fail | errMsg: Task memory exceeded 64 MB"),
        (
            "php",
            -504001,
            (
                "errCode: -504001 functions request fail | errMsg: Function php cannot run: "
                "written in PHP, and only Python and Node.js functions run here"
            ),
        ),
    ],
)
def test_failures(post: Post, name: str, code: int, message: str) -> None:
    assert call(post, name=name) == {"errCode": code, "errMsg": FAIL + message}


def test_function_that_does_not_exist(post: Post) -> None:
    answer = call(post, name="absent")
    assert answer["errCode"] == -501000
    reason = "errCode: -501000  | errMsg: FunctionName parameter could not be found."
    assert re.fullmatch(
        re.escape(FAIL + reason)
        + r" \(callId: \d{13}-0\.\d+\) \(trace: (\d\d:\d\d:\d\d) start->\1 system error \(Error: "
        + re.escape(reason)
        + r"\), abort\)",
        answer["errMsg"],
    )


def test_busy_function() -> None:
    invocation = Invocation("r", "f", None, TooManyInstances("busy"), "", 0, 0, 0, cold=False, started_at=0)
    assert call_function_result(invocation) == {
        "errCode": -501004,
        "errMsg": FAIL + "errCode: -501004 exceed concurrent request limit | errMsg: busy",
    }


@pytest.mark.parametrize("data", [[], "text", 5, None])
def test_data_is_an_object(post: Post, data: object) -> None:
    answer = call(post, name="echo", data=data)
    assert answer["errCode"] == -501007
    assert answer["errMsg"].startswith(FAIL + "errCode: -501007 invalid parameters | errMsg: ")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting"),
        (b"[]", 'send {"name"'),
        (b"{}", 'send {"name"'),
        (b'{"name": 5}', 'send {"name"'),
        (b'{"name": "echo", "openId": "o"}', "unknown key 'openId'"),
        (b'{"name": "echo", "openid": "o;PATH=/x"}', "openid may hold letters"),
        (b'{"name": "echo", "openid": 5}', "openid may hold letters"),
        (b'{"name": "echo", "appid": null}', "appid may hold letters"),
        (b'{"name": "echo", "data": NaN}', "NaN is not JSON"),
    ],
)
def test_wrong_requests_are_explained(post: Post, body: bytes, says: str) -> None:
    reply = post(URL, data=body)
    assert reply.status_code == 400
    assert says in reply.json()["error"]


def test_wechat_http_api(function_folder: Path) -> None:
    with Runtime(function_folder) as runtime:
        answer = invoke_for_wechat(runtime, "echo", {"a": "值"}, appid="wx-1")
        assert answer == '{"a": "值", "userInfo": {"appId": "wx-1"}}'
        assert invoke_for_wechat(runtime, "talks", {}, appid="wx-1") == "null"
        for name, code, text in [
            ("absent", -501000, "FunctionName parameter could not be found."),
            ("fails", -504002, "functions execute fail KeyError: 'data'"),
            ("slow", -504003, "Invoking task timed out after 1 seconds"),
        ]:
            with pytest.raises(WeChatCallError) as failure:
                invoke_for_wechat(runtime, name, {}, appid="wx-1")
            assert (failure.value.errcode, failure.value.errmsg) == (code, text)


@pytest.fixture
def written(function_folder: Path) -> Iterator[Callable[..., None]]:
    """Write one more function into the folder that the tests of this folder share; it goes at the end."""
    folder = function_folder / "written"
    folder.mkdir()

    def write(code: str, **config: Any) -> None:
        (folder / "index.py").write_text(code, encoding="utf-8")
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")

    yield write
    shutil.rmtree(folder)


@pytest.mark.parametrize(("size", "fits"), [(MAX_RESULT_BYTES - 2, True), (MAX_RESULT_BYTES - 1, False)])
def test_a_mini_program_gets_a_megabyte_at_most(
    post: Post, written: Callable[..., None], size: int, fits: bool
) -> None:
    written(f"def main(event, context): return 'x' * {size}\n")
    answer = call(post, name="written")
    if fits:
        assert answer["result"] == "x" * size
        return
    text = "cloudfunction result size exceed limit (1MB)"
    assert answer == {"errCode": -604001, "errMsg": f"{FAIL}errCode: -604001 {text} | errMsg: {text}"}


@pytest.fixture
def timed(written: Callable[..., None]) -> str:
    """A function with a timer that gives its event and its variables; its name."""
    code = "import os\ndef main(event, context): return {'event': event, 'variables': dict(os.environ)}\n"
    written(code, triggers=[{"name": "daily", "type": "timer", "config": "0 0 2 * * * *"}])
    return "written"


def test_a_timer_sends_its_own_event_for_no_user(post: Post, timed: str) -> None:
    result = call(post, name=timed, trigger="daily")["result"]
    event, variables = result["event"], result["variables"]
    assert list(event) == ["Type", "TriggerName", "Time", "Message"]
    assert (event["Type"], event["TriggerName"], event["Message"]) == ("Timer", "daily", "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["Time"])
    assert variables["TRIGGER_SRC"] == "timer"
    assert variables["WX_CONTEXT_KEYS"] == "WX_APPID,WX_TRIGGER_API_TOKEN_V0"
    assert "WX_OPENID" not in variables


def test_a_timer_that_is_not_there(post: Post, timed: str) -> None:
    reply = post(URL, json={"name": timed, "trigger": "hourly"})
    assert reply.status_code == 400
    assert reply.json()["error"] == (
        "function written has no timer 'hourly'; there are daily. Write it as triggers in cloudbaserc.json or "
        "config.json"
    )
    assert "there is no function 'gone'" in post(URL, json={"name": "gone", "trigger": "x"}).json()["error"]
