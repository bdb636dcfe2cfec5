"""Threads that requests run in: made when they are needed, used again, and gone when they have had nothing to do."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[], None]

_IDLE_SECONDS = 1.0


class Workers:
    """Runs jobs at once, each in a thread; how many there may be is the caller's to say.

    The threads are daemons, unlike those of ``concurrent.futures``: a request that never ends keeps no program from
    ending.
    """

    def __init__(self, name: str) -> None:
        """Start nothing yet; threads will have this name."""
        self._name = name
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0

    def run(self, job: Job) -> None:
        """Run a job, which must not raise anything.

        Raises:
            RuntimeError: the system has no thread left.
        """
        with self._lock:
            has_idle = self._idle > 0
            self._idle -= has_idle
        if has_idle:
            self._jobs.put(job)
        else:
            threading.Thread(target=self._work, args=(job,), name=self._name, daemon=True).start()

    def close(self) -> None:
        """Let the threads go that have nothing to do; the others go when they are idle."""
        with self._lock:
            idle, self._idle = self._idle, 0
        for _ in range(idle):
            self._jobs.put(None)

    def _work(self, job: Job | None) -> None:
        while job is not None:
            job()
            with self._lock:
                self._idle += 1
            job = self._next()

    def _next(self) -> Job | None:
        """Return the next job, or None when none has come for a while."""
        while True:
            with suppress(queue.Empty):
                return self._jobs.get(timeout=_IDLE_SECONDS)
            with self._lock:
                # None is idle: whoever counted this one has a job on the way.
                if self._idle:
                    self._idle -= 1
                    return None
