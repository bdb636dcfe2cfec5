"""Accounts and their access tokens.

Documented on the pages of getAccessToken and getStableAccessToken: tokens live 7200 s; a new one from
/cgi-bin/token replaces the former, and both work for five more minutes; stable_token gives the same token until
its last five minutes, then a new one while the former still works; a refresh by force needs 30 s since the last
one and works 20 times a day, otherwise it is no refresh; two of them 30 s apart kill a leaked token at once; the
two kinds are isolated from each other. A slot that knows its present and its former token gives all of this.
"""

from __future__ import annotations

import hmac
import string
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cloudbase_ocr.core.changes import Changes
from cloudbase_ocr.core.clock import shanghai_day
from cloudbase_ocr.core.counters import Counters
from cloudbase_ocr.core.errors import WeChatError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from cloudbase_ocr.core.clock import Clock

LIFETIME = 7200
OVERLAP = 300
FORCED_REFRESH_INTERVAL = 30
FORCED_REFRESHES_PER_DAY = 20
CONTAINER_TOKEN_LIFETIME = 1800

ACCESS = "access"
STABLE = "stable"
CONTAINER = "container"

_ALPHABET = string.ascii_letters + string.digits + "-_"
_TOKEN_CHARACTERS = 136
_MAX_ID_LENGTH = 128
_MAX_ACCOUNTS = 10_000
_REMEMBERED = 16
_SHOWN = 5


@dataclass(frozen=True)
class Grant:
    """What a token request gives: the token and the seconds it still lives."""

    access_token: str
    expires_in: int


@dataclass
class _Token:
    text: str
    appid: str
    kind: str
    expires: float
    replaced: float | None = None  # until when it works although another took its place
    issued: float | None = None  # unknown of one that an earlier run gave out
    ended: bool = False  # before its time, by a test

    def works(self, now: float) -> bool:
        return now < self.expires and (self.replaced is None or now < self.replaced)


@dataclass
class _Slot:
    """The tokens of one account and kind: the present one, the former one, and those that died."""

    present: _Token | None = None
    former: _Token | None = None
    refreshed: float = float("-inf")  # when it was last refreshed by force
    texts: deque[str] = field(default_factory=deque)


@dataclass(frozen=True)
class TokenState:
    """What is known of one token. Its text is hidden but for the beginning, `start`.

    `kind` is ``access`` (/cgi-bin/token), ``stable`` or ``container``. `state` is ``present``, ``replaced`` (a newer
    one took its place; it works while `expires_in` is above 0) or ``expired``. `age` and `expires_in` are in seconds by
    the emulator's clock; `age` is null for a token of an earlier run. `ended`: it was ended here before its time.
    """

    appid: str
    kind: str
    start: str
    state: str
    age: float | None
    expires_in: int
    ended: bool


class KeptSlot(NamedTuple):
    """The tokens of one account and kind as they are kept: text, end, and end as a replaced one, oldest first."""

    refreshed: float | None
    tokens: tuple[tuple[str, float, float | None], ...]


class TokenStore:
    """Knows who may have a token, gives tokens out, and tells whose a token is. Thread-safe."""

    def __init__(
        self,
        clock: Clock,
        random: Random,
        accounts: Mapping[str, str] | None = None,
        lifetime: int = LIFETIME,
    ) -> None:
        """Accept `accounts` (appid to secret) only; without any, every appid and secret."""
        self._clock = clock
        self._random = random
        self._accounts = dict(accounts or {})
        self._lifetime = lifetime
        self._forced = Counters(clock, shanghai_day)
        self._slots: OrderedDict[tuple[str, str], _Slot] = OrderedDict()
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()
        self.changes: Changes[tuple[str, str]] = Changes()
        """The appids and kinds whose `kept` is another."""

    def authenticate(self, appid: str, secret: str) -> None:
        """Check an account's secret.

        Raises:
            WeChatError: 41002, 41004, 40013 or 40125.
        """
        self.check_appid(appid)
        if not secret:
            raise WeChatError(41004)
        if len(secret) > _MAX_ID_LENGTH or not self._is_right(appid, secret):
            raise WeChatError(40125, reason="the secret is not the one that this appid was configured with")

    def check_appid(self, appid: str) -> None:
        """Check that an appid exists.

        Raises:
            WeChatError: 41002 without one, 40013 for one that does not exist.
        """
        if not appid:
            raise WeChatError(41002)
        if len(appid) > _MAX_ID_LENGTH or (self._accounts and appid not in self._accounts):
            raise WeChatError(40013, reason="accounts are configured, and this appid is not among them")

    def issue(self, appid: str) -> Grant:
        """Give a new token, as /cgi-bin/token does: it replaces the former one."""
        with self._lock:
            return self._renew(self._slot(appid, ACCESS), appid, ACCESS, self._lifetime)

    def stable(self, appid: str) -> Grant:
        """Give the stable token: the same one until its last five minutes."""
        with self._lock:
            return self._steady(appid, STABLE, self._lifetime)

    def refresh_stable(self, appid: str) -> Grant | None:
        """Replace the stable token by force; None within 30 s of the last time, and after 20 times a day."""
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
        """Give a cloudbase_access_token, which lives 30 min and is pushed into containers."""
        with self._lock:
            return self._steady(appid, CONTAINER, CONTAINER_TOKEN_LIFETIME)

    def owner(self, text: str, *, container: bool = False) -> str:
        """Return the appid of a token.

        `container` asks for a cloudbase_access_token; the kinds are not interchangeable (observed: one sent
        under the other's name gives 40001).

        Raises:
            WeChatError: 40001 for a token that is unknown or was replaced, 42001 for one that expired.
        """
        token = self._tokens.get(text)
        if token is None:
            raise WeChatError(
                40001, reason="this emulator did not give out that access_token since it started"
            )
        if (token.kind == CONTAINER) != container:
            raise WeChatError(
                40001,
                reason="access_token and cloudbase_access_token are different tokens; the names were swapped",
            )
        now = self._clock.now()
        if token.works(now):
            return token.appid
        if token.replaced is not None and token.replaced < token.expires:
            raise WeChatError(
                40001,
                reason="the token was replaced by a newer one more than five minutes ago; use stable_token",
            )
        raise WeChatError(42001, reason="the token is older than its expires_in; fetch another before that")

    def appid_of(self, text: str) -> str | None:
        """Return the appid that a token was given to, whether it still works or not; None for an unknown one."""
        token = self._tokens.get(text)
        return None if token is None else token.appid

    def expire(self, appid: str | None = None) -> int:
        """Let every token of one account, or of all, be expired from now on (42001); return how many."""
        return self._end(appid, expired=True)

    def revoke(self, appid: str | None = None) -> int:
        """Let every token of one account, or of all, be replaced from now on (40001); return how many."""
        return self._end(appid, expired=False)

    def states(self, appid: str | None = None) -> list[TokenState]:
        """Return what is known of the tokens of one account, or of all; the latest of each account first."""
        with self._lock:
            now = self._clock.now()
            return [
                _state_of(token, now)
                for key, slot in self._slots.items()
                if appid in (None, key[0])
                for token in reversed(self._known(slot))
            ]

    def reset(self, appid: str | None = None) -> None:
        """Forget all tokens, of one account or of all."""
        with self._lock:
            for key in [key for key in self._slots if appid in (None, key[0])]:
                self._drop(key)
            self._forced.clear(*(() if appid is None else (appid,)))

    @property
    def forced_refreshes(self) -> Counters:
        """How often each account refreshed by force today, to be kept across a restart."""
        return self._forced

    def kept(self, appid: str, kind: str) -> KeptSlot | None:
        """Return the tokens of one account and kind, to be kept across a restart; None where there are none."""
        with self._lock:
            slot = self._slots.get((appid, kind))
            if slot is None:
                return None
            return KeptSlot(
                slot.refreshed if slot.refreshed > 0 else None,
                tuple((token.text, token.expires, token.replaced) for token in self._known(slot)),
            )

    def restore(self, appid: str, kind: str, kept: KeptSlot) -> None:
        """Take back what `kept` gave for one account and kind."""
        with self._lock:
            slot = self._slot(appid, kind)
            slot.refreshed = float("-inf") if kept.refreshed is None else kept.refreshed
            for text, expires, replaced in kept.tokens:
                slot.former = slot.present
                slot.present = self._tokens[text] = _Token(text, appid, kind, expires, replaced)
                slot.texts.append(text)
            self.changes.note((appid, kind))

    def _is_right(self, appid: str, secret: str) -> bool:
        if not self._accounts:
            return True
        return hmac.compare_digest(secret.encode("utf-8", "replace"), self._accounts[appid].encode())

    def _known(self, slot: _Slot) -> list[_Token]:
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
        slot.present = _Token(self._text(), appid, kind, now + lifetime, issued=now)
        self._tokens[slot.present.text] = slot.present
        slot.texts.append(slot.present.text)
        if len(slot.texts) > _REMEMBERED:
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
            number = self._random.randrange(10, 100)
            text = f"{number}_" + "".join(self._random.choices(_ALPHABET, k=_TOKEN_CHARACTERS))
            # With a seed, a restart begins the same row again, and may hold tokens of it already.
            if text not in self._tokens:
                return text


def _state_of(token: _Token, now: float) -> TokenState:
    end = token.expires if token.replaced is None else min(token.expires, token.replaced)
    replaced = token.replaced is not None and token.replaced < token.expires
    return TokenState(
        token.appid,
        token.kind,
        token.text[:_SHOWN],
        "replaced" if replaced else ("present" if token.works(now) else "expired"),
        None if token.issued is None else now - token.issued,
        max(0, int(end - now)),
        token.ended,
    )
