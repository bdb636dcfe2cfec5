"""How often an account may call: the OCR pack (101003) and the platform's own limits (45009, 45011, 48006).

The OCR quota is ruling R26: documented is "100 a day"; that it counts per appid and method, turns over at
midnight in Asia/Shanghai and leaves failed calls uncounted is a guess, and each of these can be set. The
platform's limits are those of the token pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from cloudbase_ocr.core.changes import Changes
from cloudbase_ocr.core.clock import minute, shanghai_day, shanghai_month
from cloudbase_ocr.core.counters import UNLIMITED, MemoryCounters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.core.counters import Counters, Key
    from cloudbase_ocr.settings import Scope

TOKEN_CALLS_PER_DAY = 2_000
STABLE_TOKEN_CALLS_PER_MINUTE = 10_000
STABLE_TOKEN_CALLS_PER_DAY = 500_000
CLEARINGS_PER_MONTH = 10

PLATFORM_LIMITS = {
    "/cgi-bin/token": TOKEN_CALLS_PER_DAY,
    "/cgi-bin/stable_token": STABLE_TOKEN_CALLS_PER_DAY,
}


@dataclass(frozen=True)
class Usage:
    """The state of one daily limit; a `limit` of 0 means there is none."""

    limit: int
    used: int

    @property
    def remain(self) -> int:
        """Calls that are left today; 0 when there is no limit."""
        return max(self.limit - self.used, 0)


class Limits(Protocol):
    """Limits of single accounts, by (appid, method) or (appid,). Thread-safe."""

    changes: Changes[Key]
    """The keys whose limit is another."""

    def get(self, key: Key) -> int | None:
        """Return the limit of a key; None: it has the common one."""

    def put(self, key: Key, limit: int | None) -> None:
        """Give a key a limit of its own; None: the common one again."""

    def known(self) -> Collection[Key]:
        """Return the keys that have a limit of their own."""


class MemoryLimits:
    """Limits of one emulator."""

    def __init__(self) -> None:
        """Hold none yet."""
        self._limits: dict[Key, int] = {}
        self.changes: Changes[Key] = Changes()

    def get(self, key: Key) -> int | None:
        """See `Limits`."""
        return self._limits.get(key)

    def put(self, key: Key, limit: int | None) -> None:
        """See `Limits`."""
        if limit is None:
            self._limits.pop(key, None)
        else:
            self._limits[key] = limit
        self.changes.note(key)

    def known(self) -> Collection[Key]:
        """See `Limits`."""
        return tuple(self._limits)


Period = Literal["day", "minute", "month"]
PERIODS: dict[Period, Callable[[float], int]] = {
    "day": shanghai_day,
    "minute": minute,
    "month": shanghai_month,
}


class CounterStores(Protocol):
    """Makes what quotas are counted in."""

    def counters(self, name: str, clock: Clock, period: Period) -> Counters:
        """Return the counters of this name."""

    def limits(self) -> Limits:
        """Return the limits of single accounts."""


class MemoryCounterStores:
    """Counts in memory."""

    def counters(self, name: str, clock: Clock, period: Period) -> Counters:  # noqa: ARG002 - as in CounterStores
        """See `CounterStores`."""
        return MemoryCounters(clock, PERIODS[period])

    def limits(self) -> Limits:
        """See `CounterStores`."""
        return MemoryLimits()


class Quotas:
    """The OCR quota of every account, and the platform's limits."""

    def __init__(
        self,
        clock: Clock,
        limit: int = 100,
        scope: Scope = "method",
        count_failures: bool = False,
        stores: CounterStores | None = None,
    ) -> None:
        """Allow `limit` OCR calls a day for each appid and method, or for each appid; 0 switches it off.

        Without `stores`, what is counted stays in memory.
        """
        if limit < 0:
            raise ValueError(f"a quota of {limit} calls a day makes no sense; 0 switches the quota off")
        self.limit = limit
        self.scope = scope
        self.count_failures = count_failures
        stores = stores or MemoryCounterStores()
        self._ocr = stores.counters("ocr", clock, "day")
        self._daily = stores.counters("daily", clock, "day")
        self._minutes = stores.counters("minute", clock, "minute")
        self._monthly = stores.counters("monthly", clock, "month")
        self._limits = stores.limits()

    def reserve(self, appid: str, method: str) -> int | None:
        """Take one OCR call and return a receipt for `release`, or None when the day's quota is used up.

        Taken before the picture is read, so that parallel calls cannot pass the limit together.
        """
        key = self._key(appid, method)
        return self._ocr.take(key, self._limit(key))

    def release(self, appid: str, method: str, receipt: int) -> None:
        """Give back a call that did not count after all."""
        self._ocr.give_back(self._key(appid, method), receipt)

    def usage(self, appid: str, method: str) -> Usage:
        """Return what an account has used of its OCR quota today."""
        return Usage(self.limit_of(appid, method), self._ocr.used(self._key(appid, method)))

    def limit_of(self, appid: str, method: str) -> int:
        """Return how many OCR calls a day an account has; 0: as many as it likes."""
        return self._limit(self._key(appid, method))

    def set_limit(self, appid: str, method: str, limit: int) -> None:
        """Give one account a limit of its own, for tests; it stays until `clear_limits` or `reset`."""
        self.restore_limit(self._key(appid, method), limit)

    def clear_limits(self, appid: str, method: str) -> None:
        """Give an account the common limit again."""
        self._limits.put(self._key(appid, method), None)

    def set_used(self, appid: str, method: str, used: int) -> None:
        """Set what counts as used today, for tests."""
        self._ocr.put(self._key(appid, method), used)

    def exhaust(self, appid: str, method: str) -> None:
        """Use up the rest of today, for tests; also where there is no limit."""
        self._ocr.put(self._key(appid, method), self.limit_of(appid, method) or UNLIMITED)

    def exhaust_platform(self, appid: str, path: str) -> None:
        """Use up today's calls of an interface of the platform, for tests; `path` is one of PLATFORM_LIMITS."""
        self._daily.put((appid, path), PLATFORM_LIMITS[path])

    def take_token_call(self, appid: str) -> bool:
        """Count a call of /cgi-bin/token; False when the day's 2000 are used up."""
        return self._daily.take((appid, "/cgi-bin/token"), TOKEN_CALLS_PER_DAY) is not None

    def take_stable_token_call(self, appid: str) -> Literal["ok", "minute", "day"]:
        """Count a call of /cgi-bin/stable_token; the answer names the limit that is reached, if one is."""
        if self._minutes.take((appid, "stable"), STABLE_TOKEN_CALLS_PER_MINUTE) is None:
            return "minute"
        if self._daily.take((appid, "/cgi-bin/stable_token"), STABLE_TOKEN_CALLS_PER_DAY) is None:
            return "day"
        return "ok"

    def platform_usage(self, appid: str, path: str) -> Usage | None:
        """Return the state of a platform limit, or None when the path has none."""
        limit = PLATFORM_LIMITS.get(path)
        return None if limit is None else Usage(limit, self._daily.used((appid, path)))

    def clear_platform(self, appid: str) -> bool:
        """Forget an account's platform counts, as /cgi-bin/clear_quota does; False after 10 in a month."""
        if self._monthly.take((appid, "clear"), CLEARINGS_PER_MONTH) is None:
            return False
        for path in PLATFORM_LIMITS:
            self._daily.clear(appid, path)
        self._minutes.clear(appid)
        return True

    def clear_ocr(self, appid: str) -> None:
        """Forget what an account has used of its OCR quota today."""
        self._ocr.clear(appid)

    @property
    def counters(self) -> dict[str, Counters]:
        """The counters by name, to be kept across a restart."""
        return {"ocr": self._ocr, "daily": self._daily, "minute": self._minutes, "monthly": self._monthly}

    @property
    def changed_limits(self) -> Changes[Key]:
        """The keys whose `own_limit` is another."""
        return self._limits.changes

    def own_limit(self, key: Key) -> int | None:
        """Return the limit that was set for one account, to be kept across a restart; None: it has the common one."""
        return self._limits.get(key)

    def restore_limit(self, key: Key, limit: int) -> None:
        """Take back an `own_limit`."""
        self._limits.put(key, limit)

    def changed(self) -> list[Key]:
        """Return the OCR quotas that have a limit of their own or are used up: (appid, method) or (appid,)."""
        used_up = [
            key for key, used in self._ocr.counts().items() if used >= (self.limit_of(*key) or UNLIMITED)
        ]
        return list(dict.fromkeys((*self._limits.known(), *used_up)))

    def reset(self, appid: str | None = None) -> None:
        """Bring back what a fresh start has, for one account or for all."""
        prefix = () if appid is None else (appid,)
        for key in [key for key in self._limits.known() if key[: len(prefix)] == prefix]:
            self._limits.put(key, None)
        for counters in (self._ocr, self._daily, self._minutes, self._monthly):
            counters.clear(*prefix)

    def _limit(self, key: Key) -> int:
        own = self._limits.get(key)
        return self.limit if own is None else own

    def _key(self, appid: str, method: str) -> tuple[str, ...]:
        return (appid, method) if self.scope == "method" else (appid,)
