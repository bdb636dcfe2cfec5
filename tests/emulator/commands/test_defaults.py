"""The order of what is set: option, environment variable, cloudbase-ocr.toml, cloudbaserc.json, config.json."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.emulator.commands.in_process import run_here
from tests.emulator.project.conftest import write_files
from tests.emulator.served import SERVE, served
from tests.processes import started, stop

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
        ("cloudbase-ocr.toml", 'port = "x"', "cloudbase-ocr.toml: port takes a whole number, and not 'x'"),
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


@pytest.mark.parametrize(
    ("text", "command", "says"),
    [
        (
            "[recognise]\nlines = true",
            "check",
            "cloudbase-ocr.toml: recognise is no table; is recognize meant?",
        ),
        ("[xyz]", "check", "cloudbase-ocr.toml: xyz is no table. There are function, demo, init,"),
        (
            "[recognize]\nquite = true",
            "recognize idcard x.jpg",
            "recognize.quite is no option of recognize; is quiet meant?",
        ),
        (
            '[recognize]\nmin-confidence = "much"',
            "recognize idcard x.jpg",
            "cloudbase-ocr.toml: recognize.min-confidence takes a number from 0 to 1, and not 'much'.",
        ),
        (
            "[recognize]\nmax-pixels = 0",
            "recognize idcard x.jpg",
            "cloudbase-ocr.toml: recognize: max_pixels is from 1 to any number, and not 0",
        ),
        (
            '[record]\nserver-name = "x"',
            "record --mode none",
            "record.server-name takes several values; give a list, and not 'x'",
        ),
        ('[record]\nto = ["x"]', "record --mode none", "record.to takes one value, and not ['x']"),
        ('layers = ["deps"]', "serve", "a layer is written NAME=DIR"),
        ("[tool.cloudbase-ocr]\nprot = 1", "check", "cloudbase-ocr.toml: tool is no table"),
    ],
)
def test_a_mistake_in_a_table_is_told_with_file_and_key(
    text: str,
    command: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "cloudbase-ocr.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run_here(capsys, *command.split())
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert says in result.stderr


def test_the_file_of_the_repository_holds_below_it_and_its_paths_lead_from_it(
    invoke: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    content = 'openid = "o-toml"\nfunctions = "cloud"\nlayers = ["deps=cloud"]\nrecognizer = false\n'
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'x'\n[tool.cloudbase-ocr]\n" + content, encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path / "sub")
    assert invoke() == {"env": "from-rc", "limit": 20, "openid": "o-toml"}
    (tmp_path / "cloudbase-ocr.toml").write_text(content.replace("o-toml", "o-nearer"), encoding="utf-8")
    assert invoke() == {"env": "from-rc", "limit": 20, "openid": "o-nearer"}


def test_a_table_of_a_command_goes_before_what_holds_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cloudbase-ocr.toml").write_text(
        'control-token = "t"\ntls-folder = "everywhere"\n[tls]\n[ctl]\nemulator = "http://127.0.0.1:9"\n'
        '[env]\nemulator = "http://127.0.0.1:1"\nformat = "dotenv"\n',
        encoding="utf-8",
    )
    assert "no emulator answers at http://127.0.0.1:9 " in run_here(capsys, "ctl", "health").stderr
    assert "no emulator answers at http://127.0.0.1:1 " in run_here(capsys, "env").stderr
    assert "nothing in everywhere" in run_here(capsys, "tls", "show").stdout


def test_serve_says_which_file_was_read_and_where_settings_come_from(tmp_path: Path) -> None:
    write_files(tmp_path, PROJECT)
    (tmp_path / "cloudbase-ocr.toml").write_text('openid = "o-toml"\n', encoding="utf-8")
    with started(
        [*SERVE, "--verbose", "--app", "wx1:hidden"],
        cwd=tmp_path,
        env={**os.environ, "CLOUDBASE_OCR_SEED": "7"},
    ) as process:
        address = process.stdout.readline().split(" at ")[1].split()[0]
        lines = list(iter(process.stdout.readline, "recognizer: off\n"))
        stop(process)
    assert f"settings of {tmp_path / 'cloudbase-ocr.toml'}\n" in lines
    assert "  openid = o-toml (cloudbase-ocr.toml: openid)\n" in lines
    assert "  seed = 7 (CLOUDBASE_OCR_SEED)\n" in lines
    assert "  apps = *** (--app)\n" in lines
    assert "  port = 0 (--port)\n" in lines
    assert not [line for line in lines if line.startswith(("  appid", "  verbose"))]
    assert lines[-1] == f"console: open {address} in a browser, to read pictures and see every call\n"


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
