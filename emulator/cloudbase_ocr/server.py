"""One port for everything: binds, serves in threads, and stops at once.

The server is Werkzeug's, with the parts changed that a WeChat client would notice: no access log (it prints query
strings, and so tokens), no HTML error pages, headers and body in one packet, chunked bodies read within bounds.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, DechunkedInput, WSGIRequestHandler, make_server

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.chunked import ChunkedBody
from cloudbase_ocr.state.emulator import emulator_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from cloudbase_ocr.settings import Settings

_POLL_INTERVAL = 0.02
_IDLE_SECONDS = 30
_BACKLOG = 128

logger = logging.getLogger("cloudbase_ocr.server")


class AddressInUseError(OSError):
    """The address cannot be listened on; the message says what to do."""


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = _IDLE_SECONDS

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is Werkzeug's
        """Keep quiet: the emulator writes its own, redacted line for each call."""

    def make_environ(self) -> dict[str, Any]:
        """Describe the request as WSGI does, with our reader where the body is chunked: Werkzeug's overruns."""
        environ = super().make_environ()
        if isinstance(environ["wsgi.input"], DechunkedInput):
            environ["wsgi.input"] = ChunkedBody(self.rfile)
        return environ

    def run_wsgi(self) -> None:
        """Answer one request; one that cannot even be parsed gets 400, never a traceback."""
        try:
            super().run_wsgi()
        except (ValueError, UnicodeError):
            self.send_error(400)

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:  # noqa: ARG002 - Werkzeug's signature
        """Close, where the client has hung up or a fault ends the connection without an answer."""
        self.close_connection = True

    def finish(self) -> None:
        """End the connection; a client that has gone already is no error."""
        with suppress(ConnectionError):
            super().finish()

    def send_error(self, code: int, *_: object, **__: object) -> None:
        """Refuse what is not HTTP without the HTML page that http.server would send."""
        status = code if code < 500 else 400
        self.close_connection = True
        body = b'{"errcode":40097,"errmsg":"invalid args"}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json; encoding=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Listener:
    """A WSGI application behind a bound port, served in threads."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        """Bind `host` and `port`; port 0 picks a free one.

        Raises:
            AddressInUseError: the address is taken, not ours, or not allowed.
        """
        self.app = app
        self._socket = _bind(host, port)
        self._server: BaseWSGIServer = make_server(
            host,
            self._socket.getsockname()[1],
            app,
            threaded=True,
            request_handler=_Handler,
            fd=self._socket.fileno(),
        )
        self.host = host
        self.port: int = self._socket.getsockname()[1]

    @property
    def url(self) -> str:
        """The base URL for clients on this machine, without a slash at the end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - not a bind
        return f"http://{host}:{self.port}"

    def serve_forever(self) -> None:
        """Serve until :meth:`stop` is called from another thread, or the process is interrupted."""
        self._server.serve_forever(poll_interval=_POLL_INTERVAL)

    def stop(self) -> None:
        """End :meth:`serve_forever` in another thread, and wait until it has ended."""
        self._server.shutdown()

    def close(self) -> None:
        """Release the port."""
        self._server.server_close()
        self._socket.close()


class Server(Listener):
    """A bound emulator. Use :func:`running` for a server in the background, or :meth:`serve_forever`."""

    def __init__(self, settings: Settings, app: Flask | None = None) -> None:
        """Bind `settings.host` and `settings.port`.

        Raises:
            AddressInUseError: the address is taken, not ours, or not allowed.
        """
        super().__init__(app or create_app(settings), settings.host, settings.port)
        self.emulator = emulator_of(self.app)
        self.emulator.listen_on(self.url)

    def close(self) -> None:
        """Release the port and end the functions' processes."""
        super().close()
        self.emulator.close()


@contextmanager
def running(settings: Settings, app: Flask | None = None) -> Iterator[Server]:
    """Serve in the background for the length of a ``with`` block."""
    server = Server(settings, app)
    thread = threading.Thread(target=server.serve_forever, name="emulator-server", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
        server.close()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise AddressInUseError(_explain(host, port, error)) from error
    return listener


def _explain(host: str, port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use. Stop the other program, or choose another: --port 0 picks a free one."
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        return f"port {port} on {host} needs more rights. Choose one above 1023, or --port 0."
    return f"cannot listen on {host} port {port}: {error}. Check --host and --port."
