"""The connection to what instances share: scripts run there, and what to do while it is away."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.errors import StateAwayError
from cloudbase_ocr.state.shared.place import client_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from redis import Redis

PREFIX = "cloudbase-ocr:"
VERSION = "1"
"""Of the values; keys of another version have another prefix, and are never read."""
VERSIONS = PREFIX + "versions"
DAY = 86400
_VERSIONS_SECONDS = 30 * DAY

# Each script begins with it. `bad` counts values that make no sense; whoever finds one deletes it.
_LIBRARY = """
local bad = 0
local function typed(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= kind then redis.call('DEL', key) bad = bad + 1 end
end
local function number_in(key, field)
  local text = redis.call('HGET', key, field)
  if not text then return nil end
  local number = tonumber(text)
  if not number or number ~= number or number < 0 then
    redis.call('HDEL', key, field) bad = bad + 1
    return nil
  end
  return number
end
"""


class Script:
    """One operation, which nothing comes in between of. It returns an array whose first item is `bad`."""

    def __init__(self, name: str, text: str) -> None:
        """Name what it is about for people, such as ``tokens``."""
        self.name = name
        self.text = _LIBRARY + text
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Shared:
    """Runs scripts in Redis or Valkey. Thread-safe.

    While it is away each call fails at once, or after less than a second; one line tells of the beginning, one of the
    end. Nothing is sent a second time: it might be counted twice. `done` and `failed` count operations.
    """

    def __init__(self, url: str, warn: Callable[[str], None]) -> None:
        """Use the place that `url` names; nothing is connected yet.

        Raises:
            StateURLError: see `client_of`.
        """
        self.place = shown(url)
        self._client: Redis = client_of(url)
        self._warn = warn
        self._lock = threading.Lock()
        self._away_since: float | None = None
        self._told: set[str] = set()
        self._checked = False
        self.done = self.failed = 0

    @property
    def away(self) -> bool:
        """Whether it was not reached the last time."""
        return self._away_since is not None

    def key(self, *parts: str) -> str:
        """Return the key of something."""
        return f"{PREFIX}{VERSION}:{':'.join(parts)}"

    def run(self, script: Script, keys: Iterable[str] = (), *values: str | bytes | float) -> list[Any]:
        """Run a script, and return what it does after `bad`.

        Raises:
            StateAwayError: it is not reached, or it refuses.
        """
        arguments = (*keys, *values)
        count = len(arguments) - len(values)
        found: list[Any]
        bad, *found = self._reach(lambda: self._evaluate(script, count, arguments))
        if bad:
            self._tell_once(script.name)
        return found

    def forget(self, *parts: str) -> None:
        """Delete everything whose key begins so, bit by bit: for what is reset by hand.

        Raises:
            StateAwayError: it is not reached.
        """

        def work() -> None:
            for key in self._client.scan_iter(match=self.key(*parts, "*"), count=1000):
                self._client.unlink(key)

        self._reach(work)

    def ping(self) -> bool:
        """Tell whether it is reached now."""
        try:
            self._reach(self._client.ping)
        except StateAwayError:
            return False
        return True

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _evaluate(self, script: Script, count: int, arguments: tuple[Any, ...]) -> Any:
        from redis.exceptions import NoScriptError

        try:
            return self._client.evalsha(script.digest, count, *arguments)
        except NoScriptError:  # it has not run; a Redis that was started again knows none
            self._client.script_load(script.text)
            return self._client.evalsha(script.digest, count, *arguments)

    def _reach(self, work: Callable[[], Any]) -> Any:
        from redis.exceptions import RedisError

        try:
            if not self._checked:
                self._check_versions()
            found = work()
        except (RedisError, OSError) as error:
            with self._lock:
                self.failed += 1
            self._is_away(error)
            raise StateAwayError from error
        with self._lock:
            self.done += 1
        if self._away_since is not None:
            self._is_back()
        return found

    def _is_away(self, error: Exception) -> None:
        with self._lock:
            first, self._away_since = self._away_since is None, self._away_since or time.monotonic()
        if first:
            self._warn(
                f"{self.place}, where the state is, is not reached: {_reason(error)}. See that it runs, and that "
                "--state names it. Calls are answered with -1 until it is reached; nothing has to be started again."
            )

    def _is_back(self) -> None:
        with self._lock:
            since, self._away_since = self._away_since, None
        if since is not None:
            self._warn(f"{self.place} is reached again, after {time.monotonic() - since:.1f} s.")

    def _check_versions(self) -> None:
        pipeline = self._client.pipeline(transaction=False)
        pipeline.sadd(VERSIONS, VERSION)
        pipeline.expire(VERSIONS, _VERSIONS_SECONDS)
        pipeline.smembers(VERSIONS)
        *_, members = pipeline.execute(raise_on_error=False)
        self._checked = True
        others = sorted(_texts(members)) if isinstance(members, (set, list)) else []
        if others:
            self._warn(
                f"{self.place} holds state of version {', '.join(others)}, too, which is left out: this emulator reads "
                f"version {VERSION}."
            )

    def _tell_once(self, name: str) -> None:
        with self._lock:
            first = name not in self._told
            self._told.add(name)
        if first:
            self._warn(f"{self.place}: {name} that make no sense are left out. It is told once.")


def _texts(members: Iterable[bytes]) -> Iterator[str]:
    for member in members:
        text = member.decode("ascii", "replace")
        if text != VERSION:
            yield text[:20]


def _reason(error: Exception) -> str:
    """Return what went wrong in one line; redis-py names host and port, and never a password."""
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
