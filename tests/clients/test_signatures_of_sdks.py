"""What each SDK signs is what the emulator checks: TC3-HMAC-SHA256, and q-sign of tcb-admin-node and old SDKs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudbase_ocr import specimens
from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.clients.sdks import Call, buffer, missing, run_server_sdk

pytestmark = pytest.mark.check

SDKS = {
    "wx-server-sdk": "openapi.ocr.idcard",
    "wx-server-sdk-3": "openapi.ocr.idcard",
    "wx-server-sdk-2": "openapi.ocr.idcard",
    "wx-server-sdk-1": "openapi.ocr.idcard",
    "@cloudbase/node-sdk": "",
    "tcb-admin-node": "",
}
PICTURE = Path(specimens.__file__).with_name("menu.jpg").read_bytes()
V3 = {"signMethod": "v3"}  # tcb-admin-node, which wx-server-sdk 1 is built on, signs q-sign without it
ID, KEY = "AKIDsomebody", "the secret key"


@pytest.fixture(scope="module")
def strict_keys(client_functions: Path) -> Iterator[Server]:
    settings = Settings(
        port=0, functions=client_functions, env_id="env-1", recognizer=False, secret_keys=(f"{ID}:{KEY}",)
    )
    with running(settings) as server:
        yield server


def calls_of(api: str) -> tuple[Call, ...]:
    data = {"text": "表单 & 值=+%20 '()*!~", "list": [1, 2.5, None, True, {"a": "b"}]}
    calls = [
        Call("function", "callFunction", ({"name": "echo", "data": data},)),
        Call(
            "urls",
            "getTempFileURL",
            ({"fileList": ["cloud://中.文/c", {"fileID": "cloud://a.b/c", "maxAge": 60}]},),
        ),
        Call("upload", "uploadFile", ({"cloudPath": "签名/a.jpg", "fileContent": buffer(PICTURE)},)),
    ]
    if api:
        calls += [
            Call("openapi", api, ({"imgUrl": "mock://idcard", "type": "照片"},)),
            Call(
                "crop",
                "openapi.img.aiCrop",
                ({"img": {"contentType": "image/jpeg", "value": buffer(PICTURE)}},),
            ),
        ]
    return tuple(calls)


@pytest.mark.parametrize(
    ("package", "options"),
    [*((package, {}) for package in SDKS), ("tcb-admin-node", V3), ("wx-server-sdk-1", V3)],
    ids=[*SDKS, "tcb-admin-node v3", "wx-server-sdk-1 v3"],
)
def test_right_key(strict_keys: Server, package: str, options: dict[str, str]) -> None:
    if reason := missing(package):
        pytest.skip(reason)
    env = {**EmulatorClient(strict_keys.url).environment(), **key_in_env(ID, KEY)}
    init = {"env": "env-1", "serviceUrl": f"{strict_keys.url}/admin", **options}
    outcomes = run_server_sdk(package, init, calls_of(SDKS[package]), env)
    assert {name: outcome.error for name, outcome in outcomes.items()} == dict.fromkeys(outcomes)
    assert all("SIGN_PARAM_INVALID" not in (outcome.value or "") for outcome in outcomes.values())
    assert outcomes["function"].result["result"]["list"] == [1, 2.5, None, True, {"a": "b"}]


@pytest.mark.parametrize("package", SDKS)
@pytest.mark.parametrize(("key_id", "key"), [(ID, "another key"), ("AKIDnobody", KEY)], ids=["key", "id"])
def test_wrong_key(strict_keys: Server, package: str, key_id: str, key: str) -> None:
    if reason := missing(package):
        pytest.skip(reason)
    env = {**EmulatorClient(strict_keys.url).environment(), **key_in_env(key_id, key)}
    init = {"env": "env-1", "serviceUrl": f"{strict_keys.url}/admin"}
    outcome = run_server_sdk(package, init, calls_of("")[:1], env)["function"]
    if package == "wx-server-sdk-1":
        assert list(outcome.result) == ["errMsg", "requestID"]  # it does not notice errors of callFunction
        return
    text = f"{outcome.error} {outcome.value} {outcome.message}"
    assert ("secret id error" if key_id != ID else "the signature is wrong") in text


def key_in_env(key_id: str, key: str) -> dict[str, str]:
    return {"TENCENTCLOUD_SECRETID": key_id, "TENCENTCLOUD_SECRETKEY": key, "TENCENTCLOUD_SESSIONTOKEN": ""}


def test_functions_of_the_runtime_are_known(strict_keys: Server) -> None:
    if reason := missing("wx-server-sdk"):
        pytest.skip(reason)
    env = EmulatorClient(strict_keys.url).environment("echo")
    outcomes = run_server_sdk("wx-server-sdk", {"env": "env-1"}, calls_of("openapi.ocr.idcard"), env)
    assert outcomes["openapi"].result["errCode"] == 0
