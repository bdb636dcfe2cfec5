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

from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests.bench.ocr.specimens.truths import truth_of
from tests.emulator.commands.in_process import run_here
from tests.emulator.served import SERVE, served
from tests.processes import started, stop

SPECIMENS = Path(__file__).parents[2] / "emulator" / "cloudbase_ocr" / "specimens"
CARD = SPECIMENS / "idcard-front.jpg"
MODULE_SECONDS = 600  # for all tests of this file together
TRUTH = truth_of("idcard-front")


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cloudbase_ocr", *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A running ``cloudbase-ocr serve``; gives its URL and checks that Ctrl-C ends it cleanly."""
    with started(SERVE, stderr=subprocess.STDOUT, seconds=MODULE_SECONDS) as process:
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


@pytest.mark.check
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


def test_serve_tells_where_functions_are_behind_a_url(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "index.py").write_text("def main(event, context): return 1\n", encoding="utf-8")
    (tmp_path / "f" / "config.json").write_text("{}", encoding="utf-8")
    route = {"path": "/api/f", "target": "function:f", "enableAuth": True}
    content = {"envId": "env-1", "gateway": {"routes": [route, {"path": "/none", "target": "function:none"}]}}
    (tmp_path / "cloudbaserc.json").write_text(json.dumps(content), encoding="utf-8")
    with served("--functions", str(tmp_path), "--http-path", "/opt=f") as (_, output):
        port = output.readline().partition("127.0.0.1:")[2].split()[0]
        lines = [output.readline() for _ in range(4)][1:]
    assert lines == [
        "  cloudbaserc.json: the path /none leads to none, and there is no such function\n",
        "  cloudbaserc.json: gateway.routes[0].enableAuth does nothing here: callers are not authenticated\n",
        f"functions behind a URL: http://env-1.localhost:{port}/NAME, /opt -> f, /api/f -> f, /none -> none\n",
    ]


def test_serve_refuses_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run_here(capsys, "serve", "--port", str(port))
    assert_one_line(result)
    assert f"port {port} on 127.0.0.1 is in use" in result.stderr
    assert "--port 0" in result.stderr


@pytest.mark.check
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


@pytest.mark.check
def test_demo_shows_its_steps_in_chinese_in_columns() -> None:
    result = run("demo", "--lang", "zh")
    assert result.returncode == 0, result.stderr
    steps = result.stdout.partition("data: {fileID}})\n")[2]
    function, token, *_ = steps.splitlines()
    assert re.fullmatch(r"  云函数 idcard {22}已返回 +\d+ ms   为这次调用启动的独立进程", function)
    assert re.fullmatch(r"    POST /cgi-bin/stable_token {7}HTTP 200 +\d+ ms", token)
    assert "应答来源：recognizer" in steps


@pytest.mark.check
@pytest.mark.parametrize(
    ("picture", "says"),
    [
        ("menu.jpg", "no ID card was found in {path}. Try: cloudbase-ocr recognize auto {path}"),
        (
            "__init__.py",
            "{path} is no picture that WeChat takes, or is cut short. Take a JPEG or PNG of at most 2 MB",
        ),
    ],
)
def test_demo_with_a_picture_of_something_else_says_what_to_do(picture: str, says: str) -> None:
    path = SPECIMENS / picture
    result = run("demo", "--image", str(path))
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "cloudbase-ocr: " + says.format(path=path)


@pytest.mark.check
def test_demo_with_a_picture_that_is_none() -> None:
    result = run("demo", "--image", __file__)
    assert '"errCode": 101002' in result.stdout


def test_invoke_gives_what_call_function_gives(address: str) -> None:
    result = run("invoke", "idcard", '{"imgUrl": "mock://idcard"}', "--emulator", address)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert list(answer) == ["errMsg", "result", "requestID"]
    assert answer["result"]["name"] == "张三"


@pytest.mark.check
@pytest.mark.parametrize("form", ["fileID", "imgUrl", "img"])
def test_invoke_carries_a_picture_in_every_form(form: str) -> None:
    with running(Settings(port=0)) as server:
        result = run("invoke", "idcard", "--image", str(CARD), "--image-as", form, "--emulator", server.url)
    assert json.loads(result.stdout)["result"]["id"] == TRUTH["id"]


def test_invoke_reads_the_event_from_a_file_or_standard_input(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = '{"imgUrl": "mock://101001"}'
    path = tmp_path / "event.json"
    path.write_text(event, encoding="utf-8")
    from_file = run_here(capsys, "invoke", "idcard", f"@{path}", "--emulator", address)
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


def test_invoke_shows_a_function_that_fails_as_the_mini_program_sees_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "index.py").write_text("def main(event, context):\n    raise KeyError('x')\n")
    result = run_here(capsys, "invoke", "broken", "--functions", str(tmp_path), "--no-recognizer")
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert answer["errCode"] == -504002
    assert "functions execute fail" in answer["errMsg"]


@pytest.mark.check
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
    "unknown function": (["invoke", "idcrad", "--no-recognizer"], "there is no function 'idcrad' in "),
    "broken JSON": (["invoke", "idcard", "{oops"], "DATA is not JSON"),
    "event is no object": (
        ["invoke", "idcard", "[]", "--image", str(CARD), "--no-recognizer"],
        "--image needs an event",
    ),
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
    "a route that is none": (
        ["serve", "--port", "0", "--http-path", "ocr"],
        "--http-path: a route is written",
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


@pytest.mark.check
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
def test_serve_stops_at_once_when_it_is_terminated() -> None:
    with served() as (process, output):
        output.readline()
        rest = stop(process, seconds=5)
    assert process.returncode == 0
    assert rest.endswith("stopped\n")


def test_invoke_shows_what_the_function_prints_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talkative").mkdir()
    (tmp_path / "talkative" / "index.py").write_text(
        "def main(event, context):\n    print('hello from inside')\n"
    )
    result = run_here(capsys, "invoke", "talkative", "--functions", str(tmp_path), "--no-recognizer")
    assert json.loads(result.stdout)["result"] is None
    assert "START RequestId" in result.stderr
    assert "hello from inside" in result.stderr
    assert f"using an emulator for this call, functions in {tmp_path}\n" in result.stderr


def test_invoke_brings_the_log_back_from_a_running_emulator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, code in (("talkative", "print('hello from inside')"), ("broken", "import yaml")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.py").write_text(
            f"def main(event, context):\n    {code}\n", encoding="utf-8"
        )
    with running(Settings(port=0, functions=tmp_path, recognizer=False)) as server:
        talkative = run_here(capsys, "invoke", "talkative", "--emulator", server.url)
        broken = run_here(capsys, "invoke", "broken", "--emulator", server.url)
        quiet = run_here(capsys, "invoke", "talkative", "--emulator", server.url, "--quiet")
    assert quiet.stderr == ""
    assert talkative.stderr.startswith(
        f"using the emulator at {server.url}, functions in {tmp_path}\nSTART RequestId"
    )
    assert "hello from inside" in talkative.stderr
    assert broken.stderr.endswith(
        f"  hint: add PyYAML to {tmp_path}/broken/requirements.txt, or what else brings the module yaml\n"
    )
    assert (talkative.returncode, broken.returncode) == (0, 1)


def test_a_wrong_requirements_file_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "index.py").write_text("def main(event, context): return 1\n", encoding="utf-8")
    (tmp_path / "f" / "requirements.txt").write_text("no such line\n", encoding="utf-8")
    result = run_here(capsys, "invoke", "f", "--functions", ".", "--no-recognizer")
    assert result.returncode == 2
    assert result.stderr.startswith(
        "cloudbase-ocr: function 'f' cannot run here: f/requirements.txt:1: 'no such line' is no requirement: "
    )
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has a launcher that finds every Python")
def test_a_python_that_is_not_installed_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PATH", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    version = "3.9" if sys.version_info[:2] != (3, 9) else "3.10"
    result = run_here(capsys, "serve", "--port", "0", "--python", version)
    assert result.returncode == 2
    assert f"no Python {version}. Install it (uv python install {version})" in result.stderr
    assert result.stderr.count("\n") == 1
