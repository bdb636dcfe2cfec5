"""Who is logged in over the web: anonymous users and those with a custom ticket.

Tokens are opaque, the SDKs never look inside. There are no accounts behind them: any ticket is accepted, and a call
without login is answered as well.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from cloudbase_ocr.core.clock import Clock

ACCESS_SECONDS = 7200
REFRESH_SECONDS = 31 * 86400
_MAX_SESSIONS = 10_000
_USER_CHARACTERS = 32


@dataclass
class Session:
    """One login: the user's ID, how it was made (``anonymous`` or ``custom``), and its present tokens."""

    user: str
    kind: str
    access_token: str
    refresh_token: str
    access_ends: float
    refresh_ends: float


class Sessions:
    """Logins by their tokens; the oldest make room for new ones. Thread-safe."""

    def __init__(self, clock: Clock, random: Random) -> None:
        """Hold no login yet."""
        self._clock = clock
        self._random = random
        self._by_refresh: OrderedDict[str, Session] = OrderedDict()
        self._by_access: dict[str, Session] = {}
        self._lock = threading.Lock()

    def login(self, kind: str, user: str = "") -> Session:
        """Begin a login; without `user` it is a new one."""
        with self._lock:
            now = self._clock.now()
            session = Session(
                user or f"{self._random.getrandbits(64)}",
                kind,
                self._text("at"),
                self._text("rt"),
                now + ACCESS_SECONDS,
                now + REFRESH_SECONDS,
            )
            self._by_refresh[session.refresh_token] = session
            self._by_access[session.access_token] = session
            while len(self._by_refresh) > _MAX_SESSIONS:
                _, oldest = self._by_refresh.popitem(last=False)
                self._by_access.pop(oldest.access_token, None)
            return session

    def refresh(self, refresh_token: str) -> Session | None:
        """Give a login a new access token; None when there is no such login, or it has ended."""
        with self._lock:
            session = self._by_refresh.get(refresh_token)
            if session is None or self._clock.now() >= session.refresh_ends:
                return None
            self._by_access.pop(session.access_token, None)
            session.access_token = self._text("at")
            session.access_ends = self._clock.now() + ACCESS_SECONDS
            self._by_access[session.access_token] = session
            return session

    def find(self, access_token: str) -> Session | None:
        """Return the login of an access token, or None when there is none or the token has expired."""
        with self._lock:
            session = self._by_access.get(access_token)
            return session if session is not None and self._clock.now() < session.access_ends else None

    def end(self, session: Session) -> None:
        """End a login."""
        with self._lock:
            self._by_refresh.pop(session.refresh_token, None)
            self._by_access.pop(session.access_token, None)

    def reset(self) -> None:
        """End every login."""
        with self._lock:
            self._by_refresh.clear()
            self._by_access.clear()

    def _text(self, kind: str) -> str:
        return f"emulator-{kind}-{self._random.randbytes(24).hex()}"


def user_of_ticket(ticket: str) -> str:
    """Return the ID of the user that a custom ticket logs in: always the same, and nothing that could log in again."""
    return hashlib.sha256(ticket.encode("utf-8", "replace")).hexdigest()[:_USER_CHARACTERS]
