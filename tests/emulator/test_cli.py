"""The command as a user runs it: a process of its own, its output, its exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.emulator.commands.in_process import run_here
from tests.emulator.served import served
from tests.processes import started, stop

SPECIMENS = Path(__file__).parents[2] / "emulator" / "cloudbase_ocr" / "specimens"
CARD = SPECIMENS / "idcard-front.jpg"
MODULE_SECONDS = 600  # for all tests of this file together
TRUTH = json.loads((SPECIMENS / "idcard-front.json").read_text(encoding="utf-8"))


def run(*arguments: str, text: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cloudbase_ocr", *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        cwd=cwd,
        check=False,
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A running ``cloudbase-ocr serve --port 0``; gives its URL and checks that Ctrl-C ends it cleanly."""
    command = [sys.executable, "-m", "cloudbase_ocr", "serve", "--port", "0"]
    with started(command, stderr=subprocess.STDOUT, seconds=MODULE_SECONDS) as process:
        first_line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first_line)
        assert found, first_line
        yield found[0]
        output = stop(process, signal.SIGINT)
    assert process.returncode == 0, output
    assert output.endswith("stopped\n")
    assert "Traceback" not in output


def test_serve_prints_the_free_port_that_it_picked(address: str) -> None:
    assert requests.get(address + "/_emulator/health", timeout=10).json()["service"] == "cloudbase-ocr"


def test_serve_tells_what_is_to_know_of_functions(tmp_path: Path) -> None:
    for name, files in {"bare": ["index.py"], "typed": ["index.ts"]}.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).write_text("", encoding="utf-8")
    with served("--functions", str(tmp_path)) as (_, output):
        lines = [output.readline() for _ in range(4)]
    assert lines[1].endswith(": bare\n")
    assert lines[2:] == [
        "  note: bare (no config.json: defaults hold, and no cloud call is permitted)\n",
        "  not runnable: typed (written in TypeScript, and only Python and Node.js functions run here)\n",
    ]


def test_serve_refuses_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert_one_line(result)
    assert f"port {port} on 127.0.0.1 is in use" in result.stderr
    assert "--port 0" in result.stderr


def test_demo_shows_the_specimen_as_read_from_its_pixels() -> None:
    result = run("demo")
    assert result.returncode == 0, result.stderr
    for step in (
        "function idcard",
        "POST /cgi-bin/stable_token",
        "POST /cv/ocr/idcard",
        "answered by recognizer",
    ):
        assert step in result.stdout
    answer = json.loads(result.stdout[result.stdout.index("{\n") :])
    assert answer["errMsg"] == "cloud.callFunction:ok"
    assert answer["result"]["errMsg"] == "openapi.ocr.idcard:ok"
    for field in ("name", "id", "addr", "gender", "nationality"):
        assert answer["result"][field] == TRUTH[field]


def test_demo_with_a_picture_that_is_none() -> None:
    result = run("demo", "--image", str(SPECIMENS / "idcard-front.json"))
    assert '"errCode": 101002' in result.stdout


def test_invoke_gives_what_call_function_gives(address: str) -> None:
    result = run("invoke", "idcard", '{"imgUrl": "mock://idcard"}', "--emulator", address)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert list(answer) == ["errMsg", "result", "requestID"]
    assert answer["result"]["name"] == "张三"


@pytest.mark.parametrize("form", ["fileID", "imgUrl", "img"])
def test_invoke_carries_a_picture_in_every_form(address: str, form: str) -> None:
    result = run("invoke", "idcard", "--image", str(CARD), "--image-as", form, "--emulator", address)
    assert json.loads(result.stdout)["result"]["id"] == TRUTH["id"]


def test_invoke_reads_the_event_from_a_file_or_standard_input(address: str, tmp_path: Path) -> None:
    event = '{"imgUrl": "mock://101001"}'
    path = tmp_path / "event.json"
    path.write_text(event, encoding="utf-8")
    from_file = run("invoke", "idcard", f"@{path}", "--emulator", address)
    from_input = run("invoke", "idcard", "-", "--emulator", address, text=event)
    for result in (from_file, from_input):
        assert json.loads(result.stdout)["result"]["errCode"] == 101001


def test_invoke_starts_an_emulator_of_its_own_for_other_functions(tmp_path: Path) -> None:
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "index.py").write_text(
        "def main(event, context):\n    return {'who': event['userInfo']['openId']}\n", encoding="utf-8"
    )
    (folder / "config.json").write_text("{}", encoding="utf-8")
    result = run("invoke", "hello", "--functions", str(tmp_path), "--openid", "o-someone", "--no-recognizer")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["result"] == {"who": "o-someone"}


def test_invoke_shows_a_function_that_fails_as_the_mini_program_sees_it(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "index.py").write_text("def main(event, context):\n    raise KeyError('x')\n")
    result = run("invoke", "broken", "--functions", str(tmp_path), "--no-recognizer")
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert answer["errCode"] == -504002
    assert "functions execute fail" in answer["errMsg"]


def test_recognize_prints_wechats_json() -> None:
    result = run("recognize", "idcard", str(CARD))
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {"errcode": 0, "errmsg": "ok", **TRUTH}


@pytest.mark.check
def test_recognize_documented_profile_leaves_observed_fields_out() -> None:
    reply = json.loads(run("recognize", "ocr.idcard", str(CARD), "--profile", "documented").stdout)
    assert list(reply) == ["errcode", "errmsg", "type", "name", "id", "addr", "gender", "nationality"]


@pytest.mark.check
def test_recognize_a_picture_without_the_document() -> None:
    result = run("recognize", "idcard", str(SPECIMENS / "printed-text.jpg"))
    assert result.returncode == 1
    assert json.loads(result.stdout) == {"errcode": 101001, "errmsg": "certificate not found"}


WRONG_CALLS = {
    "unknown function": (["invoke", "idcrad"], "there is no function 'idcrad'. Functions: bankcard"),
    "broken JSON": (["invoke", "idcard", "{oops"], "DATA is not JSON"),
    "event is no object": (["invoke", "idcard", "[]", "--image", str(CARD)], "--image needs an event"),
    "missing event file": (["invoke", "idcard", "@nowhere.json"], "nowhere.json: No such file"),
    "missing picture": (["invoke", "idcard", "--image", "nowhere.jpg"], "nowhere.jpg: No such file"),
    "no emulator there": (
        ["invoke", "idcard", "--emulator", "http://127.0.0.1:1"],
        "no emulator answers at http://127.0.0.1:1",
    ),
    "functions folder missing": (["invoke", "idcard", "--functions", "nowhere"], "nowhere"),
    "unknown method": (
        ["recognize", "passport", str(CARD)],
        "there is no OCR method 'passport'. Methods: idcard",
    ),
    "picture missing": (["recognize", "idcard", "nowhere.jpg"], "nowhere.jpg: No such file"),
    "folder without pictures": (["recognize", "idcard", "."], ". has no picture"),
    "demo picture missing": (["demo", "--image", "nowhere.jpg"], "nowhere.jpg: No such file"),
    "unknown option": (["serve", "--prot", "1"], "--prot"),
    "port out of range": (["serve", "--port", "70000"], "70000"),
    "host that is none": (["serve", "--host", "999.1.1.1", "--port", "0"], "999.1.1.1"),
    "account without secret": (["serve", "--port", "0", "--app", "wx1"], "written APPID:SECRET"),
    "short secret of a private service": (
        ["serve", "--port", "0", "--ocr-only", "--app", "wx1:short"],
        "the secret of wx1 has 5 characters",
    ),
    "proxy that is none": (
        ["serve", "--port", "0", "--proxy-host", "a.example"],
        "--proxy-host: 'a.example'",
    ),
    "fixtures that are none": (["serve", "--port", "0", "--fixture", str(CARD)], "idcard-front.jpg"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG_CALLS.values(), ids=list(WRONG_CALLS))
def test_a_wrong_call_is_one_clear_line_and_exit_code_2(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_here(capsys, *arguments)
    assert_one_line(result)
    assert words in result.stderr


def assert_one_line(result: subprocess.CompletedProcess[str]) -> None:
    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if line]
    message = [line for line in lines if line.startswith(("cloudbase-ocr: ", "Error: "))]
    assert len(message) == 1, result.stderr
    assert set(lines) - set(message) <= {line for line in lines if line.startswith(("Usage: ", "Try "))}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
def test_serve_stops_at_once_when_it_is_terminated() -> None:
    with served() as (process, output):
        output.readline()
        rest = stop(process, seconds=5)
    assert process.returncode == 0
    assert rest.endswith("stopped\n")


def test_invoke_shows_what_the_function_prints_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "talkative").mkdir()
    (tmp_path / "talkative" / "index.py").write_text(
        "def main(event, context):\n    print('hello from inside')\n"
    )
    result = run("invoke", "talkative", "--functions", str(tmp_path), "--no-recognizer")
    assert json.loads(result.stdout)["result"] is None
    assert "START RequestId" in result.stderr
    assert "hello from inside" in result.stderr
