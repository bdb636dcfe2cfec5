"""Which keys of a store changed, so that who keeps it on disk need not compare all of it."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Key = TypeVar("Key")


class Changes(Generic[Key]):
    """Keys that were set or removed since they were last taken. Thread-safe.

    Nothing is noted before the first `take`: without anybody who asks, the notes would only grow.
    """

    def __init__(self) -> None:
        """Note nothing yet."""
        self._keys: set[Key] | None = None
        self._lock = threading.Lock()

    def note(self, *keys: Key) -> None:
        """Note that keys were set or removed: under the lock that guards the values, or after the change."""
        with self._lock:
            if self._keys is not None:
                self._keys.update(keys)

    def take(self) -> set[Key]:
        """Return what was noted since the last time, and forget it; from now on, changes are noted."""
        with self._lock:
            keys, self._keys = self._keys, set()
            return keys or set()
