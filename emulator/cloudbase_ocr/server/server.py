"""The emulator behind its port."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudbase_ocr.app import create_app
from cloudbase_ocr.journal.middleware import VIA
from cloudbase_ocr.server.https import Https
from cloudbase_ocr.server.listener import Listener
from cloudbase_ocr.state.emulator import emulator_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from cloudbase_ocr.server.bounds import Bounds
    from cloudbase_ocr.settings import Settings


class Server(Listener):
    """A bound emulator. Use :func:`running` for a server in the background, or :meth:`serve_forever`."""

    def __init__(self, settings: Settings, app: Flask | None = None, *, bounds: Bounds | None = None) -> None:
        """Bind `settings.host` and `settings.port`.

        Raises:
            AddressInUseError: the address is taken, not ours, or not allowed.
        """
        self.app = app or create_app(settings)
        self.emulator = emulator_of(self.app)
        super().__init__(
            self.app,
            settings.host,
            settings.port,
            bounds=bounds,
            always=_is_of_a_function,
            https=Https(self.emulator.authorities, settings.why_no_tls, passes=settings.pass_other_hosts),
        )
        self.emulator.listen_on(self.url)

    def drain(self, seconds: float) -> None:
        """See :meth:`Listener.drain`; streams of the journal, and what a fault holds, end at once."""
        super().drain(seconds)
        self.emulator.let_go()

    def close(self) -> None:
        """Release the port and end the functions' processes."""
        super().close()
        self.emulator.close()


@contextmanager
def running(
    settings: Settings, app: Flask | None = None, *, bounds: Bounds | None = None
) -> Iterator[Server]:
    """Serve in the background for the length of a ``with`` block; at its end, what is under way is not waited for."""
    server = Server(settings, app, bounds=bounds)
    thread = threading.Thread(target=server.serve_forever, name="emulator-server", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
        server.close()


def _is_of_a_function(target: bytes) -> bool:
    """Tell whether a function under way sends a request: the answer that others wait for may need it."""
    return target.startswith(VIA.encode())
