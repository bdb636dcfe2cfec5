"""Runs the page on a private service: commands, program, systemd's unit, nginx' rule."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests import needs, processes
from tests.docs.page_blocks import Block, blocks, read, shell_lines
from tests.docs.test_readme import CARD, COMMAND, TRUTH, Shell

PAGE = "docs/self-hosting.md"
ACCOUNT = "wx0000000000000001:a-secret-nobody-guesses"
NEEDED = {"/cgi-bin/token", "/cgi-bin/stable_token"}

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason=needs.CURL)


def block_with(text: str) -> Block:
    """Return the only block that has `text`."""
    (found,) = [block for block in blocks(PAGE) if text in block.text]
    return found


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A folder with a picture and the page's program; its commands know the token that they were given."""
    specimens = tmp_path / "emulator/cloudbase_ocr/specimens"
    specimens.mkdir(parents=True)
    shutil.copy(CARD, specimens)
    (tmp_path / "read_card.py").write_text(block_with("# read_card.py").text, encoding="utf-8")
    with ExitStack() as stack:
        yield Shell(tmp_path, "", stack)


def test_every_block_of_the_page_is_used() -> None:
    begins = [block.text.splitlines()[0].partition(" ")[0] for block in blocks(PAGE)]
    assert begins == [
        "cloudbase-ocr",
        "WXCLOUD_API_BASE=http://127.0.0.1:8787",
        "#",
        "server",
        "#",
        "#",
        "cloudbase-ocr",
        "#",
        "upstream",
        "cloudbase-ocr",
        "docker",
        "docker",
        "kubectl",
        "curl",
        "curl",
    ]


@pytest.mark.check
@needs_curl
def test_the_service_answers_the_page_and_its_program(shell: Shell) -> None:
    start, token, ask, health, state = block_with("--app wx").text.splitlines()
    assert shell.run(start).startswith("cloudbase-ocr ")
    granted = json.loads(shell.run(token))
    assert granted["expires_in"] == 7200
    answer = json.loads(shell.run(ask.replace("$ACCESS_TOKEN", granted["access_token"])))
    assert (answer["errcode"], answer["id"]) == (0, TRUTH["id"])
    assert json.loads(shell.run(health))["service"] == "cloudbase-ocr"
    ready = json.loads(shell.run(state))
    assert (ready["state"], ready["workers"]) == ("ready", 2)
    (line,) = block_with("WXCLOUD_API_BASE").text.splitlines()
    *variables, _, program = shlex.split(line.replace("http://127.0.0.1:8787", shell.address))
    environment = {**os.environ, **dict(variable.split("=", 1) for variable in variables), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, program],
        cwd=shell.folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (done.stdout.strip(), done.stderr) == (TRUTH["name"], "")


def unit() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # as configparser documents
    parser.read_string(block_with("[Unit]").text)
    return parser["Service"]


def variables_of_service() -> dict[str, str]:
    lines = block_with("CLOUDBASE_OCR_APPS=").text.splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def started(arguments: list[str], environment: dict[str, str], folder: Path) -> tuple[str, str]:
    """Run a service until it says for whom it is; give its address and that line."""
    command = [*COMMAND, *arguments, "--port", "0", "--no-recognizer"]
    variables = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
    with processes.started(command, cwd=folder, env=variables) as process:
        lines = [process.stdout.readline(), process.stdout.readline()]
        found = re.search(r" at (http://\S+)", lines[0])
        assert found, lines
        with_token = {"Authorization": f"Bearer {environment['CLOUDBASE_OCR_CONTROL_TOKEN']}"}
        for headers, status in (({}, 401), (with_token, 200)):
            reply = requests.get(found[1] + "/_emulator/health", headers=headers, timeout=30)
            assert reply.status_code == status
        processes.stop(process)
    assert process.returncode == 0
    return found[1], lines[1]


def test_the_unit_starts_the_service(tmp_path: Path) -> None:
    program, *arguments = shlex.split(unit()["ExecStart"].replace("%S", str(tmp_path)))
    assert program.endswith("/bin/cloudbase-ocr")
    _, line = started(arguments, variables_of_service(), tmp_path)
    assert line == "OCR only, for wx0000000000000001, wx0000000000000002; no limit a day\n"
    assert (tmp_path / unit()["StateDirectory"]).is_dir(), "what systemd makes for it is what it uses"


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (Debian: apt-get install systemd)",
)
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "cloudbase-ocr.service"
    program = shlex.split(unit()["ExecStart"])[0]
    path.write_text(block_with("[Unit]").text.replace(program, sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, timeout=60
    )
    assert "cloudbase-ocr.service:" not in done.stderr


def test_nginx_passes_on_tokens_and_ocr_and_nothing_else() -> None:
    text = block_with("server {").text
    (pattern,) = re.findall(r"location ~ (\S+) \{", text)
    routes = {rule.rule for rule in create_app(Settings(recognizer=False)).url_map.iter_rules()}
    passed = {route for route in routes if re.search(pattern, route)}
    assert passed == NEEDED | {route for route in routes if route.startswith("/cv/ocr/")}
    assert not re.search(pattern, "/cv/ocr/../_emulator/reset")
    assert text.count("{") == text.count("}")
    for header in ("Host $host", "X-Forwarded-For $proxy_add_x_forwarded_for"):
        assert f"proxy_set_header {header};" in text
    for line in text.splitlines():
        statement = line.partition("#")[0].strip()
        assert not statement or statement[-1] in "{};", line


@pytest.mark.parametrize("page", [PAGE, "docs/self-hosting.zh-CN.md"])
def test_the_service_answers_under_the_name_that_nginx_passes_on(page: str) -> None:
    (name,) = set(re.findall(r"server_name (\S+);", read(page)))
    assert f"--server-name {name}" in unit()["ExecStart"]
    assert f"`--server-name {name}`" in read(page)
    with running(Settings(port=0, recognizer=False, ocr_only=True, server_names=(name,))) as server:
        for host, status in ((name, 200), ("other.example.com", 403)):
            headers = {"Host": host, "X-Forwarded-For": "192.0.2.7"}
            reply = requests.post(server.url + "/cgi-bin/stable_token", json={}, headers=headers, timeout=30)
            assert reply.status_code == status


@needs_curl
def test_health_is_asked_with_the_control_token(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    token = variables_of_service()["CLOUDBASE_OCR_CONTROL_TOKEN"]
    shell.run(f"cloudbase-ocr serve --ocr-only --no-recognizer --control-token {token}")
    (line,) = [line for line in shell_lines(PAGE) if "Bearer $" in line]
    answer = json.loads(shell.run(line.replace("$CLOUDBASE_OCR_CONTROL_TOKEN", token)))
    assert answer["service"] == "cloudbase-ocr"


@pytest.mark.parametrize("page", [PAGE, "docs/self-hosting.zh-CN.md"])
def test_options_and_numbers_are_those_of_the_settings(page: str) -> None:
    text, settings = read(page), Settings()
    known = {f"--{name.replace('_', '-')}" for name in vars(settings)} | {
        "--app",
        "--allow-host",
        "--proxy-host",
        "--server-name",
        "--processes",
    }
    ours = "\n".join(
        line for line in text.splitlines() if "docker " not in line and "--format docker" not in line
    )
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]+", ours)) <= known
    numbers: dict[str, Any] = {
        "--recognizer-limit": settings.recognizer_limit,
        "--recognizer-queue": settings.recognizer_queue,
        "--recognizer-timeout": settings.recognizer_timeout,
        "--body-memory-mb": settings.body_memory_mb,
        "--journal-keep-mb 0": settings.journal_keep_mb,
    }
    lines = text.splitlines()
    for option, number in numbers.items():
        near = " ".join(line for line in lines if f"`{option}`" in line)
        assert re.search(rf"\b{number:g}\b", near), f"{page}: {option}"
