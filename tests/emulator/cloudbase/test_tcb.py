"""What Tencent Cloud's API tells of the environment, and of the calls of its functions."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from cloudbase_ocr.cloudbase import tcb
from cloudbase_ocr.server import Server


def ask(server: Server, action: str, **parameters: Any) -> dict[str, Any]:
    headers = {"X-TC-Action": action, "X-TC-Version": tcb.VERSION}
    reply = requests.post(server.url, json=parameters, headers=headers, timeout=30)
    return dict(reply.json()["Response"])


def test_the_environment(server: Server) -> None:
    answer = ask(server, "DescribeEnvs")
    (found,) = answer["EnvList"]
    assert (answer["Total"], found["EnvId"], found["Status"], found["Region"]) == (
        1,
        "env-1",
        "NORMAL",
        "ap-shanghai",
    )
    assert found["Functions"] == [{"Namespace": "env-1", "Region": "ap-shanghai"}]
    (storage,) = found["Storages"]
    file_id = server.emulator.files.file_id("env-1", "a/b.jpg")
    assert file_id == f"cloud://env-1.{storage['Bucket']}/a/b.jpg"
    assert storage["Bucket"].endswith(storage["AppId"])
    info = ask(server, "DescribeEnvInfo", EnvId="env-1")["EnvInfo"]
    assert info["EnvBaseInfo"] == found
    assert info["UserInfo"] == {"AppId": storage["AppId"]}


@pytest.mark.parametrize(
    ("parameters", "total"),
    [
        ({"EnvId": "env-1"}, 1),
        ({"EnvId": "env-2"}, 0),
        ({"IsVisible": False, "Channels": ["dcloud"]}, 1),
        ({"IsVisible": True, "Channels": ["dcloud"]}, 0),
        ({"IsVisible": "true", "Channels": ["qc_console"]}, 1),
        ({"IsVisible": False, "Channels": ["qc_console"]}, 0),
    ],
)
def test_which_environments_are_listed(server: Server, parameters: dict[str, Any], total: int) -> None:
    answer = ask(server, "DescribeEnvs", **parameters)
    assert (answer["Total"], len(answer["EnvList"])) == (total, total)


def test_another_environment_is_not_here(server: Server) -> None:
    error = ask(server, "DescribeEnvInfo", EnvId="env-2")["Error"]
    assert error["Code"] == "ResourceNotFound"
    assert "'env-1'" in error["Message"]
    assert "--env-id" in error["Message"]


def test_functions_are_listed(server: Server) -> None:
    answer = ask(server, "ListFunctions", EnvId="env-1", Limit=100)
    names = [info["FunctionName"] for info in answer["Functions"]]
    assert names == [info.name for info in server.emulator.runtime.functions()]
    assert answer["TotalCount"] == len(names)


def test_the_log_of_a_call_as_the_command_line_asks_for_it(server: Server) -> None:
    called = requests.post(f"{server.url}/v1/functions/talks", json={"times": 2}, timeout=30)
    request_id = called.headers["X-Request-Id"]
    latest = ask(server, "GetFunctionLogs", EnvId="env-1", FunctionName="talks", Limit=1, Offset=0)[
        "LogList"
    ][0]
    assert (latest["RequestId"], latest["RetCode"], latest["RetryNum"]) == (request_id, 0, 0)
    detail = ask(server, "GetFunctionLogDetail", LogRequestId=request_id)
    assert (detail["RequestId"], detail["StartTime"], detail["RetMsg"]) == (
        request_id,
        latest["StartTime"],
        "null",
    )
    lines = detail["LogJson"].splitlines()
    assert lines[0] == f"START RequestId: {request_id}"
    assert lines[2] == "你* 你* ", "masked, as in the journal"
    assert detail["MemUsage"] > 1024 * 1024
    assert detail["Duration"] > 0


@pytest.mark.parametrize("request_id", ["none", "x" * 10_000])
def test_a_call_that_is_not_kept(server: Server, request_id: str) -> None:
    error = ask(server, "GetFunctionLogDetail", LogRequestId=request_id)["Error"]
    assert error["Code"] == "ResourceNotFound"
    assert len(error["Message"]) < 300
