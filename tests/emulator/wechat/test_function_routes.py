"""POST /tcb/invokecloudfunction: a function of the developer's, called over WeChat's HTTP API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.server import Server

Post = Callable[..., dict[str, Any]]
Serve = Callable[..., Server]

ECHO = """
def main(event, context):
    if event.get("fail"):
        raise ValueError("no")
    return {"got": event}
"""


@pytest.fixture(scope="module")
def functions(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder: Path = tmp_path_factory.mktemp("functions")
    (folder / "echo").mkdir()
    (folder / "echo" / "index.py").write_text(ECHO, encoding="utf-8")
    return serve(functions=folder)


def test_result_comes_as_json_text(functions: Server, api: Post, appid: str) -> None:
    reply = api(functions, "/tcb/invokecloudfunction", {"name": "张三"}, env="e", name="echo")
    assert list(reply) == ["errcode", "errmsg", "resp_data"]
    assert (reply["errcode"], reply["errmsg"]) == (0, "ok")
    got = json.loads(reply["resp_data"])["got"]
    assert got["name"] == "张三"
    assert got["userInfo"] == {"appId": appid}  # no user in such a call


@pytest.mark.parametrize(("params", "body", "code"), [
    ({"env": "e", "name": "none"}, {}, -501000), ({"env": "e", "name": "../echo"}, {}, -501000),
    ({"env": "e", "name": "echo"}, {"fail": 1}, -504002), ({"env": "e"}, {}, 40101), ({"name": "echo"}, {}, 40101),
    ({"env": "e", "name": "echo"}, [], 47001), ({"env": "e", "name": "echo"}, "x", 47001),
])  # fmt: skip
def test_failures(functions: Server, api: Post, params: dict[str, str], body: Any, code: int) -> None:
    reply = api(functions, "/tcb/invokecloudfunction", body, **params)
    assert list(reply) == ["errcode", "errmsg"]
    assert reply["errcode"] == code


def test_a_token_is_needed(functions: Server) -> None:
    url = functions.url + "/tcb/invokecloudfunction?env=e&name=echo"
    assert requests.post(url, json={}, timeout=10).json()["errcode"] == 41001
    assert requests.get(url, timeout=10).json()["errcode"] == 43002
