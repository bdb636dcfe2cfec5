"""How many bytes of request bodies may be in memory at once, over all requests: what else would end a small machine.

One :class:`HeldBodies` belongs to one emulator. Each request has a :class:`Share` of it in its WSGI environment, and
whoever reads a body takes from that before reading. What was taken is given back when the request ends, whatever
happens.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RETRY_AFTER = 1
"""Seconds after which a client may come again: bodies come and go within a moment."""

_SHARE = "cloudbase_ocr.share_of_bodies"
_MEGABYTE = 1024 * 1024


class TooMuchHeld(ServiceUnavailable):
    """The bodies of other requests fill what may be held: status 503, with ``Retry-After``."""

    def __init__(self, wanted: int, held: int, limit: int) -> None:
        """Name what was wanted and what is held, in bytes."""
        text = (
            f"bodies of {held / _MEGABYTE:.0f} MB are being held, {wanted / _MEGABYTE:.1f} MB more are beyond the "
            f"{limit / _MEGABYTE:.0f} MB of --body-memory-mb; send fewer pictures at a time, or raise it"
        )
        super().__init__(text, retry_after=RETRY_AFTER)
        self.text = text


class HeldBodies:
    """Counts the bytes of bodies that are in memory. Thread-safe."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` bytes at once."""
        self.limit = limit
        self._held = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """How many bytes are held now."""
        return self._held

    def take(self, count: int) -> None:
        """Hold `count` bytes more.

        Raises:
            TooMuchHeld: they are beyond the limit; nothing is held then.
        """
        with self._lock:
            if self._held + count > self.limit:
                raise TooMuchHeld(count, self._held, self.limit)
            self._held += count

    def give_back(self, count: int) -> None:
        """Hold `count` bytes fewer."""
        with self._lock:
            self._held -= count


class Share:
    """What one request holds."""

    def __init__(self, bodies: HeldBodies) -> None:
        """Hold nothing yet."""
        self._bodies = bodies
        self._taken = 0

    def take(self, count: int) -> None:
        """Hold `count` bytes more, until the request ends.

        Raises:
            TooMuchHeld: they are beyond what all requests may hold.
        """
        self._bodies.take(count)
        self._taken += count

    def give_back(self) -> None:
        """Hold nothing any more; may be called more than once."""
        taken, self._taken = self._taken, 0
        self._bodies.give_back(taken)


class BoundedBodies:
    """Wraps a WSGI application: gives each request its share, and takes it back at the end of the answer."""

    def __init__(self, app: Any, bodies: HeldBodies) -> None:
        """Pass requests on to `app`."""
        self._app = app
        self._bodies = bodies

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        share = environ[_SHARE] = Share(self._bodies)
        try:
            answer = self._app(environ, start_response)
        except BaseException:
            share.give_back()
            raise
        return ClosingIterator(answer, share.give_back)


def share_of(environ: dict[str, Any]) -> Share | None:
    """Return the share of a request; None where bodies are not counted."""
    return environ.get(_SHARE)
