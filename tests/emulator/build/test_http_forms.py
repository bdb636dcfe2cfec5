"""The forms that are called by URL: scf_bootstrap is started itself, as the platform and a container do."""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.commands.client import EmulatorClient
from tests import processes
from tests.emulator.build.cloud import environment, fingerprint, read_only, unpack
from tests.emulator.build.conftest import Build
from wxcloud.http_function import MAX_BODY_BYTES

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scf_bootstrap is a shell script")

Serve = Callable[..., "Client"]


class Client:
    """Speaks HTTP to a started function."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method: str, path: str = "/", body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        return answer.status, json.loads(answer.read())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(folder: Path, command: list[str], env: dict[str, str]) -> Iterator[Client]:
    with read_only(folder) as prefix, processes.started([*prefix, *command], env=env, cwd="/") as process:
        line = process.stdout.readline()
        assert "listens on port" in line
        client = Client(int(line.split()[-1]))
        with closing(client.connection):
            yield client
        processes.stop(process)


@pytest.fixture
def serve(tmp_path: Path, emulator_url: str) -> Iterator[Serve]:
    """Start scf_bootstrap of an unpacked package; the interpreter path, which only the cloud has, is replaced."""
    with ExitStack() as stack:

        def start(archive: Path, **variables: str) -> Client:
            folder = unpack(archive, tmp_path / "user")
            env = {
                **environment(folder, "idcard", emulator_url, tmp_path),
                "PATH": os.environ["PATH"],
                "PORT": str(free_port()),
                "WXCLOUD_PYTHON": sys.executable,
                **variables,
            }
            before = fingerprint(folder)
            stack.callback(lambda: check_unchanged(folder, before))
            return stack.enter_context(started(folder, [str(folder / "scf_bootstrap")], env))

        yield start


def check_unchanged(folder: Path, before: dict[str, str]) -> None:
    assert fingerprint(folder) == before


@pytest.mark.check
def test_http_function_gives_what_the_event_function_gives(
    built: Build, serve: Serve, emulator_url: str
) -> None:
    client = serve(built("3.10", "http")["idcard"].zip)
    expected = EmulatorClient(emulator_url).call_function("idcard", {"imgUrl": "mock://idcard/back"})[
        "result"
    ]
    body = json.dumps({"imgUrl": "mock://idcard/back"}).encode()
    assert client.ask("POST", "/any/path", body) == (200, expected)
    assert client.ask("GET", "/?imgUrl=mock%3A%2F%2Fidcard%2Fback") == (200, expected)
    status, failed = client.ask("POST", "/", b'{"imgUrl": "mock://101001"}')
    assert (status, failed["errCode"]) == (200, 101001)


@pytest.mark.check
def test_requests_that_are_no_event(built: Build, serve: Serve) -> None:
    client = serve(built("3.10", "http")["idcard"].zip)
    assert client.ask("POST", "/", b"{")[0] == 400
    assert client.ask("POST", "/", b"[]") == (
        400,
        {"errCode": -601002, "errMsg": "the body is a JSON list; send an object"},
    )
    assert client.ask("POST", "/", b"\xff")[0] == 400
    assert client.ask("DELETE")[0] == 405
    assert client.ask("POST", "/", None, **{"Content-Length": "x"})[0] == 411
    assert client.ask("POST", "/", None, **{"Content-Length": str(MAX_BODY_BYTES + 1)})[0] == 413
    assert client.ask("POST", "/", b"")[1]["errCode"] == 41005, "an empty body is an empty event"


def test_bootstrap_as_documented(built: Build) -> None:
    package = built("3.10", "http")["idcard"]
    text = (package.folder / "scf_bootstrap").read_bytes()
    assert text.startswith(b"#!/bin/sh\n")
    assert b"\r" not in text
    assert b":-9000}" in text
    assert b"/var/lang/python310/bin/python3.10" in text
    assert os.access(package.folder / "scf_bootstrap", os.X_OK)
    content = json.loads((package.folder.parent / "cloudbaserc.json").read_text(encoding="utf-8"))
    assert content["functions"][0]["type"] == "HTTP"


@pytest.mark.check
def test_container(built: Build, serve: Serve, emulator_url: str) -> None:
    """The Dockerfile's variables, with what a container lacks left out: appid, secret and SCF's variables."""
    package = built("3.10", "container")["idcard"]
    lines = (package.folder / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "FROM python:3.10-slim"
    variables = dict(
        pair.split("=") for line in lines if line.startswith("ENV ") for pair in line[4:].split()
    )
    assert variables == {
        "PORT": "80",
        "WXCLOUD_PYTHON": "python3",
        "WXCLOUD_CREDENTIALS": "tokenless",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    assert lines[-1] == 'CMD ["sh", "scf_bootstrap"]'
    variables.update(PORT=str(free_port()), WXCLOUD_PYTHON=sys.executable)
    none = dict.fromkeys(("WECHAT_APPID", "WECHAT_APPSECRET", "TENCENTCLOUD_RUNENV", "USER_CODE_ROOT"), "")
    client = serve(package.zip, **none, **variables)
    status, result = client.ask("POST", "/", b'{"imgUrl": "mock://idcard"}')
    assert (status, result["errCode"]) == (200, 41001), (
        "the emulator has no container's sidecar to add a token"
    )


FAILING = """
async def main(event, context):
    if "secret" in event:
        raise ValueError(event["secret"])
    return {"limit": context["time_limit_in_ms"], "id": context["request_id"]}
"""


def test_async_handler_its_time_limit_and_a_failure(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.py").write_text(FAILING, encoding="utf-8")
    functions = Path(__file__).parents[3] / "functions"
    env = {"PYTHONPATH": f"{functions}:{tmp_path}", "PORT": str(free_port()), "WXCLOUD_TIMEOUT": "7"}
    command = [sys.executable, "-m", "wxcloud.http_function", "app.main"]
    with started(tmp_path, command, env) as client:
        answer = client.ask("GET", "/", None, **{"X-Scf-Request-Id": "r-1"})
        assert answer == (200, {"limit": 7000, "id": "r-1"})
        status, body = client.ask("POST", "/", b'{"secret": "abc"}')
    assert (status, body["errMsg"]) == (500, "the function failed; the traceback is in its log")
    assert "ValueError: abc" in capfd.readouterr().err


@pytest.mark.check
def test_two_calls_at_a_time(built: Build, serve: Serve) -> None:
    """A slow call holds up nobody: the second one, begun later, is answered first."""
    client = serve(built("3.10", "http")["idcard"].zip)
    other = Client(client.connection.port)
    client.connection.request("POST", "/", b'{"imgUrl": "mock://slow/1s"}')
    assert other.ask("POST", "/", b"{}")[1]["errCode"] == 41005
    answer = json.loads(client.connection.getresponse().read())
    assert answer["errCode"] == 0
    other.connection.close()
