"""Functions on the control side: what they are, what they did, and what they may call beside what they called."""

from __future__ import annotations

import itertools
import json
import shutil
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import wxcloud
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.journal.function_history import CALLS_KEPT, FunctionHistory
from cloudbase_ocr.runtime import Invocation
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.emulator.control.journal_client import NAME, NUMBER

CODE = {
    "reads": """
        import wxcloud as cloud

        main = cloud.function("ocr.idcard")
    """,
    "oversteps": """
        import wxcloud as cloud

        @cloud.function
        def main(event, context):
            cloud.openapi.ocr.idcard({"imgUrl": "mock://idcard"})
            return cloud.openapi.ocr.bankcard({"imgUrl": "mock://bankcard"})
    """,
    "direct": """
        import os
        import requests

        def main(event, context):
            asked = {"access_token": "mock://wx1", "img_url": "mock://menu"}
            return requests.post(os.environ["WXCLOUD_API_BASE"] + "/cv/ocr/menu", params=asked, timeout=20).json()
    """,
    "vehicle": """
        import wxcloud as cloud

        @cloud.function
        def main(event, context):
            return cloud.openapi.ocr.drivingLicense({"imgUrl": "mock://drivingLicense"})
    """,
    "who": """
        import wxcloud as cloud

        @cloud.function
        def main(event, context):
            return {**cloud.get_wx_context(), "userInfo": event["userInfo"]}
    """,
    "prints": """
        def main(event, context):
            for line in event["lines"]:
                print(line)
            raise KeyError("nothing")
    """,
    "waits": """
        import pathlib
        import time

        def main(event, context):
            print("waiting for " + event["who"], flush=True)
            while not pathlib.Path(event["until"]).exists():
                time.sleep(0.01)
            return "done"
    """,
}
PERMISSIONS = {"oversteps": ["ocr.idcard", "ocr.menu"], "vehicle": ["ocr.drivingLicense"]}
NODE_CODE = """
const http = require('http')

exports.main = () => new Promise((resolve, reject) => {
  const { WX_API_TOKEN } = process.env
  const url = new URL(JSON.parse(process.env.TCB_CONTEXT_CNFG).URL)
  const body = JSON.stringify({
    action: 'wx.api', apiName: 'openapi.ocr.bankcard', requestData: '{}', wxCloudApiToken: WX_API_TOKEN,
  })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  const request = http.request(url, { method: 'POST', headers }, reply => {
    reply.resume()
    reply.on('end', () => resolve({}))
  })
  request.on('error', reject)
  request.end(body)
})
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("functions")
    for name, code in CODE.items():
        write(folder / name, "index.py", textwrap.dedent(code), PERMISSIONS.get(name, ["ocr.idcard"]))
    write(folder / "scripted", "index.js", NODE_CODE, ["ocr.idcard"])
    (folder / "old").mkdir()
    (folder / "old" / "index.php").write_text("", encoding="utf-8")
    (folder / "wxcloud").symlink_to(Path(str(wxcloud.__file__)).parent, target_is_directory=True)
    with running(Settings(port=0, recognizer=False, functions=folder, max_instances=3)) as running_server:
        yield running_server


@pytest.fixture(autouse=True)
def fresh(server: Server) -> Iterator[None]:
    yield
    Control(server.emulator).reset()


def write(folder: Path, file: str, code: str, permissions: list[str]) -> None:
    folder.mkdir()
    (folder / file).write_text(code, encoding="utf-8")
    config = {"permissions": {"openapi": permissions}, "timeout": 20}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def invoke(server: Server, name: str, data: Any = None, **caller: str) -> requests.Response:
    body = {"name": name, "data": data or {}, **caller}
    return requests.post(server.url + "/_emulator/invoke", json=body, timeout=60)


def get(server: Server, path: str, **query: Any) -> Any:
    return requests.get(f"{server.url}/_emulator/{path}", params=query, timeout=20).json()


def states(server: Server, name: str) -> dict[str, tuple[str, int, int]]:
    """Return state, calls and refusals of each cloud call of a function."""
    listed = get(server, f"functions/{name}")["cloud_calls"]
    return {each["name"]: (each["state"], each["calls"], each["refused"]) for each in listed}


def test_a_function_is_described_with_its_limits_and_the_report_of_its_latest_call(server: Server) -> None:
    before = get(server, "functions/reads")
    assert (before["language"], before["runtime"][:7]) == ("Python", "Python3")
    assert (before["timeout"], before["memory"], before["permissions"]) == (20, 256, ["ocr.idcard"])
    assert (before["calls"], before["last"]) == (0, None)
    assert before["instances"] == {"warm": 0, "busy": 0, "starting": 0, "limit": 3}
    reply = invoke(server, "reads", {"imgUrl": "mock://idcard"})
    after = get(server, "functions/reads")
    assert after["instances"]["warm"] == 1
    assert after["last"]["request_id"] == reply.json()["requestID"] == reply.headers["X-Request-Id"]
    assert after["last"]["cold"]
    assert after["last"]["billed_ms"] == -(-after["last"]["duration_ms"] // 1)
    assert after["last"]["memory_limit_mb"] == 256
    invoke(server, "reads", {"imgUrl": "mock://idcard"})
    again = get(server, "functions/reads")
    assert (again["calls"], again["last"]["cold"]) == (2, False)


def test_a_function_that_cannot_run_is_listed_with_the_reason(server: Server) -> None:
    listed = {each["name"]: each for each in get(server, "functions")["functions"]}
    assert "written in PHP" in listed["old"]["reason"]
    assert (listed["old"]["runnable"], listed["old"]["runtime"]) == (False, "")
    assert listed["reads"]["runnable"]


def test_a_permission_that_is_never_used_and_a_call_that_is_not_permitted(server: Server) -> None:
    assert states(server, "oversteps") == {"ocr.idcard": ("unused", 0, 0), "ocr.menu": ("unused", 0, 0)}
    assert invoke(server, "oversteps").json()["result"]["errCode"] == -604101
    assert states(server, "oversteps") == {
        "ocr.idcard": ("used", 1, 0),
        "ocr.menu": ("unused", 0, 0),
        "ocr.bankcard": ("refused", 1, 1),
    }


def test_a_call_over_https_is_seen_although_nothing_permits_it(server: Server) -> None:
    assert invoke(server, "direct").json()["result"]["errcode"] == 0
    assert states(server, "direct") == {"ocr.idcard": ("unused", 0, 0), "ocr.menu": ("unlisted", 1, 0)}


def test_a_path_of_two_names_counts_for_the_one_that_is_permitted(server: Server) -> None:
    assert invoke(server, "vehicle").json()["result"]["errCode"] == 0
    assert states(server, "vehicle") == {"ocr.drivingLicense": ("used", 1, 0)}


@pytest.mark.check
@pytest.mark.skipif(shutil.which("node") is None, reason=needs.NODE)
def test_a_refusal_of_the_gateway_is_seen_for_node(server: Server) -> None:
    assert get(server, "functions/scripted")["runtime"].startswith("Nodejs")
    invoke(server, "scripted")
    found = states(server, "scripted")
    assert found["ocr.idcard"] == ("unused", 0, 0)
    assert found["ocr.bankcard"][1] == 1


def test_logs_are_masked_until_asked_for(server: Server) -> None:
    reply = invoke(server, "prints", {"lines": [f"read {NAME} {NUMBER}", "access_token=secret-of-somebody"]})
    assert reply.json()["errCode"] == -504002
    (call,) = get(server, "functions/prints/logs")["calls"]
    assert call["request_id"] == reply.headers["X-Request-Id"]
    assert (call["code"], call["message"], call["running"]) == (430, "user code exception caught", False)
    assert call["log"].startswith(f"START RequestId: {call['request_id']}\n")
    assert f"read {NAME[0]}*** {'*' * len(NUMBER)}" in call["log"]
    assert "KeyError" in call["log"]
    assert "secret-of-somebody" not in call["log"]
    (shown,) = get(server, "functions/prints/logs", personal_data="true")["calls"]
    assert f"read {NAME} {NUMBER}" in shown["log"]


def test_logs_are_bounded_and_the_latest_come_first(server: Server) -> None:
    ids = [
        invoke(server, "prints", {"lines": [str(number)]}).headers["X-Request-Id"]
        for number in range(CALLS_KEPT + 2)
    ]
    calls = get(server, "functions/prints/logs")["calls"]
    assert [call["request_id"] for call in calls] == ids[:1:-1]
    assert len(get(server, "functions/prints/logs", limit=3)["calls"]) == 3
    (one,) = get(server, "functions/prints/logs", request_id=ids[5])["calls"]
    assert one["request_id"] == ids[5]
    assert get(server, "functions/prints")["calls"] == CALLS_KEPT + 2


def test_a_long_log_keeps_its_end(server: Server) -> None:
    invoke(server, "prints", {"lines": ["x" * 1000] * 100})
    (call,) = get(server, "functions/prints/logs")["calls"]
    assert len(call["log"]) == 64 * 1024
    assert call["log"].rstrip().splitlines()[-1].startswith("Report RequestId: ")


def test_a_call_under_way_shows_what_it_has_printed(server: Server, tmp_path: Path) -> None:
    until = tmp_path / "go on"
    caller = threading.Thread(
        target=invoke, args=(server, "waits", {"until": str(until), "who": NAME}), daemon=True
    )
    caller.start()
    for _ in itertools.count():
        calls = get(server, "functions/waits/logs")["calls"]
        if calls and calls[0]["log"]:
            break
    assert (calls[0]["running"], calls[0]["duration_ms"]) == (True, 0.0)
    assert calls[0]["log"] == f"waiting for {NAME[0]}***\n"
    assert get(server, "functions/waits")["instances"]["busy"] == 1
    until.touch()
    caller.join(20)
    (call,) = get(server, "functions/waits/logs")["calls"]
    assert not call["running"]


def test_reset_forgets_calls_and_what_was_called(server: Server) -> None:
    invoke(server, "oversteps")
    requests.post(server.url + "/_emulator/reset", json={}, timeout=20)
    state = get(server, "functions/oversteps")
    assert (state["calls"], state["last"], state["instances"]["warm"]) == (0, None, 0)
    assert "ocr.bankcard" not in states(server, "oversteps")


def test_history_keeps_little_of_much() -> None:
    history = FunctionHistory(lambda _id: None)
    for number in range(600):
        history.take(invocation(f"f{number}", "x" * 100_000))
    kept = {number for number in range(600) if history.calls(f"f{number}")}
    assert kept == set(range(600 - 128, 600)), "8 MB of logs, 64 KB each: those of the latest calls"
    for _ in range(2 * CALLS_KEPT):
        history.take(invocation("f300", "x" * 100_000))
    assert len(history.calls("f300")) == CALLS_KEPT
    assert history.total("f300") == 2 * CALLS_KEPT + 1
    assert history.calls("f599")
    assert history.total("f99") == 0, "of 500 functions at most something is known"
    history.reset()
    assert history.total("f300") == 0


def invocation(name: str, log: str) -> Invocation:
    return Invocation("id", name, "{}", None, log, 1.0, 0.0, 8.0, False, 0.0)


@pytest.mark.check
def test_events_to_begin_with_are_answered(server: Server) -> None:
    events = get(server, "functions/reads")["events"]
    assert events[0] == {"imgUrl": "mock://idcard/front"}
    codes = [invoke(server, "reads", event).json()["result"]["errCode"] for event in events]
    assert codes == [0, 0, 101001, 0]


@pytest.mark.parametrize(
    ("path", "query", "status", "message"),
    [
        ("functions/none", {}, 404, "there is no function 'none'; there are direct, old"),
        ("functions/none/logs", {}, 404, "there is no function 'none'"),
        ("functions/..%2Freads", {}, 404, "there is no function '../reads'"),
        ("functions/reads/logs", {"limit": 0}, 400, "limit: must be at least 1"),
        ("functions/reads/logs", {"limit": "many"}, 400, "limit: 'many' is no integer"),
        ("functions/reads/logs", {"tail": 1}, 400, "functions.logs has no such parameter"),
    ],
)
def test_a_wrong_question_is_answered_in_one_line(
    server: Server, path: str, query: dict[str, Any], status: int, message: str
) -> None:
    answer = requests.get(f"{server.url}/_emulator/{path}", params=query, timeout=20)
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_a_caller_may_have_a_unionid_and_a_source(server: Server) -> None:
    seen = invoke(server, "who", openid="o-1", unionid="u-1", source="wx_devtools").json()["result"]
    assert (seen["OPENID"], seen["UNIONID"], seen["SOURCE"]) == ("o-1", "u-1", "wx_devtools")
    assert seen["userInfo"]["unionId"] == "u-1"
    plain = invoke(server, "who").json()["result"]
    assert "UNIONID" not in plain
    assert (plain["SOURCE"], set(plain["userInfo"])) == ("wx_client", {"appId", "openId"})
    refused = invoke(server, "who", {}, unionid="u;WX_OPENID=o-2")
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("unionid may hold letters, digits")
