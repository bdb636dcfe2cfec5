"""Runs every command of the how-to on recording, in order, with a local server in the place of the real service."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from pytest_httpserver import HTTPServer

from cloudbase_ocr.answers import load_fixtures
from tests import needs
from tests.docs.page_blocks import ROOT, blocks, shell_lines
from tests.processes import started, stop

PAGE = "docs/howto/record-and-replay.md"
SERVICE = "https://api.weixin.qq.com"
CARD = ROOT / "emulator/cloudbase_ocr/specimens/idcard-front.jpg"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason=needs.CURL)


@contextmanager
def background(command: str, folder: Path, environment: dict[str, str]) -> Iterator[list[str]]:
    """Run a command that serves until Ctrl-C; its output is in the list afterwards."""
    with started(command.split(), cwd=folder, env=environment, stderr=subprocess.STDOUT) as process:
        lines = [process.stdout.readline()]
        assert "Ctrl-C" in lines[0], lines[0] + process.stdout.read()
        yield lines
        lines += stop(process, signal.SIGINT).splitlines()
    assert process.returncode == 0, lines


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.check
def test_every_command_of_the_page_works(httpserver: HTTPServer, tmp_path: Path) -> None:
    reply = {"errcode": 0, "errmsg": "ok", "type": "Front", "name": "欧阳铁柱", "id": "110101199003072316"}
    httpserver.expect_request("/cv/ocr/idcard", query_string="access_token=mine").respond_with_json(reply)
    shutil.copy(CARD, tmp_path / "card.jpg")
    ports = {"8787": str(free_port()), "8788": str(free_port())}
    environment = {
        **os.environ,
        "ACCESS_TOKEN": "mine",
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CLOUDBASE_OCR_RECORDING_KEYS": str(tmp_path / "keys"),
    }
    answers = []
    commands = [line.replace(SERVICE, httpserver.url_for("").rstrip("/")) for line in shell_lines(PAGE)]
    assert len(commands) == 9
    while commands:
        command = commands.pop(0)
        port = ports["8787" if " serve " in command else "8788"]
        with background(f"{command} --port {port}", tmp_path, environment) as lines:
            while commands and not commands[0].startswith("cloudbase-ocr"):
                line = re.sub(r":(878[78])/", lambda match: f":{ports[match[1]]}/", commands.pop(0))
                done = subprocess.run(
                    ["sh", "-c", line],
                    cwd=tmp_path,
                    env=environment,
                    capture_output=True,
                    encoding="utf-8",
                    check=True,
                )
                answers.append(done.stdout)
        last = lines
    live, text, replayed, served, compared = answers
    assert json.loads(live) == json.loads(compared) == reply
    assert json.loads(replayed) == json.loads(served)
    assert json.loads(served)["name"] != "欧阳铁柱"
    assert "1 equal, 0 different, 0 not compared" in last
    (entry,) = yaml.safe_load(text)
    (shown,) = yaml.safe_load(blocks(PAGE, "yaml")[0].text)
    assert list(entry) == list(shown)
    assert list(entry["reply"]) == list(shown["reply"])
    assert entry["name"] == f"idcard/{entry['match']['sha256'][:16]}"
    assert shown["name"] == f"idcard/{shown['match']['sha256'][:16]}"


def test_the_yaml_of_the_page_is_a_fixture(tmp_path: Path) -> None:
    (tmp_path / "idcard.yaml").write_text(blocks(PAGE, "yaml")[0].text, encoding="utf-8")
    (fixture,) = load_fixtures([tmp_path])
    assert fixture.provenance == "recorded"
