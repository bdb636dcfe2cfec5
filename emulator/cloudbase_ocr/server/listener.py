"""A WSGI application behind a bound port."""

from __future__ import annotations

import errno
import socket
import threading
from typing import TYPE_CHECKING

from cloudbase_ocr.core.errors import AddressInUseError
from cloudbase_ocr.language import _
from cloudbase_ocr.server.bounds import Bounds
from cloudbase_ocr.server.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.server.exchange import WsgiApp
    from cloudbase_ocr.server.https import Https

_BACKLOG = 1024
_MOMENT = 0.03


def _never(_: bytes) -> bool:
    return False


class Listener:
    """A WSGI application behind a bound port, served in threads within bounds."""

    def __init__(
        self,
        app: WsgiApp,
        host: str,
        port: int,
        *,
        bounds: Bounds | None = None,
        always: Callable[[bytes], bool] = _never,
        https: Https | None = None,
    ) -> None:
        """Bind `host` and `port`; port 0 picks a free one.

        Targets for which `always` is true are answered also while the server drains: requests that those under way
        wait for. `https`: what clients of https get; by default they are refused.

        Raises:
            AddressInUseError: the address is taken, not ours, or not allowed.
        """
        self._socket = _bind(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._connections = Connections(
            self._socket, (host, self.port), app, bounds or Bounds(), always=always, https=https
        )
        self._idle = threading.Event()
        self._idle.set()

    @property
    def url(self) -> str:
        """The base URL for clients on this machine, without a slash at the end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not a bind
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def under_way(self) -> int:
        """How many requests are being answered."""
        return self._connections.under_way

    def serve_forever(self) -> None:
        """Serve until :meth:`stop` or :meth:`drain`."""
        self._idle.clear()
        try:
            self._connections.run()
        finally:
            self._idle.set()

    def stop(self) -> None:
        """End :meth:`serve_forever` in another thread, and wait until it has ended.

        What is under way gets a moment, and is not waited for.
        """
        self.drain(_MOMENT)
        self._idle.wait()

    def drain(self, seconds: float) -> None:
        """Let :meth:`serve_forever` end when the requests under way are answered, or `seconds` from now.

        New requests get 503. Returns at once, and may be called from a signal handler.
        """
        self._connections.drain(seconds)

    def close(self) -> None:
        """Release the port; once is enough, and more do no harm."""
        self._socket.close()
        self._connections.close()


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
        return _(
            "port {port} on {host} is in use. Stop the other program, or choose another: --port 0 "
            "picks a free one."
        ).format(port=port, host=host)
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        return _("port {port} on {host} needs more rights. Choose one above 1023, or --port 0.").format(
            port=port, host=host
        )
    return _("cannot listen on {host} port {port}: {error}. Check --host and --port.").format(
        host=host, port=port, error=error
    )
