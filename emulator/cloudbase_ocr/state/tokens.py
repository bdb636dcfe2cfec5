"""Access tokens: what is known of one, and what every store of them offers.

Documented on the pages of getAccessToken and getStableAccessToken: tokens live 7200 s; a new one from
/cgi-bin/token replaces the former, and both work for five more minutes; stable_token gives the same token until
its last five minutes, then a new one while the former still works; a refresh by force needs 30 s since the last
one and works 20 times a day, otherwise it is no refresh; two of them 30 s apart kill a leaked token at once; the
two kinds are isolated from each other. A slot that knows its present and its former token gives all of this.
"""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cloudbase_ocr.core.errors import WeChatError

if TYPE_CHECKING:
    from random import Random

    from cloudbase_ocr.core.changes import Changes
    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.core.counters import Counters

LIFETIME = 7200
OVERLAP = 300
FORCED_REFRESH_INTERVAL = 30
FORCED_REFRESHES_PER_DAY = 20
CONTAINER_TOKEN_LIFETIME = 1800
REMEMBERED = 16
"""Tokens of one account and kind that are told from unknown ones, the present one among them."""

ACCESS = "access"
STABLE = "stable"
CONTAINER = "container"
KINDS = (ACCESS, STABLE, CONTAINER)

_ALPHABET = string.ascii_letters + string.digits + "-_"
_TOKEN_CHARACTERS = 136
_SHOWN = 5


@dataclass(frozen=True)
class Grant:
    """What a token request gives: the token and the seconds it still lives."""

    access_token: str
    expires_in: int


@dataclass
class Token:
    """One token. Times are seconds since 1970 by the emulator's clock.

    `replaced` is until when it works although another took its place; `issued` is unknown of one that an earlier run
    gave out; `ended`: it was ended here before its time.
    """

    text: str
    appid: str
    kind: str
    expires: float
    replaced: float | None = None
    issued: float | None = None
    ended: bool = False

    def works(self, now: float) -> bool:
        """Tell whether calls with it are answered."""
        return now < self.expires and (self.replaced is None or now < self.replaced)

    def state(self, now: float) -> TokenState:
        """Return what is known of it, without its text."""
        end = self.expires if self.replaced is None else min(self.expires, self.replaced)
        replaced = self.replaced is not None and self.replaced < self.expires
        return TokenState(
            self.appid,
            self.kind,
            self.text[:_SHOWN],
            "replaced" if replaced else ("present" if self.works(now) else "expired"),
            None if self.issued is None else now - self.issued,
            max(0, int(end - now)),
            self.ended,
        )


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


class TokenStore(ABC):
    """Gives tokens out, and tells whose a token is. Thread-safe.

    A store that several instances share raises :class:`StateAwayError` from every method while it is not reached.
    """

    changes: Changes[tuple[str, str]]
    """The appids and kinds whose `kept` is another."""

    def __init__(self, clock: Clock, random: Random, lifetime: int = LIFETIME) -> None:
        """Give tokens that live `lifetime` seconds by `clock`, drawn by `random`."""
        self._clock = clock
        self._random = random
        self._lifetime = lifetime

    @abstractmethod
    def issue(self, appid: str) -> Grant:
        """Give a new token, as /cgi-bin/token does: it replaces the former one."""

    @abstractmethod
    def stable(self, appid: str) -> Grant:
        """Give the stable token: the same one until its last five minutes."""

    @abstractmethod
    def refresh_stable(self, appid: str) -> Grant | None:
        """Replace the stable token by force; None within 30 s of the last time, and after 20 times a day."""

    @abstractmethod
    def container(self, appid: str) -> Grant:
        """Give a cloudbase_access_token, which lives 30 min and is pushed into containers."""

    @abstractmethod
    def find(self, text: str) -> Token | None:
        """Return a token, whether it still works or not; None for an unknown one."""

    @abstractmethod
    def expire(self, appid: str | None = None) -> int:
        """Let every token of one account, or of all, be expired from now on (42001); return how many."""

    @abstractmethod
    def revoke(self, appid: str | None = None) -> int:
        """Let every token of one account, or of all, be replaced from now on (40001); return how many."""

    @abstractmethod
    def states(self, appid: str | None = None) -> list[TokenState]:
        """Return what is known of the tokens of one account, or of all; the latest of each account first."""

    @abstractmethod
    def reset(self, appid: str | None = None) -> None:
        """Forget all tokens, of one account or of all."""

    @property
    @abstractmethod
    def forced_refreshes(self) -> Counters:
        """How often each account refreshed by force today, to be kept across a restart."""

    @abstractmethod
    def kept(self, appid: str, kind: str) -> KeptSlot | None:
        """Return the tokens of one account and kind, to be kept across a restart; None where there are none."""

    @abstractmethod
    def restore(self, appid: str, kind: str, kept: KeptSlot) -> None:
        """Take back what `kept` gave for one account and kind."""

    def owner(self, text: str, *, container: bool = False) -> str:
        """Return the appid of a token; see `owner_of` for what it raises."""
        return self.owner_of(self.find(text), container=container)

    def owner_of(self, token: Token | None, *, container: bool = False) -> str:
        """Return the appid of what `find` gave.

        `container` asks for a cloudbase_access_token; the kinds are not interchangeable (observed: one sent
        under the other's name gives 40001).

        Raises:
            WeChatError: 40001 for a token that is unknown or was replaced, 42001 for one that expired.
        """
        if token is None:
            raise WeChatError(
                40001,
                reason="this emulator did not give out that access_token since it started: a client that keeps tokens "
                "in a file has an older one. Start with --state DIR, which keeps them here as well, or delete the "
                "client's cache",
            )
        if (token.kind == CONTAINER) != container:
            raise WeChatError(
                40001,
                reason="access_token and cloudbase_access_token are different tokens; the names were swapped",
            )
        if token.works(self._clock.now()):
            return token.appid
        if token.replaced is not None and token.replaced < token.expires:
            raise WeChatError(
                40001,
                reason="the token was replaced by a newer one more than five minutes ago; use stable_token",
            )
        raise WeChatError(42001, reason="the token is older than its expires_in; fetch another before that")

    def appid_of(self, text: str) -> str | None:
        """Return the appid that a token was given to, whether it still works or not; None for an unknown one."""
        token = self.find(text)
        return None if token is None else token.appid

    def _draw(self) -> str:
        number = self._random.randrange(10, 100)
        return f"{number}_" + "".join(self._random.choices(_ALPHABET, k=_TOKEN_CHARACTERS))
