"""Tokens that instances share: one that any of them gave out is good at all of them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.changes import Changes
from cloudbase_ocr.state.shared import token_scripts as scripts
from cloudbase_ocr.state.shared.connection import DAY
from cloudbase_ocr.state.shared.counters import SharedCounters, field_of
from cloudbase_ocr.state.tokens import (
    ACCESS,
    CONTAINER,
    CONTAINER_TOKEN_LIFETIME,
    FORCED_REFRESH_INTERVAL,
    FORCED_REFRESHES_PER_DAY,
    KINDS,
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
    from collections.abc import Iterable
    from random import Random

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.core.counters import Counters
    from cloudbase_ocr.state.shared.connection import Script, Shared

KEPT_SECONDS = 2 * DAY
"""How long an account's tokens are told from unknown ones after its last one was given out."""
MAX_SLOTS = 100_000
"""Accounts and kinds that are kept; the one that was not renewed for longest is forgotten first."""
SHOWN_SLOTS = 1_000
"""Accounts and kinds that are listed where every account is asked for."""

_AT_A_TIME = 100


class SharedTokens(TokenStore):
    """Tokens in what instances share. Thread-safe. Times are by each instance's clock: let them agree (NTP)."""

    def __init__(self, shared: Shared, clock: Clock, random: Random, lifetime: int = LIFETIME) -> None:
        """See `TokenStore`."""
        super().__init__(clock, random, lifetime)
        self._shared = shared
        self._forced = SharedCounters(shared, "forced", clock, "day")
        self._prefix = shared.key("")
        self._index = shared.key("slots")
        self.changes: Changes[tuple[str, str]] = Changes()

    def issue(self, appid: str) -> Grant:
        """See `TokenStore`."""
        return self._given(self._grant(scripts.ISSUE, appid, ACCESS, self._lifetime))

    def stable(self, appid: str) -> Grant:
        """See `TokenStore`."""
        return self._given(self._grant(scripts.STEADY, appid, STABLE, self._lifetime))

    def refresh_stable(self, appid: str) -> Grant | None:
        """See `TokenStore`."""
        return self._grant(scripts.FORCE, appid, STABLE, self._lifetime)

    def container(self, appid: str) -> Grant:
        """See `TokenStore`."""
        return self._given(self._grant(scripts.STEADY, appid, CONTAINER, CONTAINER_TOKEN_LIFETIME))

    def find(self, text: str) -> Token | None:
        """See `TokenStore`."""
        sent = text.encode("utf-8", "replace")
        found = self._shared.run(scripts.FIND, [], self._prefix, _digest_of(sent), sent)
        if not found:
            return None
        appid, kind = json.loads(found[0])
        return _token_of(json.loads(found[1]), appid, kind)

    def expire(self, appid: str | None = None) -> int:
        """See `TokenStore`."""
        return self._end(appid, "expires")

    def revoke(self, appid: str | None = None) -> int:
        """See `TokenStore`."""
        return self._end(appid, "replaced")

    def states(self, appid: str | None = None) -> list[TokenState]:
        """See `TokenStore`; of all accounts those whose tokens were given out last."""
        now = self._clock.now()
        slots = self._slots(appid, SHOWN_SLOTS)
        return [
            token.state(now)
            for first in range(0, len(slots), _AT_A_TIME)
            for tokens in self._read(slots[first : first + _AT_A_TIME])
            for token in reversed(tokens)
        ]

    def reset(self, appid: str | None = None) -> None:
        """See `TokenStore`."""
        for slot in self._slots(appid, MAX_SLOTS):
            self._shared.run(scripts.DROP, [slot, self._index], self._prefix)
        self._forced.clear(*(() if appid is None else (appid,)))

    @property
    def forced_refreshes(self) -> Counters:
        """See `TokenStore`."""
        return self._forced

    def kept(self, appid: str, kind: str) -> KeptSlot | None:
        """See `TokenStore`."""
        (text,) = self._shared.run(scripts.SLOTS, [self._slot(appid, kind)], self._prefix)
        slot = json.loads(text)
        tokens = [_token_of(each, appid, kind) for each in slot["tokens"]]
        if not tokens:
            return None
        return KeptSlot(
            slot.get("refreshed"), tuple((token.text, token.expires, token.replaced) for token in tokens)
        )

    def restore(self, appid: str, kind: str, kept: KeptSlot) -> None:
        """See `TokenStore`."""
        tokens = [
            {"text": text, "expires": expires, "replaced": replaced}
            for text, expires, replaced in kept.tokens
        ]
        self._shared.run(
            scripts.RESTORE,
            [self._slot(appid, kind), self._index],
            self._prefix,
            json.dumps({"refreshed": kept.refreshed, "tokens": tokens}),
            json.dumps([appid, kind]),
            self._clock.now(),
            KEPT_SECONDS,
        )

    def _grant(self, script: Script, appid: str, kind: str, lifetime: int) -> Grant | None:
        answer = "taken"
        while answer == "taken":  # with a seed, other instances draw the same texts
            how, *grant = self._shared.run(
                script,
                [self._slot(appid, kind), self._index, self._forced.hash_of()],
                *(self._prefix, appid, kind, self._clock.now(), self._draw()),
                *(lifetime, OVERLAP, REMEMBERED, KEPT_SECONDS, MAX_SLOTS),
                *(FORCED_REFRESH_INTERVAL, FORCED_REFRESHES_PER_DAY),
                *(field_of((appid,)), self._forced.seconds),
            )
            answer = how.decode()
        return Grant(grant[0].decode(), int(grant[1])) if answer == "granted" else None

    def _given(self, grant: Grant | None) -> Grant:
        assert grant is not None  # noqa: S101 - only a refresh by force is refused
        return grant

    def _end(self, appid: str | None, what: str) -> int:
        now = self._clock.now()
        ended = 0
        for slot in self._slots(appid, MAX_SLOTS):
            (count,) = self._shared.run(scripts.END, [slot], self._prefix, now, what)
            ended += count
        return ended

    def _slot(self, appid: str, kind: str) -> str:
        return self._shared.key("slot", kind, appid)

    def _slots(self, appid: str | None, most: int) -> list[str]:
        if appid is not None:
            return [self._slot(appid, kind) for kind in KINDS]
        found = self._shared.run(scripts.LATEST, [self._index], self._prefix, most)
        return [key.decode("utf-8", "replace") for key in found]

    def _read(self, slots: list[str]) -> Iterable[list[Token]]:
        texts = self._shared.run(scripts.SLOTS, slots, self._prefix)
        for slot, text in zip(slots, texts, strict=True):
            kind, _, appid = slot.removeprefix(self._shared.key("slot", "")).partition(":")
            yield [_token_of(each, appid, kind) for each in json.loads(text)["tokens"]]


def _token_of(fields: dict[str, Any], appid: str, kind: str) -> Token:
    return Token(
        fields["text"],
        appid,
        kind,
        fields["expires"],
        fields.get("replaced"),
        fields.get("issued"),
        bool(fields.get("ended")),
    )


def _digest_of(text: bytes) -> str:
    """Return the name of a token's key, as scripts make it, too."""
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()
