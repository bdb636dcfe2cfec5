"""Accounts that were changed, for all instances: digests of secrets, never secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudbase_ocr.core.changes import Changes
from cloudbase_ocr.state.shared.connection import DAY, Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.state.accounts import Digests
    from cloudbase_ocr.state.shared.connection import Shared

_ACCOUNTS = "accounts"
_SECONDS = 366 * DAY

_READ = """
typed(KEYS[1], 'hash')
local function digests_of(appid)
  local text = redis.call('HGET', KEYS[1], appid)
  if not text then return nil end
  local ok, digests = pcall(cjson.decode, text)
  local sense = ok and type(digests) == 'table'
  for _, digest in ipairs(sense and digests or {}) do sense = sense and type(digest) == 'string' end
  if sense then return text end
  redis.call('HDEL', KEYS[1], appid)
  bad = bad + 1
end
"""
_GET = Script(
    _ACCOUNTS,
    _READ
    + """
local text = digests_of(ARGV[1])
return {bad, redis.call('HLEN', KEYS[1]), text}
""",
)
_PUT = Script(
    _ACCOUNTS,
    _READ
    + """
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {bad}
""",
)
_ALL = Script(
    _ACCOUNTS,
    _READ
    + """
local found = {0}
for _, appid in ipairs(redis.call('HKEYS', KEYS[1])) do
  local text = digests_of(appid)
  if text then
    found[#found + 1] = appid
    found[#found + 1] = text
  end
end
found[1] = bad
return found
""",
)


class SharedAccountChanges:
    """Changes that all instances know. Thread-safe."""

    def __init__(self, shared: Shared) -> None:
        """Keep them in `shared`."""
        self._shared = shared
        self._hash = shared.key("accounts")
        self.changes: Changes[str] = Changes()

    def get(self, appid: str) -> tuple[Digests | None, bool]:
        """See `AccountChanges`."""
        changed, *found = self._shared.run(_GET, [self._hash], appid.encode("utf-8", "replace"))
        return (tuple(json.loads(found[0])) if found else None), bool(changed)

    def put(self, appid: str, digests: Digests | None) -> None:
        """See `AccountChanges`."""
        text = "" if digests is None else json.dumps(digests)
        self._shared.run(_PUT, [self._hash], appid.encode("utf-8", "replace"), text, _SECONDS)

    def all(self) -> Mapping[str, Digests]:
        """See `AccountChanges`."""
        items = self._shared.run(_ALL, [self._hash])
        return {
            appid.decode("utf-8", "replace"): tuple(json.loads(text))
            for appid, text in zip(items[::2], items[1::2], strict=True)
        }
