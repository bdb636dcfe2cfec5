"""The order of what is set: option, environment variable, cloudbase-ocr.toml, cloudbaserc.json, config.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.emulator.commands.in_process import run_here
from tests.emulator.project.conftest import write_files
from tests.emulator.served import served

CODE = """
import os
def main(event, context):
    limit = context["time_limit_in_ms"] // 1000
    return {"env": context["namespace"], "limit": limit, "openid": os.environ["WX_OPENID"]}
"""
PROJECT = {
    "cloudbaserc.json": {
        "envId": "from-rc",
        "functionRoot": "cloud",
        "functions": [{"name": "f", "timeout": 20}],
    },
    "cloud/f/index.py": CODE,
    "cloud/f/config.json": {"timeout": 5},
}
TOML = 'env-id = "from-toml"\nopenid = "o-toml"\nrecognizer = false\n[function.f]\ntimeout = 40\n'


@pytest.fixture
def invoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., object]:
    """Call function f of the project with an emulator of its own; give the result."""
    write_files(tmp_path, PROJECT)
    monkeypatch.chdir(tmp_path)
    # Somebody's emulator may run on the port where `invoke` looks for one.
    monkeypatch.setattr("cloudbase_ocr.commands.invoke.EmulatorClient.is_running", lambda _self: False)

    def call(*options: str) -> object:
        done = run_here(capsys, "invoke", "f", *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["result"]

    return call


def test_each_goes_before_the_next(
    invoke: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openid = "o000000000000000000000000000"
    assert invoke("--no-recognizer") == {"env": "from-rc", "limit": 20, "openid": openid}
    (tmp_path / "cloudbase-ocr.toml").write_text(TOML, encoding="utf-8")
    assert invoke() == {"env": "from-toml", "limit": 40, "openid": "o-toml"}
    monkeypatch.setenv("CLOUDBASE_OCR_ENV_ID", "from-variable")
    assert invoke() == {"env": "from-variable", "limit": 40, "openid": "o-toml"}
    assert invoke("--env-id", "from-option", "--openid", "o-option") == {
        "env": "from-option",
        "limit": 40,
        "openid": "o-option",
    }


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("cloudbase-ocr.toml", "port = ", "cloudbase-ocr.toml: cannot be read"),
        ("cloudbase-ocr.toml", 'port = "x"', "cloudbase-ocr.toml: port takes int, and not 'x'"),
        ("cloudbase-ocr.toml", "prot = 1", "cloudbase-ocr.toml: there is no setting 'prot'; is port meant?"),
        ("cloudbase-ocr.toml", 'fixtures = ["nowhere"]', "names what does not exist: nowhere"),
        ("cloudbase-ocr.toml", 'fixtures = "nowhere"', "cloudbase-ocr.toml: fixtures takes several values"),
        ("cloudbaserc.json", "{", "cloudbaserc.json: is not JSON"),
        ("cloudbaserc.json", '{"functionRoot": "nowhere"}', "cloudbaserc.json: functionRoot is nowhere"),
        ("cloudbaserc.json", '{"functions": 1}', "cloudbaserc.json: functions must be a list"),
        (".env.local", b"\xff", ".env.local: cannot be read"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "invoke f", "build --out new", "check"])
def test_a_file_with_a_mistake_ends_a_command_with_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    file: str,
    text: str | bytes,
    says: str,
    command: str,
) -> None:
    write_files(tmp_path, PROJECT)
    (tmp_path / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cloudbase_ocr.commands.invoke.EmulatorClient.is_running", lambda _self: False)
    result = run_here(capsys, *command.split())
    if command == "check" and result.stdout:  # which tells every finding of every file
        assert file in result.stdout
        assert says.partition(": ")[2] in result.stdout
        return
    assert result.returncode == 2
    assert result.stderr.startswith("cloudbase-ocr: ")
    assert result.stderr.count("\n") == 1
    assert says in result.stderr


def test_serve_tells_what_it_does_not_do_and_goes_on_when_a_file_breaks(tmp_path: Path) -> None:
    write_files(tmp_path, PROJECT)
    write_files(tmp_path, {"cloudbaserc.json": {"functions": [{"name": "f", "vpc": {"vpcId": "v"}}]}})
    with served("--functions", str(tmp_path / "cloud")) as (_, output):
        first = output.readline()
        lines = [output.readline() for _ in range(2)]
        assert lines[0].endswith(": f\n")
        assert (
            lines[1]
            == "  cloudbaserc.json: vpc of f does nothing here: functions use this machine's network\n"
        )
        address = first.split(" at ")[1].split()[0]
        (tmp_path / "cloudbaserc.json").write_text("{", encoding="utf-8")
        broken = post(address)
        assert "Function f cannot run: cloudbaserc.json: is not JSON" in broken
        write_files(tmp_path, {"cloudbaserc.json": {}})
        assert '"limit": 5' in post(address)


def post(address: str) -> str:
    """Call f; return what is said."""
    answer = requests.post(f"{address}/_emulator/invoke", json={"name": "f", "data": {}}, timeout=60)
    return answer.text


def test_a_timer_calls_a_function(
    invoke: Callable[..., object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    timer = {"name": "daily", "type": "timer", "config": "0 0 2 * * * *"}
    content = {"functionRoot": "cloud", "functions": [{"name": "f", "triggers": [timer]}]}
    write_files(
        tmp_path, {"cloudbaserc.json": content, "cloud/f/index.py": "def main(event, c): return event\n"}
    )
    event = invoke("--no-recognizer", "--trigger", "daily")
    assert isinstance(event, dict)
    assert event["TriggerName"] == "daily"
    wrong = run_here(capsys, "invoke", "f", "{}", "--no-recognizer", "--trigger", "hourly")
    assert wrong.returncode == 2
    assert "has no timer 'hourly'; there are daily" in wrong.stderr
    both = run_here(capsys, "invoke", "f", '{"a": 1}', "--no-recognizer", "--trigger", "daily")
    assert both.returncode == 2
    assert "leave DATA and --image out" in both.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("deps", "a layer is written NAME=DIR, for example deps=../deps, and not 'deps'"),
        ("deps=nowhere", "--layer deps: there is no folder nowhere"),
    ],
)
def test_a_layer_that_is_no_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_here(capsys, "serve", "--port", "0", "--no-recognizer", "--layer", text)
    assert result.returncode == 2
    assert says in result.stderr
