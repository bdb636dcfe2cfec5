"""Help pages: options in groups, examples that run, lists of commands whole."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cloudbase_ocr.cli import main
from cloudbase_ocr.commands.help import Command, Group
from cloudbase_ocr.commands.options import SECTIONS
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings, setting_fields
from tests import needs
from tests.emulator.commands.in_process import run_here
from tests.processes import started, stop

SPECIMENS = Path(__file__).parents[3] / "emulator/cloudbase_ocr/specimens"


def commands(group: Group = main, *above: str) -> Iterator[tuple[str, Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert isinstance(command, Command), name
        yield " ".join((*above, name)), command
        if isinstance(command, Group):
            yield from commands(command, *above, name)


NAMES = dict(commands())
OF_USERS = [name for name in NAMES if name.count(" ") == 0]
EXAMPLES = [line for name in OF_USERS for _, line in NAMES[name].examples]


def test_every_setting_stands_in_one_section() -> None:
    named = [name for names in SECTIONS.values() for name in names]
    assert sorted(named) == sorted(setting.name for setting in setting_fields())


def test_the_list_of_commands_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    page = run_here(capsys, "--help").stdout
    assert "..." not in page.partition("Begin:")[2]
    words = " ".join(page.split())
    for name in OF_USERS:
        assert f" {name} {NAMES[name].get_short_help_str(1000)}" in words


def test_who_types_nothing_gets_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = run_here(capsys, "--help").stdout
    done = run_here(capsys)
    assert (done.returncode, done.stdout + done.stderr) == (2, page)


@pytest.mark.parametrize("name", OF_USERS)
def test_every_page_ends_with_examples_of_its_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = run_here(capsys, *name.split(), "--help").stdout
    shown = page.partition("Examples:\n")[2]
    assert shown.count("cloudbase-ocr") >= len(NAMES[name].examples) >= 1
    assert f"cloudbase-ocr {name}" in shown


def test_options_stand_below_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    page = run_here(capsys, "serve", "--help").stdout
    titles = re.findall(r"^(\w+):\n", page, flags=re.MULTILINE)
    assert titles == [*SECTIONS, "Options", "Examples"]
    listen = page.partition("Listen:\n")[2].partition("\n\n")[0]
    assert listen.index("--host") < listen.index("--port") < listen.index("--server-name")
    assert "--no-require-https" not in listen
    assert "--tls / --no-tls" in listen
    assert "0<=x" not in page
    assert "--recognizer-patience" not in page
    assert "env var" not in page


@pytest.mark.parametrize("name", ["invoke", "env"])
def test_options_of_an_emulator_that_is_started_are_on_the_page_of_serve_only(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = run_here(capsys, name, "--help").stdout
    assert "cloudbase-ocr serve --help" in page
    assert "--quota-per-day" not in page
    assert page.count("\n") < 70
    assert {"quota_per_day", "seed"} <= {parameter.name for parameter in NAMES[name].params}


def test_colours_are_for_those_who_want_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in run_here(capsys, "invoke", "nothing", "--prot").stderr
    always = run_here(capsys, "--color", "always", "invoke", "nothing", "--prot").stderr
    assert always.startswith("\x1b[31m\x1b[1mcloudbase-ocr:\x1b[0m there is no option")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" in run_here(capsys, "--color", "always", "invoke", "nothing", "--prot").stderr
    assert "\x1b" not in run_here(capsys, "invoke", "nothing", "--prot").stderr


def test_remarks_are_dim_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for arguments in (["--help"], ["serve", "--help"]):
        assert "\x1b[2m# " in CliRunner().invoke(main, arguments, color=True).output
        assert "\x1b" not in CliRunner().invoke(main, arguments, color=True, env={"NO_COLOR": "1"}).output


def words_of(line: str) -> list[str]:
    """Return the arguments of the command in an example, without what the shell does around it."""
    inner = re.search(r"cloudbase-ocr ([^|)]*)", line)
    assert inner
    return shlex.split(inner[1].rstrip('"'))


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_are_calls_that_commands_take(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    name, *words = words_of(line)
    if name in ("ctl", "tls", "state"):
        name, words = f"{name} {words[0]}", words[1:]
    if name == "ctl fault" or name == "ctl clock":
        name, words = f"{name} {words[0]}", words[1:]
    with NAMES[name].make_context(name, words):
        """A wrong one would have ended this."""


def prepare(folder: Path) -> None:
    """Make what the examples name."""
    for name in ("idcard", "bankcard"):
        (folder / "functions" / name).mkdir(parents=True)
        (folder / "functions" / name / "index.py").write_text("def main(event, context): return event\n")
        (folder / "functions" / name / "config.json").write_text('{"timeout": 20}')
    shutil.rmtree(folder / "functions/bankcard")
    shutil.copytree(folder / "functions", folder / "cloud")
    shutil.copy(SPECIMENS / "idcard-front.jpg", folder / "card.jpg")
    for name in ("scans", "recordings", "miniprogram", "dist", "state"):
        (folder / name).mkdir()
    shutil.copy(SPECIMENS / "platenum.jpg", folder / "scans/a.jpg")
    for name, text in (("event.json", '{"a": 1}'), ("index.js", ""), ("bot.py", "")):
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the examples run in: a command of this name, a home of its own, and a running emulator."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "cloudbase-ocr"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cloudbase_ocr "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (folder / "functions/idcard").mkdir(parents=True)
    (folder / "functions/idcard/index.py").write_text("def main(event, context): return event\n")
    with running(Settings(port=0, functions=folder / "functions", recognizer=False)) as server:
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
        yield {
            **inherited,
            "PATH": f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "CLOUDBASE_OCR_EMULATOR": server.url,
        }


def adapted(line: str) -> str:
    """Return an example as this machine can run it: on a free port, with a shell and a Redis that it has."""
    name = words_of(line)[0]
    if name in ("serve", "record") and "--port" not in line:
        return f"{line} --port 0"
    if name == "completion" or "Invoke-Expression" in line:
        return shlex.join(["cloudbase-ocr", *words_of(line)])
    # A checkout that is not installed does not know where it comes from.
    return f"{line} --source cloudbase-ocr==1" if name == "init" else line


@pytest.mark.check
@pytest.mark.skipif(os.name == "nt", reason="the examples are for a POSIX shell")
@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_run(line: str, tmp_path: Path, environment: dict[str, str]) -> None:
    prepare(tmp_path)
    name = words_of(line)[0]
    if "node " in line and not shutil.which("node"):
        pytest.skip(needs.NODE)
    if "redis://" in line:
        pytest.skip("tests/emulator/state/shared/test_copying.py runs it")
    if "--debug" in line:  # the emulator that runs was not started with it
        environment.pop("CLOUDBASE_OCR_EMULATOR")
    command = ["bash", "-c", adapted(line)]
    if name in ("serve", "record"):
        command[2] = f"exec {command[2]}"
        with started(command, cwd=tmp_path, env=environment, stderr=subprocess.STDOUT) as process:
            assert any(" at http" in said for said in process.stdout)
            assert "Traceback" not in stop(process)
        return
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
