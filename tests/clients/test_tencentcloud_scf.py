"""The unmodified tencentcloud-sdk-python-scf calls functions of the emulator."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.scf.v20180416.models import (
    GetFunctionLogsRequest,
    GetFunctionRequest,
    InvokeFunctionRequest,
    InvokeRequest,
    ListFunctionsRequest,
)
from tencentcloud.scf.v20180416.scf_client import ScfClient

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

FUNCTIONS = {
    "echo": "def main(event, context):\n    print('日志 ' * event.get('lines', 1))\n    return event\n",
    "fails": "def main(event, context):\n    raise KeyError('data')\n",
    "slow": "import time\n\ndef main(event, context):\n    time.sleep(60)\n",
    "broken": "import does_not_exist\n",
}


KEY = "the secret key"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("functions")
    for name, code in FUNCTIONS.items():
        (root / name).mkdir()
        (root / name / "index.py").write_text(textwrap.dedent(code), encoding="utf-8")
        (root / name / "config.json").write_text('{"timeout": 1}')
    return root


@pytest.fixture(scope="module")
def strict(folder: Path) -> Iterator[Server]:
    settings = Settings(port=0, functions=folder, recognizer=False, secret_keys=(f"AKID0:{KEY}",))
    with running(settings) as server:
        yield server


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[ScfClient]:
    with running(Settings(port=0, functions=folder, recognizer=False)) as server:
        profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=f"127.0.0.1:{server.port}"))
        yield ScfClient(Credential("any-id", "any-key"), "ap-shanghai", profile)


def client_of(server: Server, sign_method: str, http_method: str, secret: str = KEY) -> ScfClient:
    http = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{server.port}", reqMethod=http_method)
    profile = ClientProfile(signMethod=sign_method, httpProfile=http)
    return ScfClient(Credential("AKID0", secret), "ap-shanghai", profile)


@pytest.mark.parametrize("http_method", ["GET", "POST"])
@pytest.mark.parametrize("sign_method", ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"])
def test_every_way_to_sign_is_checked(strict: Server, sign_method: str, http_method: str) -> None:
    client = client_of(strict, sign_method, http_method)
    assert json.loads(invoke(client, "echo", ClientContext='{"a": "值 +&="}').RetMsg) == {"a": "值 +&="}
    listed = ListFunctionsRequest()
    listed.Limit, listed.Filters = 2, [{"Name": "Runtime", "Values": ["Python3.9"]}]
    assert len(client.ListFunctions(listed).Functions) == 2
    with pytest.raises(TencentCloudSDKException) as failure:
        invoke(client_of(strict, sign_method, http_method, "another key"), "echo")
    assert failure.value.get_code() == "AuthFailure.SignatureFailure"


def test_functions_and_their_logs(client: ScfClient) -> None:
    result = invoke(client, "echo", ClientContext="{}")
    detail, logs = GetFunctionRequest(), GetFunctionLogsRequest()
    detail.FunctionName = logs.FunctionName = "echo"
    told = client.GetFunction(detail)
    assert (told.Handler, told.Timeout, told.Status) == ("index.main", 1, "Active")
    latest = client.GetFunctionLogs(logs).Data[0]
    assert (latest.RequestId, latest.RetMsg, latest.RetCode) == (result.FunctionRequestId, "{}", 0)
    assert f"START RequestId: {result.FunctionRequestId}" in latest.Log


def invoke(client: ScfClient, name: str, **parameters: Any) -> Any:
    request = InvokeRequest()
    request.FunctionName = name
    for key, value in parameters.items():
        setattr(request, key, value)
    return client.Invoke(request).Result


def test_invoke(client: ScfClient) -> None:
    result = invoke(client, "echo", ClientContext='{"a": "值"}', Namespace="any", Qualifier="$LATEST")
    assert json.loads(result.RetMsg) == {"a": "值"}
    assert (result.ErrMsg, result.InvokeResult, result.Log) == ("", 0, "")
    assert result.Duration <= result.BillDuration
    assert result.FunctionRequestId


def test_invoke_function(client: ScfClient) -> None:
    request = InvokeFunctionRequest()
    request.FunctionName = "echo"
    request.Event = '{"a": 1}'
    response = client.InvokeFunction(request)
    assert response.Result.RetMsg == '{"a": 1}'
    assert response.RequestId
    assert response.RequestId != response.Result.FunctionRequestId


def test_no_event_is_an_empty_one(client: ScfClient) -> None:
    assert invoke(client, "echo").RetMsg == "{}"


def test_log_tail(client: ScfClient) -> None:
    result = invoke(client, "echo", ClientContext="{}", LogType="Tail")
    lines = result.Log.splitlines()
    assert lines[0] == f"START RequestId: {result.FunctionRequestId}"
    assert lines[2] == "日志 "
    long = invoke(client, "echo", ClientContext='{"lines": 5000}', LogType="Tail")
    assert len(long.Log.encode()) <= 4096
    assert "日志 日志" in long.Log
    assert long.Log.splitlines()[-1].startswith("Report RequestId: ")


def test_function_that_raises(client: ScfClient) -> None:
    result = invoke(client, "fails", ClientContext="{}")
    body = json.loads(result.RetMsg)
    assert (body["errorCode"], body["errorMessage"], body["statusCode"]) == (
        1,
        "user code exception caught",
        430,
    )
    assert body["requestId"] == result.FunctionRequestId
    assert result.InvokeResult == 1
    assert result.ErrMsg == body["stackTrace"]
    assert result.ErrMsg.endswith("KeyError: 'data'")


def test_function_that_cannot_be_loaded(client: ScfClient) -> None:
    result = invoke(client, "broken", LogType="Tail")
    assert json.loads(result.RetMsg)["statusCode"] == 443
    assert result.ErrMsg.endswith("No module named 'does_not_exist'")
    assert f"ERROR RequestId: {result.FunctionRequestId} Result:" in result.Log


def test_timeout(client: ScfClient) -> None:
    result = invoke(client, "slow")
    assert json.loads(result.RetMsg) == {
        "errorCode": -1,
        "errorMessage": "Invoking task timed out after 1 seconds",
        "requestId": result.FunctionRequestId,
        "statusCode": 433,
    }
    assert result.InvokeResult == -1
    assert result.ErrMsg == "Invoking task timed out after 1 seconds"
    assert result.BillDuration == 1000


@pytest.mark.parametrize(
    ("name", "event", "code"),
    [
        ("absent", "{}", "ResourceNotFound.FunctionName"),
        ("../echo", "{}", "ResourceNotFound.FunctionName"),
        ("echo", "{not json", "InvalidParameterValue.ClientContext"),
    ],
)
def test_errors_of_the_api(client: ScfClient, name: str, event: str, code: str) -> None:
    with pytest.raises(TencentCloudSDKException) as failure:
        invoke(client, name, ClientContext=event)
    assert failure.value.get_code() == code
    assert failure.value.get_request_id()


def test_bad_event_of_invoke_function(client: ScfClient) -> None:
    request = InvokeFunctionRequest()
    request.FunctionName = "echo"
    request.Event = "{not json"
    with pytest.raises(TencentCloudSDKException) as failure:
        client.InvokeFunction(request)
    assert failure.value.get_code() == "InvalidParameter.Payload"
