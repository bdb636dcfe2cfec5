"""A mini-program's cloudfunctions/ folder as it is: Python, Node.js, other languages, mistakes and stray files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.processes import started

MODULES = Path(__file__).parents[2] / "clients" / "node_modules"
SDK = MODULES / "wx-server-sdk" / "package.json"
FILES = {
    "project.config.json": '{"cloudfunctionRoot": "cloudfunctions/"}',
    "cloudfunctions/README.md": "# Our functions",
    "cloudfunctions/.DS_Store": "\0",
    "cloudfunctions/sum/index.py": "def main(event, context):\n    return event['a'] + event['b']\n",
    "cloudfunctions/sum/config.json": "{}",
    "cloudfunctions/login/index.js": """
        exports.main = (event, context) => {
          console.log('hello')
          return { openid: event.userInfo.openId, url: process.env.TCB_CONTEXT_CNFG }
        }
        """,
    "cloudfunctions/login/package.json": '{"name": "login", "main": "index.js", "dependencies": {}}',
    "cloudfunctions/login/config.json": '{"permissions": {"openapi": []}, "triggers": []}',
    "cloudfunctions/forgot/index.js": "const cloud = require('not-installed')\nexports.main = async () => 1\n",
    "cloudfunctions/php/index.php": "<?php function main_handler($event, $context) { return 1; }",
    "cloudfunctions/broken/index.js": "exports.main = async () => 1",
    "cloudfunctions/broken/config.json": '{"permissions": ',
    "cloudfunctions/web/scf_bootstrap": "#!/bin/bash\nnode app.js\n",
    "cloudfunctions/web/app.js": "require('http')",
    "cloudfunctions/common/helpers.js": "exports.x = 1",
    "cloudfunctions/node_modules/left-over/package.json": "{}",
}
OCR = """
// The usual shape of a cloud function; nothing in it knows of an emulator.
const cloud = require('wx-server-sdk')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

exports.main = async (event, context) => {
  const { OPENID, APPID, ENV } = cloud.getWXContext()
  try {
    const result = await cloud.openapi.ocr[event.method]({ type: 'photo', imgUrl: event.imgUrl })
    return { OPENID, APPID, ENV, result }
  } catch (error) {
    return { errCode: error.errCode, errMsg: error.errMsg }
  }
}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    if SDK.is_file():
        ocr = root / "cloudfunctions" / "ocr"
        ocr.mkdir()
        (ocr / "index.js").write_text(OCR, encoding="utf-8")
        (ocr / "config.json").write_text('{"permissions": {"openapi": ["ocr.printedText"]}, "timeout": 20}')
        (ocr / "package.json").write_text('{"dependencies": {"wx-server-sdk": "4.0.2"}}')
        (ocr / "node_modules").symlink_to(MODULES)
    return root


@pytest.fixture(scope="module")
def emulator(project: Path) -> Iterator[Server]:
    settings = Settings(
        port=0, functions=project / "cloudfunctions", env_id="env-1", recognizer=False, hints=False
    )
    with running(settings) as server:
        yield server


def call(emulator: Server, name: str, data: dict[str, Any]) -> Any:
    return EmulatorClient(emulator.url).call_function(name, data, openid="o-1", appid="wx1")


def test_everything_runnable_runs(emulator: Server, node: str) -> None:
    assert call(emulator, "sum", {"a": 1, "b": 2})["result"] == 3
    found = call(emulator, "login", {})["result"]
    assert found["openid"] == "o-1"
    url = json.loads(found["url"])["URL"]  # with the instance's mark
    assert re.fullmatch(re.escape(emulator.url) + "/_via/[0-9a-f]+/admin", url)


def test_the_rest_says_why(emulator: Server, node: str) -> None:
    functions = {
        info.name: info.reason for info in emulator.emulator.runtime.functions() if info.name != "ocr"
    }
    assert sorted(functions) == ["broken", "forgot", "login", "php", "sum", "web"]
    assert functions["sum"] == functions["login"] == functions["forgot"] == ""
    assert functions["broken"].startswith("config.json: is not JSON")
    assert functions["php"] == "written in PHP, and only Python and Node.js functions run here"
    assert functions["web"].startswith(
        "scf_bootstrap may not be executed, and the platform starts no other: chmod +x"
    )
    assert "written in PHP" in call(emulator, "php", {})["errMsg"]
    answer = call(emulator, "forgot", {})
    assert "Cannot find module 'not-installed'" in answer["errMsg"]
    assert f'Run "npm install not-installed" in {emulator.emulator.runtime.root}' in answer["errMsg"]


def test_serve_lists_what_does_not_run(project: Path, node: str) -> None:
    command = [
        sys.executable,
        "-m",
        "cloudbase_ocr",
        "serve",
        "--port",
        "0",
        "--no-recognizer",
        "--functions",
    ]
    with started([*command, "cloudfunctions"], cwd=project) as process:
        lines = [process.stdout.readline() for _ in range(2)]
        while (line := process.stdout.readline()).startswith("  "):
            lines.append(line)
    runnable, *others = lines[1:]
    assert runnable.rpartition(": ")[2].replace("ocr, ", "") == "forgot, login, sum\n"
    refused = [line.split()[2] for line in others if line.startswith("  not runnable: ")]
    assert refused == ["broken", "php", "web"]


@pytest.mark.skipif(not SDK.is_file(), reason=needs.SDKS)
def test_unmodified_function_with_wx_server_sdk(emulator: Server, node: str) -> None:
    """DYNAMIC_CURRENT_ENV, the caller's identity, a cloud call, and the permission of config.json."""
    answer = call(emulator, "ocr", {"method": "printedText", "imgUrl": "mock://printedText"})
    assert answer["errMsg"] == "cloud.callFunction:ok", answer
    found = answer["result"]
    assert (found["OPENID"], found["APPID"], found["ENV"]) == ("o-1", "wx1", "env-1")
    assert found["result"]["items"]
    assert (found["result"]["errCode"], found["result"]["errMsg"]) == (0, "openapi.ocr.printedText:ok")
    refused = call(emulator, "ocr", {"method": "idcard", "imgUrl": "mock://idcard"})["result"]
    assert refused["errCode"] == -604101
    failed = call(emulator, "ocr", {"method": "printedText", "imgUrl": "mock://101000"})["result"]
    assert failed["errCode"] == 101000


@pytest.mark.parametrize("path", ["/v1/functions//sum", "/v1//functions/sum", "/v1/functions/sum/"])
def test_odd_slashes_get_json(emulator: Server, path: str) -> None:
    answer = requests.post(emulator.url + path, json={"a": 1, "b": 2}, timeout=10, allow_redirects=False)
    assert answer.status_code in (400, 404)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()
