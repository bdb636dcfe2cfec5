"""The fuzzer finds harm where there is some, reaches every route, and finds none in a short run."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from tests.fuzz import run as running
from tests.fuzz.__main__ import fuzz, report
from tests.fuzz.mutations import mutated
from tests.fuzz.run import Tally
from tests.fuzz.seeds import Seed, Seeds, application
from tests.fuzz.targets import Target, Usage


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Answer one connection in a way of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(20)


def judged(
    talk: Callable[[socket.socket], None], tmp_path: Path, request: bytes = b"GET / HTTP/1.1\r\n\r\n"
) -> Tally:
    tally = Tally("planted")
    with answering(talk) as port:
        target = Target(port, cast("Any", None), tmp_path / "log")
        running._judge(target, request, tally, passes_on=False)
    return tally


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    """Read a whole request, so that closing does not reset the connection, and answer it."""

    def talk(connection: socket.socket) -> None:
        while connection.recv(10_000):
            pass
        connection.sendall(answer)

    return talk


def hold(connection: socket.socket) -> None:
    connection.settimeout(20)
    while connection.recv(100):
        pass
    threading.Event().wait(0.5)


@pytest.mark.parametrize(
    ("talk", "harm"),
    [
        (saying(b"HTTP/1.1 500 Oh\r\n\r\n"), "status 500"),
        (saying(b""), "no answer"),
        (hold, "no end within 0 s"),
    ],
    ids=["5xx", "dropped", "hangs"],
)
def test_harm_is_seen(
    talk: Callable[[socket.socket], None], harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "HANG_SECONDS", 0.3)
    assert judged(talk, tmp_path).harm == {harm: 1}


def test_an_answer_after_100_continue_is_one(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    tally = judged(saying(answer), tmp_path)
    assert (tally.statuses, tally.harm) == ({200: 1}, {})


def test_every_route_has_a_seed_and_mutations_repeat() -> None:
    seeds = Seeds(application(), Random(1))
    routes = seeds.main() + seeds.control()
    assert len(routes) > 150
    for rule, method in routes:
        seed = seeds.seed(rule, method)
        assert seed.encoded().startswith(method.encode() + b" /"), rule
        assert "<" not in seed.path
        assert mutated(seed, Random(2)) == mutated(seed, Random(2))


def test_a_seed_alone_is_a_good_request() -> None:
    seed = Seed("/x", "POST", "/x", (("a", "b c"),), body=b"abc", kind="text/plain")
    assert seed.encoded() == (
        b"POST /x?a=b+c HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"
    )


@pytest.mark.check
def test_a_short_run_does_no_harm() -> None:
    tallies = fuzz(2000, 7)
    assert [tally.failures for tally in tallies] == [[], [], []]
    assert [dict(tally.harm) for tally in tallies] == [{}, {}, {}]
    assert sum(tally.sent for tally in tallies) == 2000
    assert all(tally.statuses[200] > 20 for tally in tallies), "hardly anything was understood"
    assert "| recorder |" in report(tallies, 7)


def test_growth_is_harm() -> None:
    from tests.fuzz.__main__ import _look_at_usage

    tally = Tally("x", usage={1: Usage(1, 3, 10), 2: Usage(1, 3, 30)})
    _look_at_usage(tally)
    assert tally.harm == {"20 descriptors more than at first": 1}
