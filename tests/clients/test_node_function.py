"""An unmodified Node cloud function, by hand through ``cloudbase-ocr env --`` and in @cloudbase/functions-framework."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.server import Server
from tests.clients.sdks import FOLDER, functions_framework, missing

pytestmark = pytest.mark.check

FUNCTION = FOLDER / "node_function"
EXAMPLE = {"imgUrl": "mock://printedText"}


@pytest.fixture(autouse=True)
def _sdks_are_there() -> None:
    if reason := missing("wx-server-sdk", "@cloudbase/functions-framework"):
        pytest.skip(reason)


def env_command(*options: str, address: str) -> list[str]:
    return [sys.executable, "-m", "cloudbase_ocr", "env", "--emulator", address, *options, "--"]


def run(event: dict[str, Any], *options: str, address: str) -> Any:
    process = subprocess.run(
        [*env_command(*options, address=address), "node", str(FUNCTION / "run.js"), json.dumps(event)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return json.loads(process.stdout.partition("@@")[2])


def test_by_hand(emulator: Server) -> None:
    reply = run(EXAMPLE, "--function", "echo", address=emulator.url)
    assert (reply["errMsg"], reply["errCode"]) == ("openapi.ocr.printedText:ok", 0)
    assert reply["items"][0]["text"]
    assert (reply["openid"], reply["appid"]) == ("o000000000000000000000000000", "wx0000000000000000")


def test_without_a_function_nothing_is_forbidden(emulator: Server) -> None:
    assert run(EXAMPLE, address=emulator.url)["errCode"] == 0


def test_errors_reach_the_caller_as_the_function_returns_them(emulator: Server) -> None:
    event = {"imgUrl": "mock://101002"}
    expected = {"errCode": 101002, "errMsg": "openapi.ocr.printedText:fail decode image failed"}
    assert run(event, address=emulator.url) == expected
    refused = {"errCode": -604101, "errMsg": "system error: error code: -604101"}
    assert run(EXAMPLE, "--function", "nothing", address=emulator.url) == refused


def test_an_emulator_is_started_for_the_command(tmp_path: Path) -> None:
    script = tmp_path / "show.js"
    script.write_text("console.log(process.env.TCB_CONTEXT_CNFG)")
    # Port 8787 may be somebody's own emulator; a proxy-free process without one would start its own.
    process = subprocess.run(
        [sys.executable, "-m", "cloudbase_ocr", "env", "--no-recognizer", "--", "node", str(script)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert re.fullmatch(r'\{"URL":"http://127\.0\.0\.1:\d+/admin"\}\n', process.stdout)


def test_functions_framework(
    emulator: Server, env_of: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    with functions_framework(FUNCTION / "index.js", env_of("echo"), tmp_path) as url:
        reply = requests.post(url, json=EXAMPLE, timeout=30).json()
        refused = requests.post(url, json={"imgUrl": "mock://101002"}, timeout=30).json()
    assert (reply["errMsg"], reply["openid"]) == (
        "openapi.ocr.printedText:ok",
        "o000000000000000000000000000",
    )
    assert refused == {"errCode": 101002, "errMsg": "openapi.ocr.printedText:fail decode image failed"}
