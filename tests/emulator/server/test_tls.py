"""The socket of TLS connections: it behaves like a plain one, also towards a client that reads slowly."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from cloudbase_ocr.server.tls import Contexts, TlsSocket
from tests import needs

pytest.importorskip("cryptography", reason=needs.CRYPTOGRAPHY)

from cloudbase_ocr.tls.authority import Authority, make

LIMIT = 0.3
FOR_LONG = 5.0
"""Seconds that the reader goes on at most."""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make(dt.datetime.now(dt.timezone.utc))


@contextmanager
def connected(authority: Authority) -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """Give both ends of a connection, the server's first."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.load_verify_locations(cadata=authority.pem.decode())
    near, far = socket.socketpair()
    for end in (near, far):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        end.settimeout(FOR_LONG)
    with closing(Contexts(authority).wrap(near)) as server:
        greeting = threading.Thread(target=server.do_handshake)
        greeting.start()
        with closing(asking.wrap_socket(far, server_hostname="api.weixin.qq.com")) as client:
            greeting.join(FOR_LONG)
            yield server, client


def read_slowly(client: ssl.SSLSocket, ended: threading.Event) -> None:
    """Read a little now and then: every record gets on, and the whole does not."""
    until = time.monotonic() + FOR_LONG
    while not ended.wait(0.01) and time.monotonic() < until:
        client.recv(4096)


def test_all_of_an_answer_has_one_time_limit(authority: Authority) -> None:
    ended = threading.Event()
    with connected(authority) as (server, client):
        assert isinstance(server, TlsSocket)
        reader = threading.Thread(target=read_slowly, args=(client, ended))
        reader.start()
        server.settimeout(LIMIT)
        began = time.monotonic()
        try:
            with pytest.raises(TimeoutError):
                server.sendall(b"x" * 20_000_000)
            assert LIMIT <= time.monotonic() - began < FOR_LONG / 2
        finally:
            ended.set()
            reader.join(FOR_LONG)


def test_a_reader_that_pauses_gets_all_of_it_within_the_limit(authority: Authority) -> None:
    sent = bytes(range(256)) * 2000
    with connected(authority) as (server, client):
        server.settimeout(FOR_LONG)
        sender = threading.Thread(target=server.sendall, args=(sent,))
        sender.start()
        pause, received = threading.Event(), bytearray()
        while len(received) < len(sent):
            received += client.recv(50_000)
            pause.wait(0.001)
        sender.join(FOR_LONG)
    assert bytes(received) == sent
