"""Files that instances share: fewer and less of them than in memory, and for a week."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from cloudbase_ocr.core.changes import Changes
from cloudbase_ocr.state.files import FULL, MAX_AGE_SECONDS, Key, ListedFile, StorageError, StoredFile
from cloudbase_ocr.state.shared.connection import DAY, Script

if TYPE_CHECKING:
    from random import Random

    from cloudbase_ocr.state.shared.connection import Shared

MAX_TOTAL_BYTES = 128 * 1024 * 1024
MAX_FILES = 1_000
_KEY_SECONDS = 366 * DAY

_FILES = "files"
# KEYS: hash of sizes, index by end. What has ended is taken out by the time of the server, which ends the files, too.
_TRIM = """
typed(KEYS[1], 'hash')
typed(KEYS[2], 'zset')
local now = tonumber(redis.call('TIME')[1])
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('ZREM', KEYS[2], key)
  redis.call('HDEL', KEYS[1], key)
end
"""
# KEYS also: the file. ARGV: content type, bytes, how long they are kept, bytes and files at most, bucket and path.
_PUT = Script(
    _FILES,
    _TRIM
    + """
typed(KEYS[3], 'hash')
local used, count = #ARGV[2], 1
for _, key in ipairs(redis.call('HKEYS', KEYS[1])) do
  if key ~= KEYS[3] then used, count = used + (number_in(KEYS[1], key) or 0), count + 1 end
end
if used > tonumber(ARGV[4]) or count > tonumber(ARGV[5]) then return {bad, 0} end
redis.call('HSET', KEYS[3], 'type', ARGV[1], 'data', ARGV[2], 'name', ARGV[6])
redis.call('HSET', KEYS[1], KEYS[3], #ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[3], KEYS[3])
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[3]) end
return {bad, 1}
""",
)
_GET = Script(
    _FILES,
    """
typed(KEYS[1], 'hash')
local found = redis.call('HMGET', KEYS[1], 'type', 'data')
if found[1] and found[2] then return {bad, found[1], found[2]} end
return {bad}
""",
)
_DELETE = Script(
    _FILES,
    _TRIM
    + """
redis.call('ZREM', KEYS[2], KEYS[3])
redis.call('HDEL', KEYS[1], KEYS[3])
return {bad, redis.call('DEL', KEYS[3])}
""",
)
_CLEAR = Script(
    _FILES,
    _TRIM
    + """
for _, key in ipairs(redis.call('HKEYS', KEYS[1])) do redis.call('DEL', key) end
redis.call('DEL', KEYS[1], KEYS[2])
return {bad}
""",
)
# The end tells the order. Files of an older version have no name, and are left out for the week that they live.
_LIST = Script(
    _FILES,
    _TRIM
    + """
local found = {0}
for _, key in ipairs(redis.call('ZREVRANGE', KEYS[2], 0, -1)) do
  local one = redis.call('HMGET', key, 'name', 'type')
  if one[1] and one[2] then table.insert(found, {one[1], one[2], number_in(KEYS[1], key) or 0}) end
end
found[1] = bad
return found
""",
)
_COUNT = Script(_FILES, _TRIM + "return {bad, redis.call('HLEN', KEYS[1])}")
# ARGV: the key that is proposed, whether it takes the place of one that is there, how long it is kept.
_SIGN = Script(
    "signing keys",
    """
typed(KEYS[1], 'string')
if ARGV[2] == '1' or redis.call('STRLEN', KEYS[1]) == 0 then redis.call('SET', KEYS[1], ARGV[1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {bad, redis.call('GET', KEYS[1])}
""",
)


class SharedObjects:
    """Files in what instances share. Thread-safe."""

    def __init__(
        self, shared: Shared, random: Random, max_bytes: int = MAX_TOTAL_BYTES, max_files: int = MAX_FILES
    ) -> None:
        """Hold at most `max_bytes` in at most `max_files` files, all instances together."""
        self._shared = shared
        self._proposed = random.randbytes(32)
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._index = [shared.key("file-sizes"), shared.key("file-ends")]
        self.changes: Changes[Key] = Changes()

    def put(self, key: Key, file: StoredFile) -> None:
        """See `Objects`."""
        (stored,) = self._shared.run(
            _PUT,
            [*self._index, self._key(key)],
            *(file.content_type, file.data, MAX_AGE_SECONDS, self._max_bytes, self._max_files),
            json.dumps(key),
        )
        if not stored:
            raise StorageError(FULL)

    def get(self, key: Key) -> StoredFile | None:
        """See `Objects`."""
        found = self._shared.run(_GET, [self._key(key)])
        return StoredFile(found[1], found[0].decode("latin-1")) if found else None

    def delete(self, key: Key) -> bool:
        """See `Objects`."""
        (deleted,) = self._shared.run(_DELETE, [*self._index, self._key(key)])
        return bool(deleted)

    def clear(self) -> None:
        """See `Objects`."""
        self._shared.run(_CLEAR, self._index)

    def listed(self) -> list[ListedFile]:
        """See `Objects`."""
        found = self._shared.run(_LIST, self._index)
        return [
            ListedFile(tuple(json.loads(key)), int(size), type_.decode("latin-1"))
            for key, type_, size in found
        ]

    def signing_key(self, proposed: bytes | None = None) -> bytes:
        """See `Objects`."""
        replaces = "0" if proposed is None else "1"
        (key,) = self._shared.run(
            _SIGN,
            [self._shared.key("signing-key")],
            *(self._proposed if proposed is None else proposed, replaces, _KEY_SECONDS),
        )
        return bytes(key)

    def __len__(self) -> int:
        """See `Objects`."""
        (count,) = self._shared.run(_COUNT, self._index)
        return int(count)

    def _key(self, key: Key) -> str:
        return self._shared.key("file", hashlib.sha256(json.dumps(key).encode()).hexdigest())
