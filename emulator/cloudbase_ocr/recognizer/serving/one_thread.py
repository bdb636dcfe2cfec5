"""Runs work of many threads in a single one, so that memory does not spread over the threads of a server.

The C library keeps freed memory for each thread that took it. A server that answers each connection in a thread of its
own holds what the largest pictures of all of them took: 715 MB after forty pictures, and more after each, against 504.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class _Job(Generic[Result]):
    """A piece of work, and what came of it."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._done = threading.Event()
        self._result: list[Result] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # raised again where it was asked for
            self._error = error
        self._done.set()

    def result(self) -> Result:
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._result[0]


class OneThread:
    """A thread that is started by the first work, and ends with the process or by :meth:`close`."""

    def __init__(self, name: str) -> None:
        """Name the thread; nothing is started yet."""
        self._name = name
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._lock = threading.Lock()

    def run(self, work: Callable[[], Result]) -> Result:
        """Run `work` there, after what others asked for before; return its result, or raise what it raises."""
        job = _Job(work)
        with self._lock:
            if self._closed:
                return work()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._jobs.put(job)  # type: ignore[arg-type]  # jobs give different types
        return job.result()

    def close(self) -> None:
        """Let the thread end when its work is done; what comes later runs where it is asked for."""
        with self._lock:
            self._closed = True
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # its result must not be kept until the next one comes
