"""The unmodified command line ``tcb`` (@cloudbase/cli), whose addresses are written in it, through ``env --https``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.server import Server
from tests.clients.sdks import missing, run_tcb

pytestmark = pytest.mark.check


class Tcb:
    """The command line with a home of its own, in which it is logged in."""

    def __init__(self, server: Server, home: Path) -> None:
        self._env = EmulatorClient(server.url).environment(https=True)
        self._home = home
        self.login = self.run("login", "--apiKeyId", "AKIDanybody", "--apiKey", "any")

    def run(self, *arguments: str, **variables: str) -> CompletedProcess[str]:
        return run_tcb(arguments, {**self._env, **variables}, self._home)

    def done(self, *arguments: str, **variables: str) -> str:
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def tcb(https_emulator: Server, tmp_path_factory: pytest.TempPathFactory) -> Tcb:
    if reason := missing("@cloudbase/cli"):
        pytest.skip(reason)
    return Tcb(https_emulator, tmp_path_factory.mktemp("home"))


def cells(table: str) -> list[list[str]]:
    """Return the rows of a table without its head."""
    plain = re.sub(r"\x1b\[\d+m", "", table)
    rows = [line.strip("│ ").split("│") for line in plain.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row] for row in rows[1:]]


def test_login(tcb: Tcb) -> None:
    assert tcb.login.returncode == 0, tcb.login.stdout


def test_env_list(tcb: Tcb) -> None:
    (row,) = cells(tcb.done("env", "list"))
    assert row[:2] == ["env-1", "env-1"]


def test_fn_list(tcb: Tcb) -> None:
    rows = cells(tcb.done("fn", "list", "--envId", "env-1"))
    assert [row[1] for row in rows] == ["echo", "fails", "nothing"]
    assert all(row[2].startswith("Python3.") for row in rows)


def test_fn_detail(tcb: Tcb) -> None:
    shown = tcb.done("fn", "detail", "echo", "--envId", "env-1")
    values = [row[1] for row in cells(shown)]
    assert values[:2] == ["env-1", "echo"]
    assert {"index.main", "256", "3"} <= set(values)
    assert "def main(event, context):\n    return event" in shown


def invoke(tcb: Tcb, name: str, event: object, **variables: str) -> str:
    return tcb.done("fn", "invoke", name, "--envId", "env-1", "--params", json.dumps(event), **variables)


def test_fn_invoke_and_log(tcb: Tcb) -> None:
    shown = invoke(tcb, "echo", {"a": "b"})
    assert '{"a": "b"}' in shown
    request_id = re.findall(r"START RequestId: (\S+)", shown)[0]
    log = tcb.done("fn", "log", "echo", "--envId", "env-1")
    for text in (request_id, f"START RequestId: {request_id}", '{"a": ', " MB"):
        assert text in log, log
    assert request_id in tcb.done("fn", "log", "echo", "--envId", "env-1", "--reqId", request_id)


def test_a_log_is_found_by_the_clock_of_shanghai_and_of_this_machine(tcb: Tcb) -> None:
    request_id = re.findall(r"START RequestId: (\S+)", invoke(tcb, "nothing", {}))[0]
    zones: tuple[dict[str, str], ...] = ({"TZ": "Asia/Shanghai"}, {})
    for zone in zones:
        assert request_id in tcb.done("fn", "log", "nothing", "--envId", "env-1", **zone)


def test_a_function_that_fails(tcb: Tcb) -> None:
    assert "no picture in the event" in invoke(tcb, "fails", {})
    assert "no picture in the event" in tcb.done("fn", "log", "fails", "--envId", "env-1")


def test_what_is_not_there(tcb: Tcb) -> None:
    absent = tcb.run("fn", "log", "absent", "--envId", "env-1")
    assert absent.returncode == 1, absent.stdout
    assert "echo, fails, nothing" in absent.stdout
    other = tcb.run("fn", "list", "--envId", "env-2")
    assert (other.returncode, "env-2 not found" in other.stdout) == (1, True)
