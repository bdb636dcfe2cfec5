"""``cloudbase-ocr env``: what it prints, in each form, and programs that it runs."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from cloudbase_ocr.cli import main
from cloudbase_ocr.commands.env import render
from cloudbase_ocr.runtime import ApiToken, parse_token
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.quick import quick

ENV = (sys.executable, "-m", "cloudbase_ocr", "env")
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root: Path = tmp_path_factory.mktemp("functions")
    (root / "mine").mkdir()
    (root / "mine" / "index.py").touch()
    settings = Settings(
        port=0,
        functions=root,
        recognizer=False,
        env_id="env-1",
        openid="o1",
        appid="wx1",
        apps=('wx1:it\'s "secret" $HOME',),
    )
    with running(settings) as server:
        yield server


def env(server: Server, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["env", "--emulator", server.url, *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_json(server: Server) -> None:
    variables = json.loads(env(server, "--json"))
    assert variables["TCB_CONTEXT_CNFG"] == f'{{"URL":"{server.url}/admin"}}'
    assert variables["WXCLOUD_API_BASE"] == server.url
    assert (variables["WX_APPID"], variables["WX_OPENID"], variables["TCB_ENV"]) == ("wx1", "o1", "env-1")
    assert parse_token(variables["WX_API_TOKEN"]) == ApiToken("", "wx1", "o1")
    for listing in ("WX_CONTEXT_KEYS", "TCB_CONTEXT_KEYS"):
        assert all(name in variables for name in variables[listing].split(","))
    assert variables["WECHAT_APPSECRET"] == 'it\'s "secret" $HOME'


def test_function(server: Server) -> None:
    variables = json.loads(env(server, "--json", "--function", "mine"))
    assert parse_token(variables["WX_API_TOKEN"]) == ApiToken("mine", "wx1", "o1")
    assert variables["SCF_FUNCTIONNAME"] == "mine"


def test_shell(server: Server) -> None:
    script = env(server) + f"\n{shlex.quote(sys.executable)} -c {shlex.quote(SHOW)}"
    shown = subprocess.run(["sh", "-c", script], capture_output=True, check=True, timeout=30).stdout
    expected = json.loads(env(server, "--json"))
    assert {name: json.loads(shown)[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("powershell", "$env:A = 'it''s {\"b\"}'\n$env:C = 'http://127.0.0.1:1'"),
        ("dotenv", "A='it's {\"b\"}'\nC=http://127.0.0.1:1"),
    ],
)
def test_other_forms(style: str, expected: str) -> None:
    assert render({"A": 'it\'s {"b"}', "C": "http://127.0.0.1:1"}, style) == expected


def test_command_gets_the_variables_and_its_exit_code_is_passed_on(server: Server) -> None:
    program = f"{SHOW}; raise SystemExit(7)"
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "cloudbase_ocr",
            "env",
            "--emulator",
            server.url,
            "--",
            sys.executable,
            "-c",
            program,
        ],
        capture_output=True,
        timeout=60,
    )
    assert process.returncode == 7
    assert json.loads(process.stdout)["WXCLOUD_API_BASE"] == server.url


@pytest.mark.check
def test_an_emulator_of_its_own_for_the_command() -> None:
    program = (
        "import os, urllib.request as u; "
        "print(u.urlopen(os.environ['WXCLOUD_API_BASE'] + '/_emulator/health').status, os.environ['TCB_ENV'])"
    )
    process = subprocess.run(
        [*ENV, "--no-recognizer", "--env-id", "env-7", "--", sys.executable, "-c", program],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert process.stdout.split()[0] == "200"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "absent"], "there is no function 'absent'"),
        (["--", "no-such-program"], "no-such-program cannot be started"),
    ],
)
def test_mistakes(server: Server, arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["env", "--emulator", server.url, *arguments])
    assert result.exit_code == 2
    assert message in result.output


LITERAL = "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s"
PROGRAMS = {
    "urllib": [
        sys.executable,
        "-c",
        f"from urllib.request import urlopen; print(urlopen('{LITERAL}', timeout=20).read().decode())",
    ],
    "requests": [sys.executable, "-c", f"import requests; print(requests.get('{LITERAL}', timeout=20).text)"],
    "curl": ["curl", "-sS", LITERAL],
    "Node's https": [
        "node",
        "-e",
        f"require('https').get('{LITERAL}', (reply) => reply.on('data', (data) => console.log(String(data))))",
    ],
    "Node's fetch": ["node", "-e", f"fetch('{LITERAL}').then((reply) => reply.text()).then(console.log)"],
    "Node's http, which SDKs speak inside the cloud": [
        "node",
        "-e",
        f"require('http').get('{LITERAL.replace('https', 'http')}', (reply) => reply.pipe(process.stdout))",
    ],
}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tls") / "a folder"
    with running(Settings(port=0, recognizer=False, tls_folder=folder)) as server:
        yield server


def with_https(server: Server, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command with the variables, in an environment that has some of its own."""
    if shutil.which(command[0]) is None:
        pytest.skip(needs.CURL if command[0] == "curl" else needs.NODE)
    words = [*ENV, "--https", "--emulator", server.url, "--", *command]
    environment = {**os.environ, "NO_PROXY": "*", "NODE_OPTIONS": "--no-warnings"}
    return subprocess.run(
        words, env=environment, capture_output=True, encoding="utf-8", timeout=60, **options
    )


@pytest.mark.parametrize("program", quick(PROGRAMS, {"urllib"}))
def test_programs_with_a_literal_https_address_come_in(program: str, secured: Server) -> None:
    done = with_https(secured, PROGRAMS[program])
    assert set(json.loads(done.stdout)) == {"access_token", "expires_in"}, done.stderr


REFUSED = {
    "requests": [sys.executable, "-c", "import requests; requests.get('https://example.com/', timeout=20)"],
    "Node's https": ["node", "-e", "require('https').get('https://example.com/')"],
    "Node's fetch": ["node", "-e", "fetch('https://example.com/')"],
}


@pytest.mark.parametrize("program", quick(REFUSED, {"requests"}))
def test_other_hosts_are_refused_in_one_sentence(program: str, secured: Server) -> None:
    done = with_https(secured, REFUSED[program])
    assert done.returncode != 0
    assert "example.com is not one of the hosts that the emulator stands in for; start it with" in done.stderr


def test_a_program_with_the_machines_own_trust_refuses(secured: Server) -> None:
    secured.emulator.authorities.get()  # type: ignore[union-attr]  # TLS is on
    environment = {**os.environ, "HTTPS_PROXY": secured.url, "NO_PROXY": ""}
    done = subprocess.run(
        PROGRAMS["requests"], env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    assert "CERTIFICATE_VERIFY_FAILED" in done.stderr


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tls": False}, "there is no https here: --no-tls answers plain http only"),
        ({"tls_folder": Path(__file__) / "x"}, "the authority for https cannot be kept in"),
    ],
)
def test_without_https_the_reason_is_told(settings: dict[str, Any], message: str) -> None:
    with running(Settings(port=0, recognizer=False, **settings)) as server:
        result = CliRunner().invoke(main, ["env", "--emulator", server.url, "--https"])
    assert (result.exit_code, message in result.output) == (2, True), result.output


def test_trust_files_of_another_machine_are_told(secured: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "cloudbase_ocr.commands.client.EmulatorClient.environment",
        lambda *_, **__: {"SSL_CERT_FILE": "/there"},
    )
    result = CliRunner().invoke(main, ["env", "--emulator", secured.url, "--https"])
    assert (result.exit_code, "keeps its trust files on another machine" in result.output) == (2, True)


def test_without_the_option_there_is_no_proxy(server: Server) -> None:
    assert not {"HTTPS_PROXY", "SSL_CERT_FILE"} & set(json.loads(env(server, "--json")))


def test_no_emulator() -> None:
    result = CliRunner().invoke(main, ["env", "--emulator", "http://127.0.0.1:9"])
    assert (result.exit_code, "Start one: cloudbase-ocr serve" in result.output) == (2, True)


def test_pages_cannot_read_the_variables(server: Server) -> None:
    headers = {"Origin": "http://localhost:5173"}
    assert requests.get(server.url + "/_emulator/env", headers=headers, timeout=30).status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "",
        "emulator",
        "emulator/a/b/c",
        "emulator//b/c/d",
        "x/a/b/c/d",
        "emulator/a/b/c/d/e",
        "emulator/ä/b/c/d",
    ],
)
def test_tokens_of_others(text: str) -> None:
    assert parse_token(text) is None
