"""CONNECT to a host that the emulator does not stand in for: bytes go through as they are, within bounds."""

from __future__ import annotations

import ipaddress
import logging
import selectors
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.reach import is_loopback_host
from cloudbase_ocr.server.exchange import refusal

if TYPE_CHECKING:
    from cloudbase_ocr.server.bounds import Bounds
    from cloudbase_ocr.server.exchange import WsgiApp

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"

_PIECE = 64 * 1024
_LOOP = "CONNECT leads back to the emulator"

logger = logging.getLogger("cloudbase_ocr.server")


class Tunnel:
    """Takes a place like a request, until one side has been silent for too long or both have ended."""

    def __init__(self, connection: socket.socket, client: Any, target: str, bounds: Bounds) -> None:
        """Lead `connection` of `client` to `target` (``HOST:PORT``)."""
        self.connection = connection
        self._client = client
        self._target = target
        self._bounds = bounds

    def is_read(self) -> bool:
        """Return True: nothing that comes later is wanted."""
        return True

    def run(self, app: WsgiApp, server: tuple[str, int]) -> bool:  # noqa: ARG002 - nothing of it is for the application
        """Connect, and pass bytes on both ways; tell whether an answer of ours was sent."""
        host, _, port = self._target.rpartition(":")
        try:
            other = socket.create_connection(
                (host.strip("[]"), int(port)), self._bounds.tunnel_connect_seconds
            )
        except (OSError, ValueError, OverflowError) as error:
            return self._refuse(502, f"{self._target} cannot be reached: {error}")
        with other:
            if _is_ours(other, server[1]):
                return self._refuse(403, _LOOP)
            with suppress(OSError):
                self._pass(other)
        return False

    def _refuse(self, status: int, text: str) -> bool:
        logger.warning("%s: %s", self._client[0], text)
        with suppress(OSError):
            self.connection.settimeout(self._bounds.send_seconds)
            self.connection.sendall(refusal(status, -1, text))
        return True

    def _pass(self, other: socket.socket) -> None:
        bounds = self._bounds
        for each in (self.connection, other):
            each.settimeout(bounds.send_seconds)
        self.connection.sendall(ESTABLISHED)
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ, other)
            selector.register(other, selectors.EVENT_READ, self.connection)
            ends = time.monotonic() + bounds.tunnel_seconds
            while selector.get_map() and time.monotonic() < ends:
                ready = selector.select(bounds.tunnel_silence)
                if not ready:
                    return
                for key, _ in ready:
                    self._pass_on(selector, key)

    def _pass_on(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        source, sink = key.fileobj, key.data
        assert isinstance(source, socket.socket)  # noqa: S101 - for the type checker
        if data := source.recv(_PIECE):
            sink.sendall(data)
        else:
            selector.unregister(source)
            sink.shutdown(socket.SHUT_WR)


def _is_ours(other: socket.socket, port: int) -> bool:
    """Tell whether a connection has reached the port that it came from."""
    peer, own = other.getpeername(), other.getsockname()
    if peer[1] != port:
        return False
    return is_loopback_host(peer[0]) or ipaddress.ip_address(peer[0]) == ipaddress.ip_address(own[0])
