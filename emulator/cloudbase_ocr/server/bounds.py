"""What one server bears."""

from __future__ import annotations

import sys
from dataclasses import dataclass

_RESERVED = 100
"""Descriptors for what is no connection: files, pipes of functions, fetches of img_url."""

_FEWEST = 50


@dataclass(frozen=True)
class Bounds:
    """How many connections there may be, and how long each may take. Times are in seconds.

    A connection takes one of the `places` when its request's head is complete; beyond them it gets 503. Those that are
    still sending their head, and those that are read to their end after the answer, are counted apart (`waiting`): of
    too many, the oldest goes.
    """

    places: int = 200
    waiting: int = 2000
    head_seconds: float = 10.0
    head_bytes: int = 64 * 1024
    body_seconds: float = 30.0
    """For a body, with one second more for each `body_rate` bytes that have come."""
    body_rate: int = 20 * 1024
    send_seconds: float = 30.0
    """For each piece of an answer, with one second more for each `body_rate` bytes of it."""
    linger_seconds: float = 30.0
    """For what a client is still sending when it has its answer: closed at once, it might never see it."""
    linger_pause: float = 5.0
    linger_bytes: int = 64 * 1024 * 1024
    tunnel_connect_seconds: float = 10.0
    """For CONNECT to reach a host that the server does not stand in for."""
    tunnel_silence: float = 60.0
    tunnel_seconds: float = 3600.0
    """For such a connection as a whole; it keeps its place."""

    def body_limit(self, received: int) -> float:
        """Return how many seconds a body may have taken when so many bytes of it are here."""
        return self.body_seconds + received / self.body_rate

    def most_waiting(self) -> int:
        """Return how many connections may wait: `waiting`, or what the process has descriptors for.

        Some always may, also where a terminal of macOS allows 256 descriptors in all: when these are used up, the
        oldest that waits makes room.
        """
        return min(self.waiting, max(_FEWEST, _descriptors() - self.places - _RESERVED))


def _descriptors() -> int:
    """Return how many descriptors this process may have."""
    if sys.platform == "win32":
        # select() there takes 512 sockets, whatever the number of handles.
        return 512
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
