"""What shared state costs, and what clients see when Redis dies: ``python -m tests.bench.shared``."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.bench.timing import machine, seconds_of
from tests.redis_server import RedisServer

ROUNDS = 400
CLIENTS = 8
OUTAGES = 5
OUTAGE_SECONDS = 2.0
APPID = "wx0000000000000001"
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


def main() -> None:
    """Measure and print."""
    print(f"Measured on {machine()}.")
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder), *DURABLE).running() as redis:
        _costs(redis, Path(folder))
        _outages(redis)


def _costs(redis: RedisServer, folder: Path) -> None:
    places: dict[str, str | Path | None] = {"memory": None, "SQLite": folder / "state", "Redis": redis.url}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(_running(place)) for name, place in places.items()}
        tokens = {name: _token(server) for name, server in servers.items()}
        seconds: dict[str, list[float]] = {name: [] for name in places}
        with requests.Session() as session:
            for _ in range(ROUNDS):
                for name, server in servers.items():
                    seconds[name].append(seconds_of(lambda: _ocr(server, tokens[name], session)))  # noqa: B023 - called at once
        shared = servers["Redis"].emulator.shared
        assert shared is not None
        for name, measured in seconds.items():
            print(
                f"OCR call from a fixture, state in {name}: median {statistics.median(measured) * 1000:.2f} ms"
            )
        print(f"operations on Redis for each OCR call: {(shared.done - 1) / ROUNDS:.1f}")
        _account_costs(redis, servers["Redis"])


def _account_costs(redis: RedisServer, server: Server) -> None:
    """Print what one more account costs: its first token, and its first OCR call of a day."""
    shared = server.emulator.shared
    assert shared is not None

    def used() -> int:
        memory: int = redis.client.info("memory")["used_memory"]
        return memory

    with requests.Session() as session:
        before, done = used(), shared.done
        texts = [_token(server, f"wx{number:016d}") for number in range(2, 2 + ROUNDS)]
        print(f"operations on Redis for each token: {(shared.done - done) / ROUNDS:.1f}")
        assert {_ocr(server, text, session) for text in texts} == {0}
    print(f"memory of Redis for each account: {(used() - before) / ROUNDS / 1000:.1f} KB")


def _outages(redis: RedisServer) -> None:
    """Kill Redis under load and start it again, several times."""
    answers: list[tuple[float, float, int]] = []  # end and seconds of a call, and its errcode
    stop = threading.Event()
    with ExitStack() as stack:
        servers = [stack.enter_context(_running(redis.url)) for _ in range(3)]
        before = servers[0].emulator.quotas.usage(APPID, "idcard").used
        text = _token(servers[0])

        def client(number: int) -> None:
            with requests.Session() as session:
                while not stop.is_set():
                    began = time.monotonic()
                    code = _ocr(servers[number % 3], text, session)
                    end = time.monotonic()
                    answers.append((end, end - began, code))

        threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        starts = []
        for _ in range(OUTAGES):
            stop.wait(OUTAGE_SECONDS)
            redis.kill()
            stop.wait(OUTAGE_SECONDS)
            redis.start()
            starts.append(time.monotonic())
        stop.wait(OUTAGE_SECONDS)
        stop.set()
        for thread in threads:
            thread.join()
        used = servers[0].emulator.quotas.usage(APPID, "idcard").used - before
    good = sum(code == 0 for *_, code in answers)
    bad = [seconds for _, seconds, code in answers if code == -1]
    again = [min(end for end, _, code in answers if end > start and code == 0) - start for start in starts]
    print(
        f"{OUTAGES} outages of {OUTAGE_SECONDS:g} s: {good} calls answered, {used} counted, {len(bad)} got -1"
    )
    print(f"others: {len(answers) - good - len(bad)}; slowest -1: {max(bad):.2f} s")
    print(f"first good answer after Redis answers again: {max(again):.2f} s at most")


def _running(place: str | Path | None) -> AbstractContextManager[Server]:
    return running(Settings(port=0, recognizer=False, quota_per_day=0, state=place))


def _token(server: Server, appid: str = APPID) -> str:
    query = {"grant_type": "client_credential", "appid": appid, "secret": "s"}
    text: str = requests.post(server.url + "/cgi-bin/stable_token", json=query, timeout=30).json()[
        "access_token"
    ]
    return text


def _ocr(server: Server, text: str, session: requests.Session) -> int:
    url = f"{server.url}/cv/ocr/idcard?access_token={text}&img_url=mock://idcard"
    code: int = session.post(url, timeout=30).json()["errcode"]
    return code


if __name__ == "__main__":
    main()
