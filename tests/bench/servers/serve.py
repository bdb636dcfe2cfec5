"""Serves one small application with one of the servers: ``python -m tests.bench.servers.serve NAME PORT``."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

Start = Callable[..., Any]


def app(environ: dict[str, Any], start_response: Start) -> Iterator[bytes]:
    """Read the body of ``/read`` and tell its length, take a second for ``/slow``, answer all else at once."""
    path = environ["PATH_INFO"]
    size = 0
    if path == "/read":
        length = environ.get("CONTENT_LENGTH")
        left = int(length) if length else sys.maxsize
        while left > 0 and (data := environ["wsgi.input"].read(min(left, 65536))):
            size += len(data)
            left -= len(data)
    if path == "/slow":
        time.sleep(1)
    text = str(size).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    yield text


def ours(port: int) -> None:
    """The emulator's own."""
    from cloudbase_ocr.commands.ending import ended_by_signals
    from cloudbase_ocr.server import Listener

    listener = Listener(app, "127.0.0.1", port)
    with ended_by_signals(listener, 25):
        listener.serve_forever()


def werkzeug(port: int) -> None:
    """Flask's own, with the time limit for each read that the emulator gave it before."""
    import logging

    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        timeout = 30

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_server("127.0.0.1", port, app, threaded=True, request_handler=Handler).serve_forever()


def _named(module: str) -> Any:
    return importlib.import_module(module)


def cheroot(port: int) -> None:
    """CherryPy's server."""
    server = _named("cheroot.wsgi").Server(("127.0.0.1", port), app, numthreads=10, max=200)
    import signal

    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        server.start()
    finally:
        server.stop()


def waitress(port: int) -> None:
    """Pylons' server."""
    _named("waitress").serve(
        app, host="127.0.0.1", port=port, threads=200, connection_limit=2200, _quiet=True
    )


def gunicorn(port: int) -> None:
    """A parent and one worker with threads."""
    name = "tests.bench.servers.serve:app"
    options = ["--bind", f"127.0.0.1:{port}", "--threads", "200", "--log-level", "critical"]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *options, name])


def granian(port: int) -> None:
    """HTTP in Rust, and one worker process."""
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    options += ["--blocking-threads", "200", "--log-level", "critical"]
    name = "tests.bench.servers.serve:app"
    os.execv(sys.executable, [sys.executable, "-m", "granian", *options, name])


def uvicorn(port: int) -> None:
    """An event loop, with a bridge that runs WSGI in threads."""
    bridged = _named("a2wsgi").WSGIMiddleware(app, workers=200)
    _named("uvicorn").run(bridged, host="127.0.0.1", port=port, log_level="critical", lifespan="off")


SERVERS: dict[str, Callable[[int], None]] = {
    server.__name__: server for server in (ours, werkzeug, cheroot, waitress, gunicorn, granian, uvicorn)
}

if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
