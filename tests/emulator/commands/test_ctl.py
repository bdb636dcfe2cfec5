"""``cloudbase-ocr ctl`` against a running emulator, as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.server import Server
from tests.emulator.commands.in_process import run_here
from tests.emulator.control.ocr_client import ask, codes


def run(server: Server | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    address = ["--emulator", server.url] if server else []
    return subprocess.run(
        [sys.executable, "-m", "cloudbase_ocr", "ctl", *address, *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def told(server: Server, *arguments: str) -> Any:
    result = run(server, *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_clock_fault_scenario_and_reset(server: Server, control: Control, appid: str) -> None:
    assert told(server, "clock", "advance", "--hours", "2", "--minutes", "0.5")["offset"] > 7000
    fault = told(
        server, "fault", "add", "--method", "ocr.idcard", "--errcode", "-1", "--nth", "1", "--nth", "3"
    )
    assert fault["nth"] == [1, 3]
    assert codes(server, appid, 4) == [-1, 0, -1, 0]
    assert told(server, "fault", "remove", fault["id"])["hits"] == 2
    answers = [
        "--answer",
        "-1",
        "--answer",
        "success",
        "--answer",
        '{"name": "甲"}',
        "--answer",
        "idcard/back",
    ]
    state = told(server, "scenario", "add", "--method", "ocr.idcard", "--after", "repeat", *answers)
    assert codes(server, appid, 2) == [-1, 0]
    assert ask(server, appid).json()["name"] == "甲"
    assert state["answers"][3] == "idcard/back"
    assert told(server, "reset") == {"reset": "everything"}
    assert told(server, "fault", "list") == {"faults": []}
    assert codes(server, appid, 1) == [0]


def test_fixture_names_hold_a_slash(server: Server, control: Control, appid: str) -> None:
    told(server, "fixture", "add", "--name", "idcard/mine", "--reply", '{"name": "甲"}', "--appid", appid)
    assert ask(server, appid, url="mock://idcard/mine").json()["name"] == "甲"
    assert told(server, "fixture", "remove", "idcard/mine", "--appid", appid)["name"] == "idcard/mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clok"], "No such command 'clok'"),
        (["clock", "turn"], "No such command 'turn'. There are get, freeze"),
        (["clock", "advance", "--hours", "two"], "'two' is not a valid float"),
        (["clock", "advance", "--weeks", "2"], "No such option"),
        (["clock", "set", "--time", "never"], "time: 'never' is none"),
        (["fault", "remove"], "Missing argument 'ID'"),
        (["fault", "remove", "f999"], "there is no fault 'f999'"),
        (["fault", "add", "--type", "explode"], "'explode' is none of errcode, latency"),
        (["reply", "--method", "ocr.idcard", "--fields", "3"], "must be a JSON object"),
        (["reply", "--method", "ocr.idcard", "--fields", "{"], "is not JSON"),
        (["reply"], "Missing option '--method'"),
        (["scenario", "add", "--method", "ocr.idcard", "--answer", "nonsense"], "'nonsense' is no answer"),
        (
            ["scenario", "add", "--method", "ocr.idcard", "--answer", "-1", "--after", "x"],
            "'x' is not one of",
        ),
        (["--colour", "red"], "No such option"),
    ],
    ids=" ".join,
)
def test_wrong_calls_are_one_line_and_exit_code_2(
    server: Server, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_here(capsys, "ctl", "--emulator", server.url, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_an_emulator_it_says_how_to_start_one() -> None:
    result = run(None, "--emulator", "http://127.0.0.1:9", "health")
    assert result.returncode == 2
    assert "no emulator answers at http://127.0.0.1:9" in result.stderr
    assert result.stderr.rstrip().endswith("Start one: cloudbase-ocr serve")


def test_help_pages_name_the_operations() -> None:
    assert "Move the clock on" in run(None, "clock", "--help").stdout
    page = run(None, "fault", "add", "--help").stdout
    assert "--errcode" in page
    assert "--nth" in page
