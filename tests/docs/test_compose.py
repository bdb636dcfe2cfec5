"""compose.yaml, and what it mounts: its shape, and its instances behind its own nginx. No container runs here."""

from __future__ import annotations

import os
import re
import shlex
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from cloudbase_ocr.commands.options import variable_of
from cloudbase_ocr.settings import Settings
from tests import needs, processes
from tests.docs.image import ROOT, stages, words_of
from tests.docs.nginx_server import NGINX, free_port, nginx_command
from tests.docs.page_blocks import shell_lines
from tests.docs.test_readme import COMMAND
from tests.docs.test_self_hosting import ACCOUNT, PAGE, variables_of_service
from tests.redis_server import PROGRAM, RedisServer

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OCR = SERVICES["ocr"]
RULES = (ROOT / "docs/nginx.conf").read_text(encoding="utf-8")
ADDRESSES = ("127.0.0.1", "127.0.0.2")


def environment_of_ocr() -> dict[str, str]:
    """Return what Compose makes of the variables, with those of the page for what has to be set."""
    given = variables_of_service()

    def value(match: re.Match[str]) -> str:
        name, kind, word = match.groups()
        return given[name] if kind == ":?" else word

    return {
        name: re.sub(r"\$\{(\w+)(:[?-])([^}]*)\}", value, text) for name, text in OCR["environment"].items()
    }


def test_two_instances_and_time_to_end() -> None:
    assert set(SERVICES) == {"nginx", "ocr", "redis"}
    assert OCR["deploy"]["replicas"] == 2
    assert OCR["stop_grace_period"] == "35s"
    assert Settings().shutdown_seconds < 35
    assert "ports" not in OCR, "two instances cannot have one port of the machine"


def test_what_it_names_is_there() -> None:
    environment = environment_of_ocr()
    known = {variable_of(name) for name in vars(Settings())}
    assert set(environment) <= known
    assert OCR["build"]["target"] == "ocr"
    assert words_of("ocr", "CMD")
    (mounted,) = SERVICES["nginx"]["volumes"]
    assert mounted == "./docs/nginx.conf:/etc/nginx/conf.d/default.conf:ro"
    (published,) = SERVICES["nginx"]["ports"]
    assert published.startswith("127.0.0.1:"), "plain http is for this machine"
    assert f"listen {published.rpartition(':')[2]};" in RULES
    assert re.findall(r"set \$instances (\w+);", RULES) == ["ocr"]
    assert f"server_name {environment['CLOUDBASE_OCR_SERVER_NAMES']};" in RULES
    for one in SERVICES.values():
        assert set(one.get("depends_on", ())) <= set(SERVICES)
        assert set(one["networks"]) <= set(COMPOSE["networks"])


def test_nobody_else_reaches_redis_and_nginx_is_believed() -> None:
    environment = environment_of_ocr()
    assert environment["CLOUDBASE_OCR_STATE"] == "redis://redis:6379/0"
    assert SERVICES["redis"]["networks"] == ["state"]
    assert COMPOSE["networks"]["state"] == {"internal": True}
    assert SERVICES["nginx"]["networks"] == ["front"]
    (network,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert environment["CLOUDBASE_OCR_PROXY_HOSTS"] == network["subnet"]
    assert "ports" not in SERVICES["redis"]


@pytest.mark.parametrize("page", [PAGE, "docs/self-hosting.zh-CN.md"])
def test_the_page_s_commands_name_what_there_is(page: str) -> None:
    lines = [shlex.split(line) for line in shell_lines(page) if line.startswith("docker ")]
    built = {line[line.index("--tag") + 1]: line for line in lines if line[1] == "build"}
    assert OCR["image"] in built
    for tag, line in built.items():
        assert tag.rpartition(":")[2] == line[line.index("--target") + 1] in stages()
    for line in (line for line in lines if line[1] == "compose"):
        assert line[2] in ("up", "logs")
        assert {word.partition("=")[0] for word in line[3:] if not word.startswith("-")} <= set(SERVICES)


@contextmanager
def names(port: int, addresses: list[str]) -> Iterator[None]:
    """Answer every question for an address with `addresses`, as Docker's name server does for a service."""

    def answer(question: bytes) -> bytes:
        head = question[:2] + struct.pack("!5H", 0x8180, 1, len(addresses), 0, 0)
        asked = question[12 : question.index(b"\0", 12) + 5]
        records = (
            b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 1, 4) + socket.inet_aton(each) for each in addresses
        )
        return head + asked + b"".join(records)

    def serve() -> None:
        while True:
            question, client = server.recvfrom(512)
            if not question:
                return
            server.sendto(answer(question), client)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port))
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", port))
            thread.join(10)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if PROGRAM is None:
        pytest.skip(needs.REDIS)
    with RedisServer(tmp_path).running() as server:
        yield server


def instance(address: str, port: int, place: str, stack: ExitStack) -> processes.Process:
    """Start the container's command with the variables of the file, but for its address and the place of Redis."""
    environment = {
        **os.environ,
        **environment_of_ocr(),
        "PYTHONUNBUFFERED": "1",
        "CLOUDBASE_OCR_HOST": address,
        "CLOUDBASE_OCR_PORT": str(port),
        "CLOUDBASE_OCR_METRICS_PORT": "0",
        "CLOUDBASE_OCR_STATE": place,
    }
    command = [*COMMAND, *words_of("ocr", "CMD"), "--no-recognizer"]
    process = stack.enter_context(processes.started(command, env=environment))
    said = process.stdout.readline()
    assert f"http://{address}:{port}" in said, said
    return process


def token(url: str) -> requests.Response:
    appid, secret = ACCOUNT.split(":")
    query = {"grant_type": "client_credential", "appid": appid, "secret": secret}
    headers = {"Host": "ocr.example.com"}
    return requests.post(url + "/cgi-bin/stable_token", json=query, headers=headers, timeout=30)


@pytest.mark.check
def test_the_nginx_of_the_file_finds_both_instances_by_name(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    if NGINX is None:
        pytest.skip(needs.NGINX)
    try:
        port = free_port(host=ADDRESSES[1])
    except OSError:
        pytest.skip("this machine has no 127.0.0.2 for a second instance on the same port; Linux has")
    front, resolver = free_port(), free_port(socket.SOCK_DGRAM)
    rules = RULES.replace("resolver 127.0.0.11 valid=5s", f"resolver 127.0.0.1:{resolver} valid=1s")
    rules = rules.replace("listen 8080;", f"listen 127.0.0.1:{front};").replace(":8787;", f":{port};")
    assert (rules.count(str(front)), rules.count(str(port)), rules.count(str(resolver))) == (1, 1, 1)
    url = f"http://127.0.0.1:{front}"
    with ExitStack() as stack:
        stack.enter_context(names(resolver, list(ADDRESSES)))
        first, second = (instance(each, port, redis_server.url, stack) for each in ADDRESSES)
        stack.enter_context(processes.started(nginx_command(tmp_path, rules)))
        text = processes.when_it_listens(lambda: token(url)).json()["access_token"]
        assert {token(url).json()["access_token"] for _ in range(10)} == {text}
        for path in ("/metrics", "/readyz", "/_emulator/health", "/console/"):
            assert requests.get(url + path, timeout=30).status_code == 404
        foreign = requests.get(url + "/cgi-bin/token", headers={"Host": "other.example.com"}, timeout=30)
        assert foreign.status_code == 403
        for process in (first, second):
            process.terminate()
            said = process.stderr.read() if process.stderr else ""
            assert process.wait(30) == 0, said
            if process is first:
                assert {token(url).json()["access_token"] for _ in range(10)} == {text}
        assert token(url).status_code == 502
