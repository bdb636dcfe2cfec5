"""CONNECT to other hosts, where they may be reached: bytes go through, within bounds, and never in a circle."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from cloudbase_ocr.server import Bounds
from cloudbase_ocr.server.https import Https
from cloudbase_ocr.tls import AuthorityStore
from tests.emulator.server.raw import SECONDS, connect, listening, probe, read_all
from tests.emulator.tls.clients import connect_to


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> Https:
    return Https(AuthorityStore(tmp_path_factory.mktemp("tls")), passes=True)


@contextmanager
def elsewhere(answer: bytes) -> Iterator[int]:
    """Another server: it reads to the end of what comes, gives it back with `answer`, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(read_all(connection) + answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(SECONDS)


def test_bytes_go_both_ways_until_both_sides_have_ended(passing: Https) -> None:
    with elsewhere(b"!") as port, listening(probe(str), https=passing) as listener:
        with connect(listener.port) as connection:
            assert connect_to(connection, f"127.0.0.1:{port}").startswith(b"HTTP/1.1 200 ")
            connection.sendall(b"\x16 anything" * 100_000)
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection) == b"\x16 anything" * 100_000 + b"!"
        wait_for(listener, 0)


def wait_for(listener: Any, places: int) -> None:
    """Wait, within a bound, until so many places are taken."""
    for _ in range(int(SECONDS / 0.01)):
        if listener.under_way == places:
            return
        threading.Event().wait(0.01)
    assert listener.under_way == places


def test_a_tunnel_takes_a_place(passing: Https) -> None:
    bounds = Bounds(places=1)
    with elsewhere(b"!") as port, listening(probe(str), bounds, https=passing) as listener:
        with connect(listener.port) as connection:
            connect_to(connection, f"127.0.0.1:{port}")
            assert requests.get(listener.url, timeout=10).status_code == 503
        wait_for(listener, 0)
        assert requests.get(listener.url, timeout=10).text == "ok"


@pytest.mark.parametrize(
    "bounds", [Bounds(tunnel_silence=0.1), Bounds(tunnel_seconds=0)], ids=["silence", "as a whole"]
)
def test_one_that_takes_too_long_is_closed(bounds: Bounds, passing: Https) -> None:
    with elsewhere(b"") as port, listening(probe(str), bounds, https=passing) as listener:
        with connect(listener.port) as connection:
            connect_to(connection, f"127.0.0.1:{port}")
            assert read_all(connection) == b""
        wait_for(listener, 0)


def test_a_way_back_to_the_server_itself_is_refused(passing: Https) -> None:
    with listening(probe(str), https=passing) as listener, connect(listener.port) as connection:
        head = connect_to(connection, f"localhost:{listener.port}")
        assert head.startswith(b"HTTP/1.1 403 ")
        assert b"CONNECT leads back to the emulator" in read_all(connection)


@pytest.mark.parametrize("port", ["1", "99999"], ids=["closed", "none"])
def test_what_cannot_be_reached_is_told(port: str, passing: Https) -> None:
    with listening(probe(str), https=passing) as listener, connect(listener.port) as connection:
        assert connect_to(connection, f"127.0.0.1:{port}").startswith(b"HTTP/1.1 502 ")
        assert f"127.0.0.1:{port} cannot be reached".encode() in read_all(connection)


def test_other_machines_are_not_led_on(passing: Https) -> None:
    with pytest.raises(Exception, match="only programs of this machine may pass to other hosts"):
        passing.leads_here("example.com:443", "192.0.2.7")
    assert passing.leads_here("api.weixin.qq.com:443", "192.0.2.7")


def test_a_stop_ends_tunnels(passing: Https) -> None:
    with (
        elsewhere(b"") as port,
        listening(probe(str), https=passing) as listener,
        connect(listener.port) as connection,
    ):
        connect_to(connection, f"127.0.0.1:{port}")
        listener.stop()
        assert read_all(connection) == b""
