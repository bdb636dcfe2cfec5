"""How wrong secrets slow down whoever sends them, without a way to lock somebody else out.

Three counts, by the address that asks and the account that it asks for:

- of one address for one account: the first few wrong secrets cost nothing (somebody mistypes, or has not changed a
  setting yet), from then on the wait doubles. Within the wait no secret is looked at, the right one neither: else the
  wait would not slow a guess down. A right secret ends it all.
- of one address for all accounts, for who tries one secret with many appids. An account that has once been right from
  that address does not wait for it, so strangers behind the same proxy do not lock it out with invented appids.
- of one account from all addresses, for who guesses from many. It never refuses anything by itself, since then anybody
  could lock an account out from afar; while an account is attacked in this way, each address has one guess that costs
  nothing instead of a few. The right secret from an address that has not guessed is always taken.

An own account does not help a guesser: its right secret forgives the wrong ones for itself only. What does not help
either is to wait within a refusal, or to send many at once: secrets are looked at one after the other, and a refused
one is no guess and makes no wait longer.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from cloudbase_ocr.core.errors import WeChatError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from cloudbase_ocr.core.clock import Clock

FREE = 5
"""Wrong secrets of one address for one account that cost nothing."""
FREE_OF_ADDRESS = 20
"""The same of one address for all accounts."""
ATTACKED = 50
"""Wrong secrets for one account from which on it counts as attacked."""
LONGEST = 300.0
"""Seconds that a wait lasts at most."""
FORGOTTEN = 900.0
"""Seconds after the last wrong secret from which on a count begins anew."""
MAX_COUNTS = 10_000
"""Counts that are kept, of each kind; those that were not touched for longest are forgotten first."""

_WRONG, _UNKNOWN_APPID = 40125, 40013
_APPID = re.compile(r"wx[0-9A-Za-z_-]{1,30}")
_IPV6_NETWORK = 64  # what one subscriber has to himself


@dataclass
class _Count:
    wrong: int = 0
    last: float = 0.0
    until: float = 0.0


class _Counts:
    """Counts by key, of a bounded number of keys."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def get(self, key: tuple[str, ...], now: float) -> _Count:
        count = self._counts.get(key)
        return _Count() if count is None or now - count.last >= FORGOTTEN else count

    def add(self, key: tuple[str, ...], free: int | None, now: float) -> _Count:
        """Count one more; beyond `free` the wait doubles with each, None: there is no wait."""
        count = self._counts[key] = self.get(key, now)
        self._counts.move_to_end(key)
        count.wrong, count.last = count.wrong + 1, now
        beyond = 0 if free is None else count.wrong - free
        if beyond > 0:
            count.until = now + min(2.0 ** min(beyond - 1, 30), LONGEST)
        if len(self._counts) > MAX_COUNTS:
            self._counts.popitem(last=False)
        return count

    def forgive(self, key: tuple[str, ...], wrong: int, free: int) -> None:
        """Count so many fewer; what remains beyond `free` still has its wait."""
        count = self._counts.get(key)
        if count is None:
            return
        count.wrong -= wrong
        if count.wrong <= free:
            count.until = 0.0
        if count.wrong <= 0:
            del self._counts[key]

    def drop(self, appid: str | None) -> None:
        self._counts = OrderedDict(
            (key, count) for key, count in self._counts.items() if appid is not None and appid not in key
        )


class Guesses(ABC):
    """Counts wrong secrets, and says who has to wait. Thread-safe."""

    @abstractmethod
    def attempt(self, address: str, appid: str) -> AbstractContextManager[None]:
        """Look at one secret within the block, which raises :class:`WeChatError` when it is wrong.

        Raises:
            WeChatError: 45011 while the address has to wait, whatever the secret. It is what the contract has for a
                caller that is too quick: "must slower retry next minute" is true, and clients do not repeat it at once.
                45009 would end the account's day, and 40125 tell the owner that a right secret is wrong.
        """

    @abstractmethod
    def reset(self, appid: str | None = None) -> None:
        """Forget the counts of one account, or all."""


def too_soon(address: str, appid: str, seconds: float) -> WeChatError:
    """Return what is raised within a wait."""
    return WeChatError(
        45011,
        reason=f"after too many wrong secrets from {address} none is looked at for {ceil(seconds)} s, "
        f"not even the right one; it asked for appid {_shown(appid)}",
    )


def kind_of(error: WeChatError) -> str:
    """Return what a refusal is for the counts: ``wrong``, ``unknown`` (appid), or "" for one that is no guess."""
    return {_WRONG: "wrong", _UNKNOWN_APPID: "unknown"}.get(error.code, "")


def tell(error: WeChatError, address: str, appid: str, seconds: float) -> None:
    """Add to a refusal's reason whose it was, and how long the next one waits."""
    told = f"; the next is looked at in {ceil(seconds)} s" if seconds > 0 else ""
    error.reason = f"{error.reason}: appid {_shown(appid)}, from {address}{told}"


class MemoryGuesses(Guesses):
    """Counts of one emulator."""

    def __init__(self, clock: Clock) -> None:
        """Count by `clock`, with nothing counted."""
        self._clock = clock
        self._pairs, self._addresses, self._accounts = _Counts(), _Counts(), _Counts()
        self._right: OrderedDict[tuple[str, ...], None] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many counts are kept."""
        return len(self._pairs) + len(self._addresses) + len(self._accounts) + len(self._right)

    @contextmanager
    def attempt(self, address: str, appid: str) -> Iterator[None]:
        """See `Guesses`."""
        network = network_of(address)
        with self._lock:
            seconds = self._wait(network, appid)
            if seconds > 0:
                raise too_soon(address, appid, seconds)
            try:
                yield
            except WeChatError as error:
                if kind := kind_of(error):
                    tell(error, address, appid, self._wrong(network, appid, known=kind == "wrong"))
                raise
            self._forgive(network, appid)

    def reset(self, appid: str | None = None) -> None:
        """See `Guesses`."""
        with self._lock:
            self._pairs.drop(appid)
            self._accounts.drop(appid)
            if appid is None:
                self._addresses.drop(None)
                self._right.clear()

    def _wait(self, network: str, appid: str) -> float:
        now = self._clock.monotonic()
        pair = (network, appid)
        until = self._pairs.get(pair, now).until
        if pair not in self._right:
            until = max(until, self._addresses.get((network,), now).until)
        return until - now

    def _wrong(self, network: str, appid: str, *, known: bool) -> float:
        now = self._clock.monotonic()
        counts = [self._addresses.add((network,), FREE_OF_ADDRESS, now)]
        if known:  # invented appids must not push real ones out of the table
            attacked = self._accounts.get((appid,), now).wrong >= ATTACKED
            self._accounts.add((appid,), None, now)
            counts.append(self._pairs.add((network, appid), 1 if attacked else FREE, now))
        return max(count.until for count in counts) - now

    def _forgive(self, network: str, appid: str) -> None:
        pair = (network, appid)
        wrong = self._pairs.get(pair, self._clock.monotonic()).wrong
        if wrong:
            self._pairs.forgive(pair, wrong, FREE)
            self._addresses.forgive((network,), wrong, FREE_OF_ADDRESS)
        self._right[pair] = None
        self._right.move_to_end(pair)
        if len(self._right) > MAX_COUNTS:
            self._right.popitem(last=False)


def _shown(appid: str) -> str:
    """Return an appid for the log; what does not look like one may be a secret in the wrong place."""
    return appid if _APPID.fullmatch(appid) else f"{appid[:2]}***"


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network of a subscriber, who has 2^64 addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), _IPV6_NETWORK), strict=False))
