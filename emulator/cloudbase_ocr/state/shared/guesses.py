"""Wrong secrets, counted over all instances: who waits at one, waits at all."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudbase_ocr.core.errors import StateAwayError, WeChatError
from cloudbase_ocr.state.guesses import (
    ATTACKED,
    FORGOTTEN,
    FREE,
    FREE_OF_ADDRESS,
    LONGEST,
    Guesses,
    kind_of,
    network_of,
    tell,
    too_soon,
)
from cloudbase_ocr.state.shared.connection import DAY, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.state.shared.connection import Shared

_GUESSES = "counts of wrong secrets"
_RIGHT_SECONDS = 30 * DAY

# KEYS: counts of address and account, of the address, of the account; whether they were right; keys of the account.
# ARGV: now, what came of it, FREE, FREE_OF_ADDRESS, ATTACKED, LONGEST, FORGOTTEN, seconds to keep who was right.
_ATTEMPT = Script(
    _GUESSES,
    """
local now, outcome = tonumber(ARGV[1]), ARGV[2]
local free, free_of_address, attacked = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local longest, forgotten = tonumber(ARGV[6]), tonumber(ARGV[7])
local function get(key)
  typed(key, 'hash')
  local last = number_in(key, 'last')
  if last and now - last < forgotten then
    return {wrong = number_in(key, 'wrong') or 0, till = number_in(key, 'till') or 0}
  end
  return {wrong = 0, till = 0}
end
local function put(key, count)
  redis.call('HSET', key, 'wrong', count.wrong, 'last', string.format('%.3f', now), 'till',
    string.format('%.3f', count.till))
  redis.call('EXPIRE', key, math.ceil(forgotten))
end
local function add(key, allowed)
  local count = get(key)
  count.wrong = count.wrong + 1
  local beyond = allowed and count.wrong - allowed or 0
  if beyond > 0 then count.till = now + math.min(2 ^ math.min(beyond - 1, 30), longest) end
  put(key, count)
  return count.till
end
local function forgive(key, wrong, allowed)
  local count = get(key)
  count.wrong = count.wrong - wrong
  if count.wrong <= allowed then count.till = 0 end
  if count.wrong <= 0 then redis.call('DEL', key) else put(key, count) end
end
local till = get(KEYS[1]).till
typed(KEYS[4], 'string')
if redis.call('EXISTS', KEYS[4]) == 0 then till = math.max(till, get(KEYS[2]).till) end
if till > now then return {bad, 'wait', math.ceil(till - now)} end
if outcome == 'right' then
  local wrong = get(KEYS[1]).wrong
  if wrong > 0 then
    forgive(KEYS[1], wrong, free)
    forgive(KEYS[2], wrong, free_of_address)
  end
  redis.call('SET', KEYS[4], '1', 'EX', ARGV[8])
  typed(KEYS[5], 'set')
  redis.call('SADD', KEYS[5], KEYS[1], KEYS[4])
  redis.call('EXPIRE', KEYS[5], ARGV[8])
  return {bad, 'told', 0}
end
till = 0
if outcome == 'wrong' or outcome == 'unknown' then till = add(KEYS[2], free_of_address) end
if outcome == 'wrong' then
  local is_attacked = get(KEYS[3]).wrong >= attacked
  add(KEYS[3], nil)
  till = math.max(till, add(KEYS[1], is_attacked and 1 or free))
  typed(KEYS[5], 'set')
  redis.call('SADD', KEYS[5], KEYS[1], KEYS[3])
  if redis.call('TTL', KEYS[5]) < forgotten then redis.call('EXPIRE', KEYS[5], math.ceil(forgotten)) end
end
return {bad, 'told', math.ceil(math.max(till - now, 0))}
""",
)
_FORGET = Script(
    _GUESSES,
    """
typed(KEYS[1], 'set')
for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do redis.call('DEL', key) end
redis.call('DEL', KEYS[1])
return {bad}
""",
)


class SharedGuesses(Guesses):
    """Counts in what instances share. The secret is looked at first, and the answer decided by one script."""

    def __init__(self, shared: Shared, clock: Clock) -> None:
        """Count in `shared` by `clock`."""
        self._shared = shared
        self._clock = clock

    @contextmanager
    def attempt(self, address: str, appid: str) -> Iterator[None]:
        """See `Guesses`."""
        refused = None
        try:
            yield
        except StateAwayError:
            raise
        except WeChatError as error:
            refused = error
        outcome = "right" if refused is None else kind_of(refused)
        how, seconds = self._count(network_of(address), appid, outcome)
        if how == b"wait":
            raise too_soon(address, appid, seconds) from None
        if refused is not None:
            if outcome:
                tell(refused, address, appid, seconds)
            raise refused

    def reset(self, appid: str | None = None) -> None:
        """See `Guesses`."""
        if appid is None:
            self._shared.forget("guess")
        else:
            self._shared.run(_FORGET, [self._key("of", appid)])

    def _count(self, network: str, appid: str, outcome: str) -> tuple[bytes, int]:
        how, seconds = self._shared.run(
            _ATTEMPT,
            [
                self._key("pair", network, appid),
                self._key("address", network),
                self._key("account", appid),
                self._key("right", network, appid),
                self._key("of", appid),
            ],
            *(self._clock.now(), outcome, FREE, FREE_OF_ADDRESS, ATTACKED, LONGEST, FORGOTTEN),
            _RIGHT_SECONDS,
        )
        return how, int(seconds)

    def _key(self, kind: str, *names: str) -> str:
        """Return a key; an appid may be anything that somebody sent, and a secret in the wrong place."""
        whole = "\0".join(names).encode("utf-8", "replace")
        return self._shared.key("guess", kind, hashlib.sha256(whole).hexdigest()[:32])
