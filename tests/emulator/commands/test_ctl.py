"""``cloudbase-ocr ctl`` against a running emulator, as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.server import Server
from tests.emulator.commands.in_process import run_here
from tests.emulator.control.ocr_client import ask, codes

Told = Callable[..., Any]


@pytest.fixture
def told(server: Server, capsys: pytest.CaptureFixture[str]) -> Told:
    """Call ``ctl`` with these arguments; give what it prints."""

    def call(*arguments: str) -> Any:
        result = run_here(capsys, "ctl", "--emulator", server.url, *arguments)
        assert (result.returncode, result.stderr) == (0, "")
        return json.loads(result.stdout)

    return call


def test_clock_fault_scenario_and_reset(server: Server, control: Control, appid: str, told: Told) -> None:
    assert told("clock", "advance", "--hours", "2", "--minutes", "0.5")["offset"] > 7000
    fault = told("fault", "add", "--method", "ocr.idcard", "--errcode", "-1", "--nth", "1", "--nth", "3")
    assert fault["nth"] == [1, 3]
    assert codes(server, appid, 4) == [-1, 0, -1, 0]
    assert told("fault", "remove", fault["id"])["hits"] == 2
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
    state = told("scenario", "add", "--method", "ocr.idcard", "--after", "repeat", *answers)
    assert codes(server, appid, 2) == [-1, 0]
    assert ask(server, appid).json()["name"] == "甲"
    assert state["answers"][3] == "idcard/back"
    assert told("reset") == {"reset": "everything"}
    assert told("fault", "list") == {"faults": []}
    assert codes(server, appid, 1) == [0]


def test_fixture_names_hold_a_slash(server: Server, control: Control, appid: str, told: Told) -> None:
    told("fixture", "add", "--name", "idcard/mine", "--reply", '{"name": "甲"}', "--appid", appid)
    assert ask(server, appid, url="mock://idcard/mine").json()["name"] == "甲"
    assert told("fixture", "remove", "idcard/mine", "--appid", appid)["name"] == "idcard/mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clok"], "there is no command 'clok'; is clock meant? See"),
        (["clock", "turn"], "there is no command 'turn'. There are advance, freeze"),
        (["clock", "advance", "--hours", "two"], "--hours takes a number, and not 'two'"),
        (["clock", "advance", "--weeks", "2"], "there is no option --weeks. See"),
        (["quota", "set", "--limit", "0.5"], "--limit takes a whole number, and not '0.5'"),
        (["quota", "set", "--emulator", "http://x"], "ctl --emulator ... quota set ..."),
        (["clock", "set", "--time", "never"], "time: 'never' is none"),
        (["fault", "remove"], "ID is missing. Write: "),
        (["fault", "remove", "f999"], "there is no fault 'f999'"),
        (["fault", "add", "--type", "explode"], "'explode' is none of errcode, latency"),
        (["fault", "add", "--type", "latncy"], "; is latency meant?"),
        (["reply", "--method", "ocr.idcard", "--fields", "3"], "must be a JSON object"),
        (["reply", "--method", "ocr.idcard", "--fields", "{"], "is not JSON"),
        (["reply"], "--method is missing. Write: "),
        (["scenario", "add", "--method", "ocr.idcard", "--answer", "nonsense"], "'nonsense' is no answer"),
        (
            ["scenario", "add", "--method", "ocr.idcard", "--answer", "-1", "--after", "x"],
            "--after takes one of normal, last, repeat, and not 'x'",
        ),
        (["--controltoken", "x"], "there is no option --controltoken; is --control-token meant?"),
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


def test_without_an_emulator_it_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    result = run_here(capsys, "ctl", "--emulator", "http://127.0.0.1:9", "health")
    assert result.returncode == 2
    assert "no emulator answers at http://127.0.0.1:9" in result.stderr
    assert result.stderr.rstrip().endswith("Start one: cloudbase-ocr serve")


def test_help_pages_name_the_operations(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Move the clock forward" in run_here(capsys, "ctl", "clock", "--help").stdout
    page = run_here(capsys, "ctl", "fault", "add", "--help").stdout
    assert "--errcode" in page
    assert "--nth" in page
