"""The private line between the emulator and one instance: a JSON object in each line, over a loopback socket.

A socket, and not inherited pipes, because it works the same on every system and in every language that may
one day run functions. The process has to send a token that only its standard input carried, so that no other
one can take its place.
"""

from __future__ import annotations

import json
import secrets
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Room for 6 MB of result in the worst JSON escaping (six bytes for one).
_MAX_LINE_BYTES = 48 * 1024 * 1024
_CHUNK = 256 * 1024
_HELLO_SECONDS = 1.0


class ChannelClosed(Exception):
    """The other side is gone, or speaks something else."""


class Listener:
    """Waits for one process to connect."""

    def __init__(self) -> None:
        """Listen on a free port of the loopback address."""
        self.token = secrets.token_hex(16)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=4)
        self.host, self.port = self._socket.getsockname()

    def accept(self, deadline: float, still_wanted: Callable[[], bool]) -> Channel:
        """Return the channel to the process that knows the token.

        Raises:
            TimeoutError: `deadline` (of time.monotonic) passed.
            ChannelClosed: `still_wanted` said no (the process has ended), or :meth:`close` was called.
        """
        while still_wanted():
            patience = _slice(deadline)
            try:
                self._socket.settimeout(patience)
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError as error:
                raise ChannelClosed from error
            channel = Channel(connection)
            try:
                hello = channel.receive(min(deadline, time.monotonic() + _HELLO_SECONDS))
            except (ChannelClosed, TimeoutError):
                hello = {}
            if secrets.compare_digest(str(hello.get("token")).encode(), self.token.encode()):
                return channel
            channel.close()
        raise ChannelClosed

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


class Channel:
    """A connected line."""

    def __init__(self, connection: socket.socket) -> None:
        """Take over `connection`."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._received = bytearray()

    def send(self, line: bytes, deadline: float) -> None:
        """Send one line of JSON, given without its end.

        Raises:
            TimeoutError: the process did not take it before `deadline`.
            ChannelClosed: the process is gone.
        """
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            self._socket.sendall(line + b"\n")
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosed from error

    def receive(self, deadline: float, while_waiting: Callable[[], None] | None = None) -> dict[str, Any]:
        """Return the next object; `while_waiting` is called some 40 times a second and may raise.

        Raises:
            TimeoutError: `deadline` passed.
            ChannelClosed: the process hung up, or sent what is not the protocol.
        """
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > _MAX_LINE_BYTES:
                raise ChannelClosed
            patience = _slice(deadline)
            try:
                self._socket.settimeout(patience)
                chunk = self._socket.recv(_CHUNK)
            except TimeoutError:
                if while_waiting is not None:
                    while_waiting()
                continue
            except OSError as error:
                raise ChannelClosed from error
            if not chunk:
                raise ChannelClosed
            self._received += chunk
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ChannelClosed from error
        if not isinstance(message, dict):
            raise ChannelClosed
        return message

    def is_quiet(self) -> bool:
        """Tell whether the process, which has nothing to say between calls, is still there."""
        try:
            self._socket.settimeout(0)
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Hang up, also while another thread waits in :meth:`receive`; the process ends itself."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _slice(deadline: float) -> float:
    """Return how long to wait before looking around again; TimeoutError when the deadline has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, 0.025)
