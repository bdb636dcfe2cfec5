"""The unmodified wx-server-sdk, four versions: each result and each error is exactly what that version makes of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr import specimens
from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.clients.sdks import Call, Outcome, buffer, missing, run_server_sdk
from wxcloud.service_market import DOCUMENTS

pytestmark = pytest.mark.check

VERSIONS = {
    "4.0.2": "wx-server-sdk",
    "3.0.1": "wx-server-sdk-3",
    "2.6.3": "wx-server-sdk-2",
    "1.5.3": "wx-server-sdk-1",
}
PICTURE = Path(specimens.__file__).with_name("menu.jpg").read_bytes()
MARKET = {"service": "wx79ac3de8be320b71", "api": "OcrAllInOne", "clientMsgId": "1"}
CALLS = (
    *(
        Call(
            f"market {document.ocr_type}",
            "openapi.serviceMarket.invokeService",
            (
                {
                    **MARKET,
                    "data": {
                        "imgUrl": f"mock://{document.method.cloud_names[0]}",
                        "dataType": 3,
                        "ocrType": document.ocr_type,
                    },
                },
            ),
        )
        for document in DOCUMENTS
    ),
    Call("market text", "openapi.serviceMarket.invokeService", ({**MARKET, "data": '{"ocrType":1}'},)),
    Call("market buffer", "openapi.serviceMarket.invokeService", ({**MARKET, "data": buffer(PICTURE)},)),
    Call(
        "market file",
        "openapi.serviceMarket.invokeService",
        ({**MARKET, "data": {"contentType": "image/jpeg", "value": buffer(PICTURE)}},),
    ),
    Call("success", "openapi.ocr.idcard", ({"type": "photo", "imgUrl": "mock://idcard"},)),
    Call("back", "openapi.ocr.idcard", ({"imgUrl": "mock://idcard/back"},)),
    Call("business", "openapi.ocr.idcard", ({"imgUrl": "mock://101000"},)),
    Call("no picture", "openapi.ocr.idcard", ({},)),
    Call("permission", "openapi.ocr.bankcard", ({"imgUrl": "mock://bankcard"},)),
    Call("no such api", "openapi.ocr.passport", ({"imgUrl": "mock://idcard"},)),
    Call(
        "buffer",
        "openapi.ocr.printedText",
        ({"img": {"contentType": "image/jpeg", "value": buffer(PICTURE)}},),
    ),
    Call("bare buffer", "openapi.ocr.printedText", ({"img": buffer(PICTURE)},)),
    Call("crop", "openapi.img.aiCrop", ({"imgUrl": "mock://any"},)),
    Call("json api", "callOpenAPI", ({"api": "ocr.idcard", "data": {"img_url": "mock://idcard"}},)),
    Call("function", "callFunction", ({"name": "echo", "data": {"a": 1}},)),
    Call("function fails", "callFunction", ({"name": "fails", "data": {}},)),
    Call("upload", "uploadFile", ({"cloudPath": "身份证/a b.jpg", "fileContent": buffer(PICTURE)},)),
    Call(
        "url",
        "getTempFileURL",
        ({"fileList": [{"$result": ["upload", "fileID"]}, "cloud://env-1.656e-env-1-1250000000/none"]},),
    ),
    Call("download", "downloadFile", ({"fileID": {"$result": ["upload", "fileID"]}},)),
    Call("delete", "deleteFile", ({"fileList": [{"$result": ["upload", "fileID"]}]},)),
    Call("delete again", "deleteFile", ({"fileList": [{"$result": ["upload", "fileID"]}]},)),
)


@pytest.fixture(scope="module", params=list(VERSIONS))
def version(request: pytest.FixtureRequest) -> str:
    if reason := missing(VERSIONS[request.param]):
        pytest.skip(reason)
    return str(request.param)


@pytest.fixture(scope="module")
def outcomes(version: str, emulator: Server, env_of: Callable[[str], dict[str, str]]) -> dict[str, Outcome]:
    # serviceUrl is what versions before 2.6.3 need; the others find the emulator by the variables.
    init: dict[str, Any] = {"env": {"$env": "DYNAMIC_CURRENT_ENV"}}
    if version == "1.5.3":
        init = {"env": "env-1", "serviceUrl": f"{emulator.url}/admin"}
    return run_server_sdk(VERSIONS[version], init, CALLS, env_of("echo"))


def test_success(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["success"].value == (
        '{"type":"Front","name":"张三","id":"123456789012345678","addr":"广东省广州市XXX","gender":"男",'
        '"nationality":"汉","birth":"1990-01-01","cardProperty":4,"errMsg":"openapi.ocr.idcard:ok","errCode":0}'
    )
    assert list(outcomes["back"].result) == [
        *("type", "authority", "validDate", "cardProperty", "errMsg", "errCode")
    ]


def test_service_market(outcomes: dict[str, Outcome], emulator: Server) -> None:
    """The SDK converts names inside `data`, and hands the text of the reply through."""
    for document in DOCUMENTS:
        call = {
            "service": MARKET["service"],
            "api": MARKET["api"],
            "data": {
                "img_url": f"mock://{document.method.cloud_names[0]}",
                "data_type": 3,
                "ocr_type": document.ocr_type,
            },
            "client_msg_id": "1",
        }
        url = f"{emulator.url}/wxa/servicemarket?access_token=mock://wx1"
        reply = requests.post(url, json=call, timeout=30).json()
        assert outcomes[f"market {document.ocr_type}"].value == json.dumps(
            {"data": reply["data"], "errMsg": "openapi.serviceMarket.invokeService:ok", "errCode": 0},
            ensure_ascii=False,
            separators=(",", ":"),
        )


def test_service_market_reads_the_pixels_of_every_document(client_functions: Path) -> None:
    """As base64 text through the SDK: what the same request gives over HTTPS."""
    if reason := missing("wx-server-sdk"):
        pytest.skip(reason)
    names = {"idcard": "idcard-front", "driving": "driving-front", "comm": "printed-text"}
    requested = {}
    for document in DOCUMENTS:
        name = names.get(document.method.key, document.method.key)
        text = base64.b64encode(Path(specimens.__file__).with_name(f"{name}.jpg").read_bytes()).decode()
        requested[document.result] = {"img_data": text, "data_type": 2, "ocr_type": document.ocr_type}
    calls = [
        Call(key, "openapi.serviceMarket.invokeService", ({**MARKET, "data": data},))
        for key, data in requested.items()
    ]
    # Patient, because tests run on busy machines, too.
    patient = Settings(
        port=0, functions=client_functions, env_id="env-1", recognizer_limit=90.0, recognizer_timeout=90.0
    )
    with running(patient) as server:
        assert server.emulator.recognizer is not None
        server.emulator.recognizer.warm()
        environment = EmulatorClient(server.url).environment("echo")
        init = {"env": {"$env": "DYNAMIC_CURRENT_ENV"}}
        outcomes = run_server_sdk("wx-server-sdk", init, calls, environment)
        for key, data in requested.items():
            call = {"service": MARKET["service"], "api": MARKET["api"], "data": data, "client_msg_id": "1"}
            url = f"{server.url}/wxa/servicemarket?access_token=mock://wx1"
            reply = requests.post(url, json=call, timeout=60).json()
            assert outcomes[key].result["data"] == reply["data"]
            assert list(json.loads(reply["data"])) == [key]
            assert '"pos"' in reply["data"]


def test_service_market_refuses_text_and_files(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["market text"].error == (
        '{"errCode":9301003,"errMsg":"openapi.serviceMarket.invokeService:fail internal exception"}'
    )
    for name in ("market buffer", "market file"):
        assert outcomes[name].error == (
            '{"errCode":9301001,"errMsg":"openapi.serviceMarket.invokeService:fail invalid parameter"}'
        ), name


def test_business_error(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["business"].error == (
        '{"errCode":101000,"errMsg":"openapi.ocr.idcard:fail invalid image url"}'
    )
    assert outcomes["business"].name == "Error"
    assert (
        outcomes["business"].message == "errCode: 101000  | errMsg: openapi.ocr.idcard:fail invalid image url"
    )
    assert (
        outcomes["no picture"].error
        == '{"errCode":41005,"errMsg":"openapi.ocr.idcard:fail media data missing"}'
    )


def test_permission(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["permission"].error == '{"errCode":-604101,"errMsg":"system error: error code: -604101"}'
    assert outcomes["permission"].message == (
        "errCode: -604101 function has no permission to call this API | errMsg: system error: error code: -604101"
    )
    assert outcomes["no such api"].error == '{"errCode":-604100,"errMsg":"system error: error code: -604100"}'


def test_picture_as_buffer(outcomes: dict[str, Outcome]) -> None:
    reply = outcomes["buffer"].result
    assert reply["errMsg"] == "openapi.ocr.printedText:ok"
    assert set(reply["imgSize"]) == {"w", "h"}
    # Without {contentType, value} the SDK sends a Buffer as JSON text, and the service sees no picture.
    assert outcomes["bare buffer"].failure["errCode"] == 41005


def test_crop(outcomes: dict[str, Outcome]) -> None:
    reply = outcomes["crop"].result
    assert reply["results"][0] == {"cropLeft": 112, "cropTop": 0, "cropRight": 839, "cropBottom": 727}
    assert reply["errMsg"] == "openapi.img.aiCrop:ok"


def test_json_api_is_not_converted(outcomes: dict[str, Outcome]) -> None:
    reply = outcomes["json api"].result
    assert reply["errMsg"] == "callOpenAPI:ok"
    assert (reply["result"]["errcode"], reply["result"]["card_property"]) == (0, 4)


def test_call_function(outcomes: dict[str, Outcome]) -> None:
    answer = outcomes["function"].result
    assert list(answer) == ["result", "errMsg", "requestID"]
    assert answer["result"]["a"] == 1
    assert answer["result"]["userInfo"]["openId"] == "o000000000000000000000000000"
    assert answer["errMsg"] == "callFunction:ok"


def test_function_that_fails(version: str, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes["function fails"]
    reason = "ValueError: no picture in the event"
    if version == "4.0.2":
        assert (outcome.failure["errCode"], outcome.failure["errMsg"]) == (-1, f"callFunction:fail {reason}")
        assert outcome.failure["code"] == "FUNCTIONS_EXECUTE_FAIL"
    elif version in ("3.0.1", "2.6.3"):
        assert outcome.failure["errCode"] == -504002
        text = outcome.failure["errMsg"]
        assert text.startswith("callFunction:fail -504002 functions execute fail. requestID ")
        assert text.endswith(f", {reason}")
    else:
        # Version 1 does not notice: its callers have to look for a missing result.
        assert list(outcome.result) == ["errMsg", "requestID"]


def test_files(outcomes: dict[str, Outcome]) -> None:
    file_id = "cloud://env-1.656e-env-1-1250000000/身份证/a b.jpg"
    assert outcomes["upload"].result["fileID"] == file_id
    found, absent = outcomes["url"].result["fileList"]
    assert (found["status"], found["errMsg"], found["fileID"]) == (0, "ok", file_id)
    assert (absent["status"], absent["errMsg"], absent["tempFileURL"]) == (
        -503003,
        "storage file not exists",
        "",
    )
    assert bytes(outcomes["download"].result["fileContent"]["data"]) == PICTURE
    assert outcomes["delete"].result["fileList"] == [{"fileID": file_id, "status": 0, "errMsg": "ok"}]
    assert outcomes["delete again"].result["fileList"][0]["status"] == -503003
