"""Clients of https for the tests: what they trust, and how they come in."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from cloudbase_ocr.tls import AuthorityStore
from tests.emulator.server.raw import connect, read_all

WEIXIN = "api.weixin.qq.com"


def trusting(store: AuthorityStore) -> ssl.SSLContext:
    """Return what a program checks certificates with that trusts this authority, and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=store.get().pem.decode())
    return context


@contextmanager
def secured(port: int, store: AuthorityStore, host: str = WEIXIN) -> Iterator[ssl.SSLSocket]:
    """Connect, and begin TLS as a client of `host`."""
    with connect(port) as plain, trusting(store).wrap_socket(plain, server_hostname=host) as connection:
        yield connection


def asked(connection: socket.socket, host: str = WEIXIN, path: str = "/") -> bytes:
    """Send a GET, and return all that comes back."""
    connection.sendall(b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (path.encode(), host.encode()))
    return read_all(connection)


def read_head(connection: socket.socket) -> bytes:
    """Return the answer to CONNECT."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and (byte := connection.recv(1)):
        head += byte
    return head


def connect_to(connection: socket.socket, target: str) -> bytes:
    """Send CONNECT, and return the head of the answer."""
    connection.sendall(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target.encode(), target.encode()))
    return read_head(connection)
