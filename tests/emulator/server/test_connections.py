"""Bounds on connections, and the end of a server: slow clients, floods, no descriptors, and requests under way."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.server import Bounds, Listener, running
from cloudbase_ocr.settings import Settings
from tests.emulator.served import SERVE
from tests.emulator.server.raw import SECONDS, connect, exchange, listening, post, probe, read_all
from tests.processes import started, stop

PLAIN = Settings(port=0, recognizer=False)
HEALTH = b"GET /_emulator/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Gate:
    """An application that answers when it may, and tells how many wait for it."""

    def __init__(self) -> None:
        self.inside = threading.Semaphore(0)
        self.may = threading.Event()

    def __call__(self) -> str:
        self.inside.release()
        assert self.may.wait(SECONDS)
        return "answered"

    def await_inside(self, count: int = 1) -> None:
        for _ in range(count):
            assert self.inside.acquire(timeout=SECONDS)


@contextmanager
def open_requests(port: int, data: bytes, count: int) -> Iterator[list[socket.socket]]:
    """Open connections that have each sent `data`."""
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(port)) for _ in range(count)]
        for connection in connections:
            connection.sendall(data)
        yield connections


def fastest_health(port: int, tries: int = 3) -> float:
    """Return in how many seconds health is answered with 200, at best of a few: the machine has other work, too."""
    best = float("inf")
    for _ in range(tries):
        began = time.monotonic()
        assert exchange(port, HEALTH, closes=False).startswith(b"HTTP/1.1 200 ")
        best = min(best, time.monotonic() - began)
    return best


def test_a_thousand_dribbling_headers_leave_health_as_it_is() -> None:
    with running(PLAIN) as server:
        threads = threading.active_count()
        with open_requests(server.port, b"GET /_emulator/health HTTP/1.1\r\nHo", 1000) as slow:
            for connection in slow:
                connection.sendall(b"s")
            assert fastest_health(server.port) < 0.1
            assert threading.active_count() < threads + 10


@pytest.mark.check
def test_a_thousand_dribbling_bodies_without_a_token_leave_health_as_it_is() -> None:
    head = post("/cv/ocr/idcard?access_token=nobody-s", b"a", length=10_000_000)
    with running(PLAIN) as server, open_requests(server.port, head, 1000) as slow:
        answers = [read_all(connection) for connection in slow]
        refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503 ")]
        assert all(b'"errcode":40001' in answer for answer in answers if answer not in refused)
        assert len(refused) < 500, "places were held by bodies that nobody wants"
        for connection in slow:
            connection.sendall(b"a")
        assert fastest_health(server.port) < 0.1


def test_headers_that_never_end_are_closed_when_their_time_is_over() -> None:
    with (
        listening(probe(lambda: "read"), Bounds(head_seconds=0.1)) as listener,
        open_requests(listener.port, b"POST / HT", 50) as slow,
    ):
        for connection in slow:
            assert read_all(connection) == b""


def test_beyond_the_places_the_answer_is_503_and_the_connection_is_closed() -> None:
    gate = Gate()
    with listening(probe(gate), Bounds(places=3)) as listener:
        with open_requests(listener.port, post("/", b"x"), 3) as under_way:
            gate.await_inside(3)
            refused = exchange(listener.port, post("/", b"x"), closes=False)
            assert refused.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nRetry-After: 1\r\n" in refused
            gate.may.set()
            assert all(read_all(connection).endswith(b"answered") for connection in under_way)
        assert requests.post(listener.url, b"x", timeout=10).text == "answered"


def is_closed(connection: socket.socket) -> bool:
    """Tell whether nothing comes any more, however the other side has closed."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_of_too_many_that_wait_the_oldest_goes() -> None:
    with (
        listening(probe(lambda: "read"), Bounds(waiting=10)) as listener,
        open_requests(listener.port, b"POST / HT", 11) as slow,
    ):
        assert requests.get(listener.url, timeout=10).text == "ok"
        assert is_closed(slow[0])
        slow[10].sendall(b"TP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert read_all(slow[10]).endswith(b"read")


@pytest.mark.parametrize(
    "bounds", [Bounds(linger_seconds=0.1), Bounds(linger_bytes=10_000)], ids=["time", "bytes"]
)
def test_who_has_an_answer_and_goes_on_sending_is_closed(bounds: Bounds) -> None:
    with listening(probe(lambda: "unread"), bounds) as listener, connect(listener.port) as connection:
        connection.sendall(post("/", b"x", length=1_000_000_000))
        assert read_all(connection).endswith(b"unread")
        assert is_cut(connection)


def is_cut(connection: socket.socket) -> bool:
    """Send until the other side refuses it; False when it takes everything for a long time."""
    end = time.monotonic() + SECONDS
    with suppress(ConnectionError):
        while time.monotonic() < end:
            connection.sendall(b"x" * 1000)
        return False
    return True


SPINNING = """
import resource, sys, time
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
with running(Settings(port=0, recognizer=False)) as server:
    print(server.port, flush=True)
    for line in sys.stdin:
        print(time.process_time(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of descriptors")
def test_out_of_descriptors_it_waits_instead_of_spinning() -> None:
    with started(
        [sys.executable, "-c", SPINNING], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        port, questions = int(process.stdout.readline()), process.stdin
        assert questions is not None

        def used() -> float:
            questions.write("?\n")
            questions.flush()
            return float(process.stdout.readline())

        with ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(connect(port))
            before, began = used(), time.monotonic()
            # Whoever comes now is answered, because the oldest that waits makes room.
            assert fastest_health(port) < 1
            while time.monotonic() - began < 0.5:
                threading.Event().wait(0.1)
            spent = used() - before
            assert spent < 0.3 * (time.monotonic() - began)
        questions.close()
        process.wait(SECONDS)
        assert process.returncode == 0


def test_draining_answers_what_is_under_way_and_nothing_else() -> None:
    gate = Gate()
    inner = {"seen": 0}

    def always(target: bytes) -> bool:
        inner["seen"] += 1
        return target == b"/?inner"

    app = probe(gate)
    listener = Listener(app, "127.0.0.1", 0, always=always)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    with open_requests(listener.port, post("/", b"x"), 4) as under_way:
        gate.await_inside(4)
        listener.drain(SECONDS)
        refused = exchange(listener.port, post("/", b"x"))
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"the server is shutting down" in refused
        assert exchange(listener.port, b"GET /?inner HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"ok")
        assert thread.is_alive()
        gate.may.set()
        assert all(read_all(connection).endswith(b"answered") for connection in under_way)
    thread.join(SECONDS)
    assert not thread.is_alive()
    listener.close()
    assert inner["seen"] == 2


def test_draining_ends_when_its_time_is_over() -> None:
    gate = Gate()
    listener = Listener(probe(gate), "127.0.0.1", 0)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    with open_requests(listener.port, post("/", b"x"), 1) as under_way:
        gate.await_inside()
        began = time.monotonic()
        listener.drain(0.1)
        thread.join(SECONDS)
        assert 0.1 <= time.monotonic() - began < 5
        assert listener.under_way == 1
        assert read_all(under_way[0]) == b""
    listener.close()
    gate.may.set()


def test_starting_and_stopping_take_a_moment() -> None:
    took = []
    for _ in range(5):
        with listening(probe(lambda: "read")) as listener:
            assert requests.get(listener.url, timeout=10).text == "ok"
            began = time.monotonic()
        took.append(time.monotonic() - began)
    assert min(took) < 0.05


def test_a_stop_does_not_wait_for_requests() -> None:
    gate = Gate()
    with listening(probe(gate)) as listener, open_requests(listener.port, post("/", b"x"), 1):
        gate.await_inside()
        began = time.monotonic()
        listener.stop()
        assert time.monotonic() - began < 2
    gate.may.set()


def test_threads_and_descriptors_are_given_back() -> None:
    def counts() -> tuple[int, int]:
        return threading.active_count(), len(_descriptors())

    with listening(probe(lambda: "read")) as listener:
        requests.get(listener.url, timeout=10)
        before = _settled(counts, lambda _: True)
        for _ in range(50):
            exchange(listener.port, post("/", b"abc", length=500))
            exchange(listener.port, b"nothing of HTTP\r\n\r\n")
        assert _settled(counts, lambda now: now <= before) <= before


def _descriptors() -> list[Path]:
    folder = Path("/dev/fd" if sys.platform == "darwin" else "/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("this system does not list descriptors; run it on Linux or macOS")
    return list(folder.iterdir())


def _settled(read: Any, good: Any) -> Any:
    """Return what `read` gives when it is good, or after a bounded time."""
    end = time.monotonic() + 5
    while not good(now := read()) and time.monotonic() < end:
        threading.Event().wait(0.01)
    return now


@pytest.mark.parametrize(
    ("descriptors", "waiting"), [(64, 50), (256, 50), (1024, 724), (20_000, 2000), (sys.maxsize, 2000)]
)
def test_the_bounds_fit_the_descriptors_of_the_process(
    descriptors: int, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudbase_ocr.server.bounds._descriptors", lambda: descriptors)
    assert Bounds().most_waiting() == waiting
    assert Bounds(waiting=3).most_waiting() == 3


@pytest.mark.check
def test_sigterm_ends_serve_in_order() -> None:
    with started(SERVE) as process:
        while "Ctrl-C" not in process.stdout.readline():
            pass
        assert "stopped" in stop(process)
        assert process.returncode == 0
