"""The same facade as `Recognizer`, with the reading done in other processes: a crash there costs one answer."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.errors import TookTooLong, WorkerLost
from cloudbase_ocr.recognizer.installed import require_installed
from cloudbase_ocr.recognizer.ocr.cpu import cores
from cloudbase_ocr.recognizer.ocr.weights import DEFAULT_NAME
from cloudbase_ocr.recognizer.serving.admission import Admission
from cloudbase_ocr.recognizer.serving.process import NeverAsked, WorkerProcess, WorkerSettings
from cloudbase_ocr.recognizer.serving.service import (
    COLD,
    FAILED,
    LIMIT,
    LOADING,
    QUEUE,
    READY,
    TIMEOUT,
    Status,
)

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.evidence import Explanation
    from cloudbase_ocr.recognizer.ocr.weights import Weights


class WorkerRecognizer:
    """Reads documents from photos in `workers` child processes, each with an engine of its own.

    Processes are started by `warm`, or when pictures come. One that crashes is replaced; its picture is answered
    with `WorkerLost`. One that takes longer than `limit` is killed. `threads` is for each worker, by default its
    share of the cores; `memory` is in megabytes for each (not on Windows). The rest is as for `Recognizer`.
    """

    def __init__(
        self,
        workers: int,
        threads: int | None = None,
        max_pixels: int = MAX_PIXELS,
        *,
        queue: int = QUEUE,
        timeout: float = TIMEOUT,
        limit: float | None = LIMIT,
        memory: int | None = None,
        shared: bool = False,
        weights: Weights | None = None,
    ) -> None:
        """Keep the settings; no process is started yet. `weights` are those of the user's choice, or None."""
        folder = str(weights.folder) if weights and weights.folder else None
        self._settings = WorkerSettings(
            threads or max(1, cores() // workers), max_pixels, limit, memory, folder
        )
        self._weights = weights.name if weights else DEFAULT_NAME
        self._count = workers
        self._admission = Admission(workers, queue, timeout, shared=shared)
        # The last one used comes first, so that no more processes run than are needed at a time.
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._lock = threading.Lock()
        self._state, self._message = COLD, ""
        self._restarts = 0

    @property
    def methods(self) -> frozenset[str]:
        """Keys of the methods that can be read from pixels."""
        return frozenset(READERS)

    @property
    def pids(self) -> tuple[int, ...]:
        """The IDs of the processes that run."""
        with self._lock:
            return tuple(worker.pid for worker in (*self._idle, *self._busy))

    def status(self) -> Status:
        """Tell what the recognizer is doing."""
        with self._lock:
            stages = [worker.stage for worker in self._busy if worker.stage]
        return Status(
            self._state,
            self._message,
            workers=self._count,
            threads=self._settings.threads,
            reading=self._admission.reading,
            waiting=self._admission.waiting,
            queue=self._admission.queue,
            limit=self._settings.limit,
            stage=stages[0] if stages else None,
            weights=self._weights,
            pids=self.pids,
            restarts=self._restarts,
        )

    def warm(self) -> None:
        """Start every process, and wait until all are ready. Raises `RecognizerNotInstalled`, `EngineUnavailable`."""
        require_installed()
        with self._admission.beside():
            missing = self._count - len(self.pids)
            if missing <= 0:
                return
            with self._lock:
                self._state = LOADING
                workers = [self._started() for _ in range(missing)]
            with ExitStack() as stack:
                for worker in workers:  # they load side by side; one that fails keeps none of the others
                    stack.callback(self._put_back, worker)
                for worker in workers:
                    self._ready(worker)

    def recognize(self, key: str, image: bytes) -> dict[str, Any]:
        """Read one picture as `Recognizer.recognize` does; raises `WorkerLost`, too."""
        return self.explain(key, image).fields

    def explain(
        self, key: str | None, image: bytes, *, identify: bool = False, account: str = ""
    ) -> Explanation:
        """Read one picture as `Recognizer.explain` does; raises `WorkerLost`, too."""
        if key is not None and key not in READERS:
            raise KeyError(key)
        require_installed()
        with self._admission.turn(account):
            worker = self._ready(self._taken())
            try:
                try:
                    return worker.explain(key, image, identify=identify)
                except NeverAsked:
                    # The system takes a moment to tell that a process was killed, so it was still among the idle ones.
                    self._admission.refuse_when_closed()
                    worker = self._ready(self._replaced(worker))
                    return worker.explain(key, image, identify=identify)
            except (WorkerLost, TookTooLong):
                self._admission.refuse_when_closed()
                if worker.ended:
                    worker = self._replaced(worker)
                raise
            finally:
                self._put_back(worker)

    def close(self) -> None:
        """Wait (a bounded time) for the pictures that are being read, and end every process."""
        self._admission.close()
        with self._lock:
            workers = [*self._idle, *self._busy]
            self._idle.clear()
        for worker in workers:
            worker.kill()

    def _taken(self) -> WorkerProcess:
        """Take an idle process that lives, or start one."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if not worker.ended:
                    self._busy.add(worker)
                    return worker
                worker.kill()
                self._restarts += 1
            if self._state in (COLD, FAILED):
                self._state = LOADING
            return self._started()

    def _started(self) -> WorkerProcess:
        worker = WorkerProcess(self._settings)
        self._busy.add(worker)
        return worker

    def _ready(self, worker: WorkerProcess) -> WorkerProcess:
        try:
            worker.wait_until_ready()
        except Exception as error:
            worker.kill()
            with self._lock:
                self._busy.discard(worker)
                self._state, self._message = FAILED, str(error)
            raise
        self._state, self._message = READY, ""
        return worker

    def _replaced(self, lost: WorkerProcess) -> WorkerProcess:
        """Start another one in the place of one that is gone; it loads while nobody waits for it."""
        lost.kill()
        with self._lock:
            self._busy.discard(lost)
            self._restarts += 1
            return self._started()

    def _put_back(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._busy.discard(worker)
            room = len(self._idle) + len(self._busy) < self._count
            needed = room and not self._admission.closed and not worker.ended
            if needed:
                self._idle.append(worker)
        if not needed:
            worker.kill()
