"""The unmodified @cloudbase/manager-node, whose addresses are written in it, through ``env --https``."""

from __future__ import annotations

import json

import pytest

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.server import Server
from tests.clients.sdks import Call, Outcome, missing, run_server_sdk

pytestmark = pytest.mark.check

PACKAGE = "@cloudbase/manager-node"
INIT = {"secretId": "any", "secretKey": "any", "envId": "env-1"}
CALLS = (
    Call("invoke", "functions.invokeFunction", ("echo", {"a": "值"})),
    Call("fails", "functions.invokeFunction", ("fails", {})),
    Call("absent", "functions.invokeFunction", ("absent", {})),
    Call("list", "functions.listFunctions"),
    Call("detail", "functions.getFunctionDetail", ("echo",)),
    Call("environments", "env.listEnvs"),
    Call("url", "storage.getTemporaryUrl", (["a/票据.txt"],)),
    Call("delete", "storage.deleteFile", (["a/票据.txt"],)),
    Call("not here", "functions.deleteFunction", ("echo",)),
)


@pytest.fixture(scope="module", params=["SCF", "elsewhere"])
def outcomes(https_emulator: Server, request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """Run it as in a function, where it speaks plain http to internal addresses, and as on a server."""
    if reason := missing(PACKAGE):
        pytest.skip(reason)
    https_emulator.emulator.files.put("env-1", "a/票据.txt", b"stored")
    env = EmulatorClient(https_emulator.url).environment(https=True)
    if request.param == "elsewhere":
        del env["TENCENTCLOUD_RUNENV"]
    return run_server_sdk(PACKAGE, INIT, CALLS, env)


def test_invoke_function(outcomes: dict[str, Outcome]) -> None:
    result = outcomes["invoke"].result
    assert (json.loads(result["RetMsg"]), result["InvokeResult"]) == ({"a": "值"}, 0)
    assert f"START RequestId: {result['FunctionRequestId']}" in result["Log"]
    failed = outcomes["fails"].result
    assert failed["InvokeResult"] == 1
    assert "no picture in the event" in failed["ErrMsg"]
    assert "FunctionName parameter could not be found" in outcomes["absent"].message


def test_functions_and_environments(outcomes: dict[str, Outcome]) -> None:
    assert [each["FunctionName"] for each in outcomes["list"].result] == ["echo", "fails", "nothing"]
    assert outcomes["detail"].result["CodeInfo"] == "def main(event, context):\n    return event\n"
    assert [each["EnvId"] for each in outcomes["environments"].result["EnvList"]] == ["env-1"]


def test_files(https_emulator: Server, outcomes: dict[str, Outcome]) -> None:
    (file,) = outcomes["url"].result
    assert file["fileId"] == "cloud://env-1.656e-env-1-1250000000/a/票据.txt"
    assert "/_cos/656e-env-1-1250000000/a/票据.txt?sign=" in file["url"]
    assert outcomes["delete"].error is None
    assert https_emulator.emulator.files.get(file["fileId"]) is None


def test_an_action_that_is_not_here(outcomes: dict[str, Outcome]) -> None:
    assert "does not exist here; there are scf 2018-04-16: Invoke" in outcomes["not here"].message
