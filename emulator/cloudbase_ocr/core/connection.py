"""A request's connection: where it stands in the WSGI environment, and whether something has come."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

SOCKET = "cloudbase_ocr.socket"
"""The key; a WSGI test client has none."""


def scheme_of(connection: socket.socket) -> str:
    """Return ``https`` for a connection over TLS, else ``http``."""
    # Not by its class: that would bring the module ssl into every start.
    return "https" if hasattr(connection, "do_handshake") else "http"


def is_readable(connection: socket.socket, seconds: float) -> bool:
    """Wait until there is something to read, or the end of the connection, for so many seconds at most."""
    if sys.platform == "win32":
        return bool(select.select([connection], [], [], seconds)[0])
    # select() fails here for descriptors above 1,023.
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
