"""Tokens in memory: those of one emulator."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.core.changes import Changes
from cloudbase_ocr.core.clock import shanghai_day
from cloudbase_ocr.core.counters import MemoryCounters
from cloudbase_ocr.state.tokens import (
    ACCESS,
    CONTAINER,
    CONTAINER_TOKEN_LIFETIME,
    FORCED_REFRESH_INTERVAL,
    FORCED_REFRESHES_PER_DAY,
    LIFETIME,
    OVERLAP,
    REMEMBERED,
    STABLE,
    Grant,
    KeptSlot,
    Token,
    TokenState,
    TokenStore,
)

if TYPE_CHECKING:
    from random import Random

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.core.counters import Counters

_MAX_ACCOUNTS = 10_000


@dataclass
class _Slot:
    """The tokens of one account and kind: the present one, the former one, and those that died."""

    present: Token | None = None
    former: Token | None = None
    refreshed: float = float("-inf")  # when it was last refreshed by force
    texts: deque[str] = field(default_factory=deque)


class MemoryTokens(TokenStore):
    """Tokens that are gone with the emulator, unless it keeps a state file. Thread-safe."""

    def __init__(self, clock: Clock, random: Random, lifetime: int = LIFETIME) -> None:
        """See `TokenStore`."""
        super().__init__(clock, random, lifetime)
        self._forced = MemoryCounters(clock, shanghai_day)
        self._slots: OrderedDict[tuple[str, str], _Slot] = OrderedDict()
        self._tokens: dict[str, Token] = {}
        self._lock = threading.Lock()
        self.changes: Changes[tuple[str, str]] = Changes()

    def issue(self, appid: str) -> Grant:
        """See `TokenStore`."""
        with self._lock:
            return self._renew(self._slot(appid, ACCESS), appid, ACCESS, self._lifetime)

    def stable(self, appid: str) -> Grant:
        """See `TokenStore`."""
        with self._lock:
            return self._steady(appid, STABLE, self._lifetime)

    def refresh_stable(self, appid: str) -> Grant | None:
        """See `TokenStore`."""
        with self._lock:
            slot = self._slot(appid, STABLE)
            now = self._clock.now()
            if now - slot.refreshed < FORCED_REFRESH_INTERVAL:
                return None
            if self._forced.take((appid,), FORCED_REFRESHES_PER_DAY) is None:
                return None
            slot.refreshed = now
            return self._renew(slot, appid, STABLE, self._lifetime)

    def container(self, appid: str) -> Grant:
        """See `TokenStore`."""
        with self._lock:
            return self._steady(appid, CONTAINER, CONTAINER_TOKEN_LIFETIME)

    def find(self, text: str) -> Token | None:
        """See `TokenStore`."""
        return self._tokens.get(text)

    def expire(self, appid: str | None = None) -> int:
        """See `TokenStore`."""
        return self._end(appid, expired=True)

    def revoke(self, appid: str | None = None) -> int:
        """See `TokenStore`."""
        return self._end(appid, expired=False)

    def states(self, appid: str | None = None) -> list[TokenState]:
        """See `TokenStore`."""
        with self._lock:
            now = self._clock.now()
            return [
                token.state(now)
                for key, slot in self._slots.items()
                if appid in (None, key[0])
                for token in reversed(self._known(slot))
            ]

    def reset(self, appid: str | None = None) -> None:
        """See `TokenStore`."""
        with self._lock:
            for key in [key for key in self._slots if appid in (None, key[0])]:
                self._drop(key)
            self._forced.clear(*(() if appid is None else (appid,)))

    @property
    def forced_refreshes(self) -> Counters:
        """See `TokenStore`."""
        return self._forced

    def kept(self, appid: str, kind: str) -> KeptSlot | None:
        """See `TokenStore`."""
        with self._lock:
            slot = self._slots.get((appid, kind))
            if slot is None:
                return None
            return KeptSlot(
                slot.refreshed if slot.refreshed > 0 else None,
                tuple((token.text, token.expires, token.replaced) for token in self._known(slot)),
            )

    def restore(self, appid: str, kind: str, kept: KeptSlot) -> None:
        """See `TokenStore`."""
        with self._lock:
            slot = self._slot(appid, kind)
            slot.refreshed = float("-inf") if kept.refreshed is None else kept.refreshed
            for text, expires, replaced in kept.tokens:
                slot.former = slot.present
                slot.present = self._tokens[text] = Token(text, appid, kind, expires, replaced)
                slot.texts.append(text)
            self.changes.note((appid, kind))

    def _known(self, slot: _Slot) -> list[Token]:
        return [self._tokens[text] for text in slot.texts if text in self._tokens]

    def _steady(self, appid: str, kind: str, lifetime: int) -> Grant:
        slot = self._slot(appid, kind)
        now = self._clock.now()
        present = slot.present
        if present is not None and present.works(now) and present.expires - now > OVERLAP:
            return Grant(present.text, int(present.expires - now))
        return self._renew(slot, appid, kind, lifetime)

    def _renew(self, slot: _Slot, appid: str, kind: str, lifetime: int) -> Grant:
        now = self._clock.now()
        if slot.former is not None and slot.former.works(now):
            slot.former.replaced = now
        if slot.present is not None and slot.present.works(now):
            slot.present.replaced = now + OVERLAP
        slot.former = slot.present
        slot.present = Token(self._text(), appid, kind, now + lifetime, issued=now)
        self._tokens[slot.present.text] = slot.present
        slot.texts.append(slot.present.text)
        if len(slot.texts) > REMEMBERED:
            self._tokens.pop(slot.texts.popleft(), None)
        self.changes.note((appid, kind))
        return Grant(slot.present.text, lifetime)

    def _slot(self, appid: str, kind: str) -> _Slot:
        key = (appid, kind)
        if key not in self._slots and len(self._slots) >= _MAX_ACCOUNTS:
            self._drop(next(iter(self._slots)))
        return self._slots.setdefault(key, _Slot())

    def _drop(self, key: tuple[str, str]) -> None:
        for text in self._slots.pop(key).texts:
            self._tokens.pop(text, None)
        self.changes.note(key)

    def _end(self, appid: str | None, *, expired: bool) -> int:
        with self._lock:
            now, ended = self._clock.now(), 0
            for token in self._tokens.values():
                if appid in (None, token.appid) and token.works(now):
                    ended += 1
                    token.expires = now if expired else token.expires
                    token.replaced = token.replaced if expired else now
                    token.ended = True
                    self.changes.note((token.appid, token.kind))
            return ended

    def _text(self) -> str:
        while True:
            text = self._draw()
            # With a seed, a restart begins the same row again, and may hold tokens of it already.
            if text not in self._tokens:
                return text
