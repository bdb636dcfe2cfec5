"""Runs what the page on a private service says of several instances: Redis, the commands, nginx, and one that dies."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.state.shared import files, fixtures
from tests import needs, processes
from tests.docs.nginx_server import NGINX, free_port
from tests.docs.page_blocks import read
from tests.docs.page_instances import NAME, instances, nginx, token
from tests.docs.test_self_hosting import PAGE, block_with, needs_curl
from tests.redis_server import PROGRAM, RedisServer


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if PROGRAM is None:
        pytest.skip(needs.REDIS)
    with RedisServer(tmp_path).running() as server:
        yield server


@pytest.mark.check
def test_behind_nginx_one_that_is_killed_costs_nobody_a_token(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    if NGINX is None:
        pytest.skip(needs.NGINX)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        instances(tmp_path, redis_server.url, "--no-recognizer") as both,
        processes.started(nginx(tmp_path, [each.port for each in both], port)),
    ):
        text = processes.when_it_listens(lambda: token(url)).json()["access_token"]
        assert {token(each).json()["access_token"] for each in (url, url, *(one.url for one in both))} == {
            text
        }
        assert requests.get(url + "/metrics", headers={"Host": NAME}, timeout=10).status_code == 404
        both[0].kill()
        assert {token(url).json()["access_token"] for _ in range(6)} == {text}
        both[0].start()
        redis_server.kill()
        answer = token(url)
        assert (answer.status_code, answer.json()["errcode"], answer.headers["Retry-After"]) == (503, -1, "1")
        redis_server.start()
        assert token(url).json()["expires_in"] == 7200


@pytest.mark.check
@needs.engine
def test_instances_that_are_killed_while_they_read_cost_no_call(tmp_path: Path) -> None:
    """What the page says of 0 failed calls, shorter: the whole of it is `python -m tests.bench.replicas`."""
    if PROGRAM is None:
        pytest.skip(needs.REDIS)
    if NGINX is None:
        pytest.skip(needs.NGINX)
    replicas = pytest.importorskip("tests.bench.replicas")
    # A machine that is busy with other tests may need a minute for a picture.
    patience = ("--recognizer-limit", "200", "--recognizer-timeout", "200")
    seen = replicas.measure(30, 9, *patience, clients=2, timeout=200)
    assert (seen.failed, seen.wrong) == ([], [])
    assert len(seen.unseen) >= 2
    assert seen.good == seen.statuses["200"] > 0
    # One that had been refused by an instance that loads, and was waiting at the other one when that was killed.
    assert set(seen.statuses) <= {"200", "502"}
    counted = seen.counted["200"]
    assert counted <= seen.good <= counted + seen.uncertain("200")


@pytest.mark.check
@needs_curl
def test_the_lines_on_monitoring(tmp_path: Path, redis_server: RedisServer) -> None:

    lines = block_with("/readyz").text.splitlines()
    with instances(tmp_path, redis_server.url, "--no-recognizer") as (one, _):
        said = []
        for line in lines:
            command = shlex.split(line.replace("http://127.0.0.1:8787", one.url))
            done = subprocess.run([*command, "-s"], capture_output=True, text=True, timeout=30)
            said.append(done.stdout)
    assert '"ready":true' in said[1].replace(" ", "")
    assert "cloudbase_ocr_memory_bytes" in said[2]


@pytest.mark.parametrize("page", [PAGE, "docs/self-hosting.zh-CN.md"])
def test_the_pages_name_the_bounds(page: str) -> None:
    text = read(page)
    assert f"{files.MAX_FILES:,}" in text
    assert f"{files.MAX_TOTAL_BYTES // 1024**2} MB" in text
    assert f"{fixtures.MAX_BYTES // 1024**2} MB" in text
