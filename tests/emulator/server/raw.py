"""Requests byte by byte, and small applications that they reach."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.record import KeyRing, Recorder, Recording, create_proxy
from cloudbase_ocr.server import Bounds, Listener
from cloudbase_ocr.wechat.fetch import Fetcher

SECONDS = 20.0


def connect(port: int) -> socket.socket:
    """Return a connection whose every wait is bounded."""
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)


def read_all(connection: socket.socket) -> bytes:
    """Return everything that comes until the other side closes."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def exchange(port: int, data: bytes, *, closes: bool = True) -> bytes:
    """Send raw bytes, close the sending side if asked to, and return all that comes back."""
    with connect(port) as connection:
        connection.sendall(data)
        if closes:
            connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def post(path: str, body: bytes = b"", *headers: bytes, length: int | None = None) -> bytes:
    """Return a request; with headers of its own it announces no length unless it is given."""
    lines = [b"POST %s HTTP/1.1" % path.encode(), b"Host: 127.0.0.1", *headers]
    if length is not None or not headers:
        lines.append(b"Content-Length: %d" % (len(body) if length is None else length))
    return b"\r\n".join([*lines, b"", b""]) + body


def chunks(*pieces: bytes) -> bytes:
    """Return a body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@contextmanager
def listening(app: Any, bounds: Bounds | None = None, **options: Any) -> Iterator[Listener]:
    """Serve an application for the length of a block."""
    listener = Listener(app, "127.0.0.1", 0, bounds=bounds, **options)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield listener
    finally:
        listener.stop()
        thread.join(SECONDS)
        listener.close()


def probe(answer: Callable[[], Any]) -> Flask:
    """Return an application that gives `answer` to every POST of ``/``, and "ok" to a GET."""
    app = Flask("probe", static_folder=None)
    app.post("/", endpoint="post")(answer)
    app.get("/", endpoint="get")(lambda: "ok")
    return app


def recorder(folder: Path) -> Flask:
    """Return a recorder that has no service to ask."""
    keeping = Recorder(
        Recording(folder / "kept"), KeyRing(folder / "keys"), "new", "nowhere", ManualClock(1), print
    )
    return create_proxy(keeping, None, Fetcher(), print)
