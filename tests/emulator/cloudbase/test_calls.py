"""What a function's process sends comes to the same through all five ways to call it."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs

SURROGATE = "half \ud83d of it"
FORGES = """
    import gc, json, socket

    def main(event, context):
        # As evil code could: it writes to the emulator itself, in its bootstrap's place.
        (connection,) = [each for each in gc.get_objects() if isinstance(each, socket.socket) and each.fileno() >= 0]
        reply = {"type": "result", "id": context["request_id"], "result": event["text"], "spent": True}
        connection.sendall(json.dumps(reply).encode() + b"\\n")
        return "never seen"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("functions")
    files = {
        "forges/index.py": textwrap.dedent(FORGES),
        "halves/index.js": "exports.main = async () => ({text: 'half \U0001f600 of it'.slice(0, 6) + ' of it'})\n",
    }
    for name, code in files.items():
        (root / name).parent.mkdir()
        (root / name).write_text(code, encoding="utf-8")
    with running(Settings(port=0, functions=root, recognizer=False)) as running_server:
        yield running_server


def send(server: Server, path: str, body: object, **headers: str) -> Any:
    reply = requests.post(server.url + path, json=body, headers=headers, timeout=30)
    assert reply.status_code < 500, (path, reply.text[:300])
    return reply.json()


def by_invoke(server: Server, name: str, event: object) -> Any:
    reply = send(server, "/_emulator/invoke", {"name": name, "data": event})
    return reply["result"] if "result" in reply else reply["errCode"]


def by_gateway(server: Server, name: str, event: object) -> Any:
    reply = send(server, f"/v1/functions/{name}", event)
    return reply["code"] if isinstance(reply, dict) and "code" in reply else reply


def by_wechat(server: Server, name: str, event: object) -> Any:
    reply = send(server, f"/tcb/invokecloudfunction?access_token=mock://wx&env=local-ocr&name={name}", event)
    return reply["errcode"] or json.loads(reply["resp_data"])


def by_admin(server: Server, name: str, event: object) -> Any:
    body = {"action": "functions.invokeFunction", "function_name": name, "request_data": json.dumps(event)}
    reply = send(server, "/admin", {**body, "envName": "local-ocr"})
    return reply["code"] if "code" in reply else json.loads(reply["data"]["response_data"])


def by_scf(server: Server, name: str, event: object) -> Any:
    body = {"FunctionName": name, "ClientContext": json.dumps(event)}
    result = send(server, "/", body, **{"X-TC-Action": "Invoke", "X-TC-Version": "2018-04-16"})["Response"][
        "Result"
    ]
    value = json.loads(result["RetMsg"])
    return value["statusCode"] if result["InvokeResult"] else value


WAYS: dict[str, tuple[Callable[[Server, str, object], Any], object]] = {
    "/_emulator/invoke": (by_invoke, -504002),
    "/v1/functions": (by_gateway, "FUNCTION_INVOCATION_FAILED"),
    "/tcb": (by_wechat, -504002),
    "/admin": (by_admin, "FUNCTIONS_EXECUTE_FAIL"),
    "POST /": (by_scf, 439),
}
EACH_WAY = pytest.mark.parametrize("way", WAYS)


@EACH_WAY
@pytest.mark.parametrize(
    "text",
    ["no JSON", "NaN", "[" * 100_000, "\ud83d"],
    ids=lambda text: text[:9],
)
def test_a_forged_result_that_is_no_json_counts_as_the_end_of_the_process(
    server: Server, way: str, text: str
) -> None:
    call, failure = WAYS[way]
    assert call(server, "forges", {"text": text}) == failure


@EACH_WAY
def test_an_empty_result_is_null(server: Server, way: str) -> None:
    assert WAYS[way][0](server, "forges", {"text": ""}) is None


@EACH_WAY
@pytest.mark.parametrize("text", [json.dumps(SURROGATE), json.dumps(SURROGATE, ensure_ascii=False)])
def test_half_a_surrogate_pair_arrives_as_it_is(server: Server, way: str, text: str) -> None:
    assert WAYS[way][0](server, "forges", {"text": text}) == SURROGATE


@EACH_WAY
@pytest.mark.skipif(shutil.which("node") is None, reason=needs.NODE)
def test_half_of_an_emoji_of_a_node_function_arrives_as_it_is(server: Server, way: str) -> None:
    assert WAYS[way][0](server, "halves", {}) == {"text": SURROGATE}
