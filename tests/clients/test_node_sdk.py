"""The unmodified @cloudbase/node-sdk and tcb-admin-node: they have no ``openapi``, and send its message as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr import specimens
from cloudbase_ocr.cloudbase.messages import CallMessage, Pair, ReplyMessage
from cloudbase_ocr.server import Server
from tests.clients.sdks import Call, Outcome, buffer, missing, run_server_sdk

pytestmark = pytest.mark.check

PACKAGES = ("@cloudbase/node-sdk", "tcb-admin-node")
PICTURE = Path(specimens.__file__).with_name("menu.jpg").read_bytes()
CALL = CallMessage((Pair("img_url", b'"mock://idcard"'),)).encode()
CALL_WITH_PICTURE = CallMessage((Pair("img", PICTURE, filename="img.jpeg"),)).encode()


def open_api(name: str, data: bytes) -> tuple[Any, ...]:
    return ({"apiName": name, "requestData": buffer(data)},)


CALLS = (
    Call(
        "json api", "callWxOpenApi", ({"apiName": "ocr.idcard", "requestData": {"img_url": "mock://idcard"}},)
    ),
    Call(
        "business", "callWxOpenApi", ({"apiName": "ocr.idcard", "requestData": {"img_url": "mock://101001"}},)
    ),
    Call("message", "callCompatibleWxOpenApi", open_api("ocr.idcard", CALL)),
    Call("permission", "callCompatibleWxOpenApi", open_api("ocr.bankcard", CALL)),
    Call("buffer", "callCompatibleWxOpenApi", open_api("ocr.printedText", CALL_WITH_PICTURE)),
    Call("malformed", "callCompatibleWxOpenApi", open_api("ocr.idcard", b"\xff")),
    Call("function", "callFunction", ({"name": "echo", "data": {"a": 1}},)),
    Call("function fails", "callFunction", ({"name": "fails", "data": {}},)),
    Call("no function", "callFunction", ({"name": "absent", "data": {}},)),
    Call("upload", "uploadFile", ({"cloudPath": "票据/a b.jpg", "fileContent": buffer(PICTURE)},)),
    Call("url", "getTempFileURL", ({"fileList": [{"$result": ["upload", "fileID"]}, "cloud://a.b/c"]},)),
    Call("download", "downloadFile", ({"fileID": {"$result": ["upload", "fileID"]}},)),
    Call("delete", "deleteFile", ({"fileList": [{"$result": ["upload", "fileID"]}, "cloud://a.b/c"]},)),
)


@pytest.fixture(scope="module", params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    if reason := missing(request.param):
        pytest.skip(reason)
    return str(request.param)


@pytest.fixture(scope="module")
def outcomes(package: str, emulator: Server, env_of: Callable[[str], dict[str, str]]) -> dict[str, Outcome]:
    init = {"env": "env-1"}
    if package == "tcb-admin-node":  # it does not look at TCB_CONTEXT_CNFG
        init = {"env": "env-1", "serviceUrl": f"{emulator.url}/admin"}
    return run_server_sdk(package, init, CALLS, env_of("echo"))


def message_of(outcome: Outcome) -> ReplyMessage:
    return ReplyMessage.parse(bytes(outcome.result["data"]))


def test_json_api(outcomes: dict[str, Outcome]) -> None:
    reply = outcomes["json api"].result["result"]
    assert (reply["errcode"], reply["errmsg"], reply["type"], reply["card_property"]) == (0, "ok", "Front", 4)
    assert outcomes["business"].result["result"] == {"errcode": 101001, "errmsg": "certificate not found"}


def test_message(outcomes: dict[str, Outcome]) -> None:
    message = message_of(outcomes["message"])
    assert (message.error_code, message.content_type) == (0, "application/json")
    assert json.loads(bytes(message.data))["name"] == "张三"


def test_permission(outcomes: dict[str, Outcome]) -> None:
    message = message_of(outcomes["permission"])
    assert (message.error_code, len(message.data)) == (-604101, 0)


def test_picture_as_buffer(outcomes: dict[str, Outcome]) -> None:
    reply = json.loads(bytes(message_of(outcomes["buffer"]).data))
    assert (reply["errcode"], reply["items"]) == (0, [])
    assert reply["img_size"]["w"] > 0


def test_malformed_message(package: str, outcomes: dict[str, Outcome]) -> None:
    assert errors_of(package, outcomes["malformed"])["code"] == "INVALID_PARAM"


def test_call_function(outcomes: dict[str, Outcome]) -> None:
    answer = outcomes["function"].result
    assert sorted(answer) == ["requestId", "result"]
    assert answer["result"]["a"] == 1


def errors_of(package: str, outcome: Outcome) -> dict[str, Any]:
    """node-sdk throws ``{code, message, requestId}``; tcb-admin-node returns it."""
    if package == "tcb-admin-node":
        return dict(outcome.result)
    return {"code": outcome.code, "message": outcome.message, **outcome.failure}


def test_function_that_fails(package: str, outcomes: dict[str, Outcome]) -> None:
    error = errors_of(package, outcomes["function fails"])
    assert error["code"] == "FUNCTIONS_EXECUTE_FAIL"
    assert "ValueError: no picture in the event" in error["message"]
    assert error["requestId"]
    assert errors_of(package, outcomes["no function"])["code"] == "FUNCTION_NOT_FOUND"


def test_files(outcomes: dict[str, Outcome]) -> None:
    file_id = outcomes["upload"].result["fileID"]
    assert file_id == "cloud://env-1.656e-env-1-1250000000/票据/a b.jpg"
    found, absent = outcomes["url"].result["fileList"]
    assert (found["code"], found["fileID"], absent["code"]) == ("SUCCESS", file_id, "STORAGE_FILE_NONEXIST")
    assert bytes(outcomes["download"].result["fileContent"]["data"]) == PICTURE
    assert [entry["code"] for entry in outcomes["delete"].result["fileList"]] == [
        "SUCCESS",
        "STORAGE_FILE_NONEXIST",
    ]
