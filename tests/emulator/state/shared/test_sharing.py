"""Instances that share their state: over real sockets, with a real Redis."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.served import SERVE
from tests.processes import started
from tests.redis_server import RedisServer

APPID, SECRET = "wxshared0000000001", "a-secret-nobody-guesses"
OTHER = "another-secret-nobody-guesses"
START = 1_760_000_000.0
Start = Callable[..., Server]


@pytest.fixture
def start(redis_server: RedisServer) -> Iterator[Start]:
    """Start instances that share the Redis: ``start(quota_per_day=3)``."""
    with ExitStack() as stack:

        def one(**settings: Any) -> Server:
            chosen = Settings(**{"port": 0, "recognizer": False, "state": redis_server.url, **settings})
            return stack.enter_context(running(chosen, create_app(chosen, clock=ManualClock(START))))

        yield one


def token(server: Server, appid: str = APPID, secret: str = SECRET) -> dict[str, Any]:
    query = {"grant_type": "client_credential", "appid": appid, "secret": secret}
    found: dict[str, Any] = requests.post(server.url + "/cgi-bin/stable_token", json=query, timeout=10).json()
    return found


def ocr(server: Server, text: str) -> int:
    query = {"access_token": text, "img_url": "mock://idcard"}
    code: int = requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10).json()["errcode"]
    return code


def control(server: Server, path: str, **fields: Any) -> requests.Response:
    return requests.post(f"{server.url}/_emulator/{path}", json=fields, timeout=10)


def test_a_token_of_one_is_good_at_the_other_and_quotas_are_counted_once(start: Start) -> None:
    one, other = start(quota_per_day=3), start(quota_per_day=3)
    text = token(one)["access_token"]
    assert token(other)["access_token"] == text
    assert [ocr(server, text) for server in (one, other, one, other)] == [0, 0, 0, 101003]
    control(other, "quota/set", appid=APPID, method="ocr.idcard", limit=4)
    assert [ocr(server, text) for server in (one, other)] == [0, 101003]
    control(one, "tokens/revoke", appid=APPID)
    assert ocr(other, text) == 40001


def test_what_fails_is_given_back(start: Start) -> None:
    one, other = start(quota_per_day=1), start(quota_per_day=1)
    text = token(one)["access_token"]
    query = {"access_token": text, "img_url": "mock://101001"}
    failed = requests.post(one.url + "/cv/ocr/idcard", params=query, timeout=10).json()
    assert failed["errcode"] == 101001
    assert [ocr(other, text), ocr(one, text)] == [0, 101003]


def test_wrong_secrets_at_one_make_wait_at_the_other(start: Start) -> None:
    one, other = (start(ocr_only=True, apps=(f"{APPID}:{SECRET}",)) for _ in range(2))
    codes = [token(server, secret="wrong-secret-of-somebody")["errcode"] for server in (one, other) * 4]
    assert codes == [40125] * 6 + [45011] * 2
    assert token(other)["errcode"] == 45011


def test_fixtures_and_files_are_everywhere(start: Start) -> None:
    one, other = start(), start()
    entry = {"type": "Front", "name": "许怀舟"}
    made = control(one, "fixtures", name="idcard/mine", reply=entry, match={"name": "a.jpg"})
    assert made.status_code == 200, made.text
    names = [
        each["name"]
        for each in requests.get(other.url + "/_emulator/fixtures", timeout=10).json()["fixtures"]
    ]
    assert "idcard/mine" in names
    control(other, "reset")
    names = [
        each["name"] for each in requests.get(one.url + "/_emulator/fixtures", timeout=10).json()["fixtures"]
    ]
    assert "idcard/mine" not in names
    put = requests.post(one.url + "/_emulator/files?name=图/a.jpg", data=b"\xff\xd8\x00", timeout=10).json()
    url = other.url + put["url"][put["url"].index("/_cos/") :]
    assert requests.get(url, timeout=10).content == b"\xff\xd8\x00"
    assert other.emulator.files.delete(put["fileID"])
    assert one.emulator.files.get(put["fileID"]) is None


def test_accounts_that_change_at_one_change_at_the_other(start: Start) -> None:
    one, other = (start(ocr_only=False, apps=(f"{APPID}:{SECRET}",)) for _ in range(2))
    assert control(one, "accounts/set", appid=APPID, secret=OTHER).json()["secrets"] == 2
    assert [token(other, secret=each).get("errcode", 0) for each in (SECRET, OTHER)] == [0, 0]
    control(one, "accounts/set", appid=APPID, secret=OTHER, keep=False)
    assert [token(other, secret=each).get("errcode", 0) for each in (SECRET, OTHER)] == [40125, 0]
    control(other, "accounts/remove", appid=APPID)
    assert [token(one, appid, OTHER)["errcode"] for appid in (APPID, "wx-of-nobody")] == [40013, 40013]
    listed = requests.get(one.url + "/_emulator/accounts", timeout=10)
    assert listed.json() == {"accounts": []}
    control(one, "reset")
    assert token(other)["expires_in"] == 7200


def test_what_is_each_instances_own(start: Start) -> None:
    one, other = start(), start()
    control(one, "fail", method="ocr.idcard", errcode=101001)
    text = token(one)["access_token"]
    assert [ocr(one, text), ocr(other, text)] == [101001, 0]


def test_every_key_has_a_prefix_a_version_and_an_end(start: Start, redis_server: RedisServer) -> None:
    one = start(ocr_only=False)
    text = token(one)["access_token"]
    ocr(one, text)
    control(one, "fixtures", name="idcard/x", reply={"name": "许怀舟"}, match={"name": "a.jpg"})
    control(one, "accounts/set", appid=APPID, secret=SECRET)
    control(one, "quota/set", appid=APPID, method="ocr.idcard", limit=4)
    requests.post(one.url + "/_emulator/files?name=a.jpg", data=b"x", timeout=10)
    keys: list[Any] = list(redis_server.client.keys("*"))
    assert len(keys) >= 10
    for key in keys:
        assert key == b"cloudbase-ocr:versions" or key.startswith(b"cloudbase-ocr:1:"), key
        assert redis_server.client.ttl(key) > 0, key
        assert text.encode() not in key
    everything = b"".join(redis_server.client.dump(key) or b"" for key in keys)
    assert SECRET.encode() not in everything


@pytest.mark.check
def test_while_redis_is_away_calls_fail_at_once_and_it_heals_by_itself(
    start: Start, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = start(quota_per_day=0)
    text = token(one)["access_token"]
    caplog.clear()
    redis_server.send(signal.SIGSTOP)  # the worst case: who connects is not even refused
    try:
        began = time.monotonic()
        assert ocr(one, text) == -1
        assert token(one)["errcode"] == -1
        assert time.monotonic() - began < 2
        reply = requests.get(one.url + "/_emulator/tokens", timeout=10)
        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
    finally:
        redis_server.send(signal.SIGCONT)
    assert ocr(one, text) == 0
    lines = [record.getMessage() for record in caplog.records if record.name == "cloudbase_ocr.state"]
    assert len(lines) == 2
    assert "is not reached" in lines[0]
    assert "is reached again" in lines[1]
    assert not [record for record in caplog.records if record.exc_info]


def test_a_redis_that_was_killed_knows_nothing_and_goes_on(tmp_path: Path) -> None:
    with RedisServer(tmp_path).running() as server:
        chosen = Settings(port=0, recognizer=False, state=server.url)
        with running(chosen) as one:
            text = token(one)["access_token"]
            server.kill()
            assert ocr(one, text) == -1
            server.start()
            assert ocr(one, text) == 40001
            assert ocr(one, token(one)["access_token"]) == 0


def test_it_starts_while_redis_is_away(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    chosen = Settings(port=0, recognizer=False, state=server.url)
    with running(chosen) as one:
        assert token(one)["errcode"] == -1
        with server.running():
            assert token(one)["expires_in"] == 7200


@pytest.mark.check
@pytest.mark.parametrize("form", ["text", "json"])
def test_one_that_starts_while_redis_is_away_says_so_and_becomes_ready_by_itself(
    tmp_path: Path, form: str
) -> None:
    server = RedisServer(tmp_path)
    command = [
        *SERVE,
        "--ocr-only",
        "--state",
        server.url,
        "--app",
        f"{APPID}:{SECRET}",
        "--log-format",
        form,
    ]
    log = tmp_path / "log"
    with log.open("w") as stderr, started(command, stderr=stderr) as process:
        lines = iter(process.stdout.readline, "")
        url = next(found[1] for line in lines if (found := re.search(r" at (http://\S+) ", line)))
        assert next(lines).startswith(f"state in {server.url}, shared")
        assert next(lines).startswith("OCR only")  # said after it was tried, without a request
        (said,) = log.read_text().splitlines()
        assert f"{server.url}, where the state is, is not reached: " in said
        assert "Connection refused" in said
        assert "See that it runs, and that --state names it" in said
        assert requests.get(url + "/healthz", timeout=10).status_code == 200
        away = requests.get(url + "/readyz", timeout=10)
        assert (away.status_code, away.json()["state"]) == (503, "away")
        with server.running():
            there = requests.get(url + "/readyz", timeout=10)
            assert (there.status_code, there.json()["state"]) == (200, "reached")
            query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
            answer = requests.post(url + "/cgi-bin/stable_token", json=query, timeout=10).json()
            assert answer["expires_in"] == 7200
        again = [line for line in log.read_text().splitlines() if "is reached again" in line]
        assert len(again) == 1


@pytest.mark.check
def test_a_redis_that_dies_under_load_counts_nothing_twice_and_answers_nothing_uncounted(
    tmp_path: Path,
) -> None:
    """It writes every command to disk before it answers: what was counted before the kill is counted afterwards."""
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    answered, lost, slowest = [0], [0], [0.0]
    lock, stop = threading.Lock(), threading.Event()
    with RedisServer(tmp_path, *durable).running() as server, ExitStack() as stack:
        chosen = Settings(port=0, recognizer=False, state=server.url, quota_per_day=1_000_000)
        instances = [stack.enter_context(running(chosen)) for _ in range(2)]
        text = token(instances[0])["access_token"]

        def client(number: int) -> None:
            while not stop.is_set():
                began = time.monotonic()
                code = ocr(instances[number % 2], text)
                with lock:
                    slowest[0] = max(slowest[0], time.monotonic() - began)
                    answered[0] += code == 0
                    lost[0] += code == -1
                    assert code in (0, -1)

        threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            before = answered[0]
            while answered[0] < before + 50:
                stop.wait(0.01)
            server.kill()
            failed = lost[0]
            while lost[0] < failed + 4:
                stop.wait(0.01)
            server.start()
        before = answered[0]
        while answered[0] < before + 50:
            stop.wait(0.01)
        stop.set()
        for thread in threads:
            thread.join(30)
        used = instances[0].emulator.quotas.usage(APPID, "idcard").used
    # A call whose count was kept and whose answer was lost with the connection: one for each client and kill at most.
    assert answered[0] <= used <= answered[0] + 4 * 3
    assert lost[0] >= 12
