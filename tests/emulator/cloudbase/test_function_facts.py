"""What Tencent Cloud's API tells of functions and their calls, as tencentcloud-sdk-* asks for it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.cloudbase.function_facts import MAX_SHOWN_CODE, time_text
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

CODE = "def main(event, context):\n    print(event)\n    return 1 / event.get('number', 1)\n"
CONFIG = {
    "timeout": 7,
    "memorySize": 128,
    "runtime": "Python3.9",
    "envVariables": {"KEY": "值"},
    "layers": [{"name": "fonts", "version": 2}],
    "triggers": [{"name": "daily", "type": "timer", "config": "0 0 2 * * * *"}],
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root: Path = tmp_path_factory.mktemp("facts")
    for name in ("divides", "plain", "large"):
        (root / name).mkdir()
        (root / name / "index.py").write_text(CODE, encoding="utf-8")
    (root / "divides" / "config.json").write_text(json.dumps({**CONFIG, "runtime": None}), encoding="utf-8")
    (root / "large" / "index.py").write_text("#" * (MAX_SHOWN_CODE + 1))
    (root / "php").mkdir()
    (root / "php" / "index.php").touch()
    os.utime(root / "plain" / "index.py", (1_700_000_000, 1_700_000_000))
    with running(Settings(port=0, functions=root, recognizer=False, env_id="env-1")) as server:
        for number in (1, 0, 2):
            requests.post(f"{server.url}/v1/functions/divides", json={"number": number}, timeout=30)
        yield server


def ask(server: Server, action: str, **parameters: Any) -> dict[str, Any]:
    headers = {"X-TC-Action": action, "X-TC-Version": "2018-04-16"}
    reply = requests.post(server.url, json=parameters, headers=headers, timeout=30)
    return dict(reply.json()["Response"])


def names(answer: dict[str, Any]) -> list[str]:
    return [info["FunctionName"] for info in answer["Functions"]]


def test_pages_of_functions(facts: Server) -> None:
    answer = ask(facts, "ListFunctions", Namespace="env-1")
    assert (names(answer), answer["TotalCount"]) == (["divides", "large", "php", "plain"], 4)
    assert names(ask(facts, "ListFunctions", Offset=1, Limit=2)) == ["large", "php"]
    found = ask(facts, "ListFunctions", SearchKey="l")
    assert (names(found), found["TotalCount"]) == (["large", "plain"], 2)
    assert ask(facts, "ListFunctions", Limit=101)["Error"]["Code"] == "InvalidParameterValue.Limit"


def test_what_is_listed_of_a_function(facts: Server) -> None:
    php, plain = ask(facts, "ListFunctions", Offset=2)["Functions"]
    assert (php["Status"], php["Runtime"]) == ("CreateFailed", "")
    assert "PHP" in php["StatusDesc"]
    assert (plain["Status"], plain["Type"], plain["Namespace"]) == ("Active", "Event", "env-1")
    assert plain["Runtime"].startswith("Python3.")
    assert plain["ModTime"] == plain["AddTime"] == "2023-11-15 06:13:20"
    assert plain["FunctionId"] != php["FunctionId"]


def test_a_function_in_detail(facts: Server) -> None:
    told = ask(facts, "GetFunction", FunctionName="divides", ShowCode="TRUE")
    assert told["CodeInfo"] == CODE
    assert told["CodeSize"] == sum(
        file.stat().st_size for file in (facts.emulator.runtime.root / "divides").iterdir() if file.is_file()
    )
    assert (told["Handler"], told["Timeout"], told["MemorySize"]) == ("index.main", 7, 128)
    assert told["Environment"] == {"Variables": [{"Key": "KEY", "Value": "值"}]}
    assert told["Layers"] == [{"LayerName": "fonts", "LayerVersion": 2}]
    (trigger,) = told["Triggers"]
    assert (trigger["TriggerName"], trigger["Type"]) == ("daily", "timer")
    assert json.loads(trigger["TriggerDesc"]) == {"cron": "0 0 2 * * * *"}
    assert told["InstallDependency"] == "FALSE"
    assert ask(facts, "GetFunction", FunctionName="large")["CodeInfo"] == ""
    assert ask(facts, "GetFunction", FunctionName="php")["CodeInfo"] == ""


@pytest.mark.parametrize("action", ["GetFunction", "GetFunctionLogs"])
@pytest.mark.parametrize("name", ["absent", "../plain", "\ud800", "plain/"])
def test_a_function_that_is_not_there(facts: Server, action: str, name: str) -> None:
    ask(facts, "Invoke", FunctionName=name)  # which leaves a call of that name
    error = ask(facts, action, FunctionName=name)["Error"]
    assert error["Code"] == "ResourceNotFound.FunctionName"
    assert "divides, large, php, plain" in error["Message"]


def numbers(facts: Server, **parameters: Any) -> list[int]:
    """Return which of the calls are given, by the number of their event."""
    calls = ask(facts, "GetFunctionLogs", FunctionName="divides", **parameters)["Data"]
    return [
        json.loads(call["Log"].splitlines()[2].replace("'", '"').replace("*", "9"))["number"]
        for call in calls
    ]


def test_calls_with_their_logs(facts: Server) -> None:
    answer = ask(facts, "GetFunctionLogs", FunctionName="divides")
    assert answer["TotalCount"] == 3
    latest, failed, first = answer["Data"]
    assert (latest["RetMsg"], latest["RetCode"], latest["InvokeFinished"]) == ("0.5", 0, 1)
    assert (json.loads(failed["RetMsg"]), failed["RetCode"]) == (
        {"errorMessage": "user code exception caught", "statusCode": 430},
        430,
    )
    assert "ZeroDivisionError" in failed["Log"]
    assert first["Duration"] <= first["BillDuration"]
    assert numbers(facts, FunctionRequestId=first["RequestId"]) == [1]
    assert ask(facts, "GetFunctionLogs", FunctionName="plain") | {"RequestId": ""} == {
        "Data": [],
        "TotalCount": 0,
        "RequestId": "",
    }


def test_which_calls_and_in_which_order(facts: Server) -> None:
    assert numbers(facts) == [2, 0, 1]
    assert numbers(facts, Order="asc") == [1, 0, 2]
    assert numbers(facts, Offset=1, Limit=1) == [0]
    assert numbers(facts, Filter={"RetCode": "is0"}) == [2, 1]
    assert numbers(facts, Filter={"RetCode": "not0"}) == [0]
    durations = [
        call["Duration"]
        for call in ask(facts, "GetFunctionLogs", FunctionName="divides", OrderBy="duration")["Data"]
    ]
    assert durations == sorted(durations, reverse=True)


def test_times_are_shanghais_or_this_machines(facts: Server) -> None:
    now = time.time()
    shanghai = {"StartTime": time_text(now - 600), "EndTime": time_text(now + 600)}
    assert len(numbers(facts, **shanghai)) == 3
    here = datetime.now()  # noqa: DTZ005 - what tcb sends
    shown = [f"{here + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}" for minutes in (-10, 10)]
    assert len(numbers(facts, StartTime=shown[0], EndTime=shown[1])) == 3
    assert numbers(facts, StartTime="2020-01-01 00:00:00", EndTime="2020-01-02 00:00:00") == []
    assert numbers(facts, EndTime="2020-01-02 00:00:00") == []
    error = ask(facts, "GetFunctionLogs", FunctionName="divides", StartTime="yesterday")["Error"]
    assert error["Code"] == "InvalidParameterValue.StartTime"
    assert "2026-05-16 20:00:00" in error["Message"]
