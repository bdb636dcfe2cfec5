"""Quotas that instances share: a hash for each period, so that a period's end is its time to live."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudbase_ocr.core.changes import Changes
from cloudbase_ocr.core.counters import UNLIMITED
from cloudbase_ocr.state.quotas import PERIODS
from cloudbase_ocr.state.shared.connection import DAY, Script

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.core.counters import Counters, Key
    from cloudbase_ocr.state.quotas import Limits, Period
    from cloudbase_ocr.state.shared.connection import Shared

_SECONDS: Mapping[Period, int] = {"minute": 180, "day": 2 * DAY, "month": 32 * DAY}
"""How long a period's counts are kept: a little longer than it lasts, whatever the clocks of the instances show."""
_LIMITS_SECONDS = 366 * DAY

_QUOTAS = "quotas"
TAKE_LIBRARY = """
local function take(key, field, limit, seconds)
  typed(key, 'hash')
  local used = number_in(key, field) or 0
  if used >= limit then return false end
  redis.call('HSET', key, field, string.format('%.0f', used + 1))
  if redis.call('TTL', key) < 0 then redis.call('EXPIRE', key, seconds) end
  return true
end
"""
_TAKE = Script(
    _QUOTAS,
    TAKE_LIBRARY
    + """
local taken = take(KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3])
return {bad, taken and 1 or 0}
""",
)
_GIVE_BACK = Script(
    _QUOTAS,
    """
typed(KEYS[1], 'hash')
local used = number_in(KEYS[1], ARGV[1])
if used and used > 0 then redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', used - 1)) end
return {bad}
""",
)
_USED = Script(
    _QUOTAS,
    """
typed(KEYS[1], 'hash')
return {bad, string.format('%.0f', number_in(KEYS[1], ARGV[1]) or -1)}
""",
)
_PUT = Script(
    _QUOTAS,
    """
typed(KEYS[1], 'hash')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
return {bad}
""",
)
_CLEAR = Script(
    _QUOTAS,
    """
typed(KEYS[1], 'hash')
if ARGV[1] == '' then redis.call('DEL', KEYS[1]) return {bad} end
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  local head = string.sub(field, 1, #ARGV[1] + 1)
  if head == ARGV[1] .. ',' or head == ARGV[1] .. ']' then redis.call('HDEL', KEYS[1], field) end
end
return {bad}
""",
)
_ALL = Script(
    _QUOTAS,
    """
typed(KEYS[1], 'hash')
local found = {0}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  local number = number_in(KEYS[1], field)
  local ok, key = pcall(cjson.decode, field)
  if not (ok and type(key) == 'table') then
    redis.call('HDEL', KEYS[1], field) bad = bad + 1
  elseif number then
    found[#found + 1] = field
    found[#found + 1] = string.format('%.0f', number)
  end
end
found[1] = bad
return found
""",
)
_DELETE = Script(_QUOTAS, "typed(KEYS[1], 'hash') redis.call('HDEL', KEYS[1], ARGV[1]) return {bad}")


class SharedCounters:
    """Counts per key of the present period. Thread-safe, and atomic over all instances."""

    def __init__(self, shared: Shared, name: str, clock: Clock, period: Period) -> None:
        """Count under `name` by `clock`."""
        self._shared = shared
        self._name = name
        self._clock = clock
        self._period = PERIODS[period]
        self.seconds = _SECONDS[period]
        self.changes: Changes[Key] = Changes()

    def take(self, key: Key, limit: int) -> int | None:
        """See `Counters`."""
        period = self._now()
        (taken,) = self._shared.run(
            _TAKE, [self.hash_of(period)], field_of(key), limit or UNLIMITED, self.seconds
        )
        return period if taken else None

    def give_back(self, key: Key, period: int) -> None:
        """See `Counters`."""
        self._shared.run(_GIVE_BACK, [self.hash_of(period)], field_of(key))

    def used(self, key: Key) -> int:
        """See `Counters`."""
        return max(self._count(key), 0)

    def put(self, key: Key, used: int) -> None:
        """See `Counters`."""
        self.restore(key, self._now(), used)

    def clear(self, *prefix: str) -> None:
        """See `Counters`."""
        self._shared.run(_CLEAR, [self.hash_of()], field_of(prefix)[:-1] if prefix else "")

    def counts(self) -> dict[Key, int]:
        """See `Counters`."""
        return _pairs(self._shared.run(_ALL, [self.hash_of()]))

    def kept(self, key: Key) -> tuple[int, int] | None:
        """See `Counters`."""
        count = self._count(key)
        return None if count < 0 else (self._now(), count)

    def restore(self, key: Key, period: int, used: int) -> None:
        """See `Counters`."""
        if period == self._now():
            self._shared.run(_PUT, [self.hash_of(period)], field_of(key), used, self.seconds)

    def hash_of(self, period: int | None = None) -> str:
        """Return the key of a period's hash, by default of the present one's."""
        return self._shared.key("count", self._name, str(self._now() if period is None else period))

    def _count(self, key: Key) -> int:
        (count,) = self._shared.run(_USED, [self.hash_of()], field_of(key))
        return int(count)

    def _now(self) -> int:
        return self._period(self._clock.now())


class SharedLimits:
    """Limits of single accounts. Thread-safe."""

    def __init__(self, shared: Shared) -> None:
        """Keep them in `shared`."""
        self._shared = shared
        self._hash = shared.key("limits")
        self.changes: Changes[Key] = Changes()

    def get(self, key: Key) -> int | None:
        """See `Limits`."""
        (limit,) = self._shared.run(_USED, [self._hash], field_of(key))
        return None if int(limit) < 0 else int(limit)

    def put(self, key: Key, limit: int | None) -> None:
        """See `Limits`."""
        if limit is None:
            self._shared.run(_DELETE, [self._hash], field_of(key))
        else:
            self._shared.run(_PUT, [self._hash], field_of(key), limit, _LIMITS_SECONDS)

    def known(self) -> Collection[Key]:
        """See `Limits`."""
        return _pairs(self._shared.run(_ALL, [self._hash])).keys()


class SharedCounterStores:
    """Counts in what instances share."""

    def __init__(self, shared: Shared) -> None:
        """Count in `shared`."""
        self._shared = shared

    def counters(self, name: str, clock: Clock, period: Period) -> Counters:
        """See `CounterStores`."""
        return SharedCounters(self._shared, name, clock, period)

    def limits(self) -> Limits:
        """See `CounterStores`."""
        return SharedLimits(self._shared)


def field_of(key: Key) -> str:
    """Return the field of a key in a hash."""
    return json.dumps(key, separators=(",", ":"))


def _pairs(items: list[bytes]) -> dict[Key, int]:
    return {
        tuple(map(str, json.loads(field))): int(number)
        for field, number in zip(items[::2], items[1::2], strict=True)
    }
