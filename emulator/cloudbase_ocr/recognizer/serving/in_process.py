"""The facade: bytes of a picture in, WeChat's business fields out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.installed import require_installed
from cloudbase_ocr.recognizer.ocr.cpu import cores
from cloudbase_ocr.recognizer.ocr.weights import DEFAULT_NAME
from cloudbase_ocr.recognizer.serving.admission import Admission
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
    from collections.abc import Callable

    from cloudbase_ocr.recognizer.evidence import Explanation
    from cloudbase_ocr.recognizer.ocr.engine import Engine
    from cloudbase_ocr.recognizer.ocr.weights import Weights


class Recognizer:
    """Reads documents from photos, offline, in this process.

    The constructor does nothing that takes time. The engine is loaded by `warm` or by the first picture,
    once. Many threads may call `recognize`; one at a time uses the engine, which by itself uses `threads`
    cores (default: all). `queue` callers may wait for their turn, each at most `timeout` seconds; reading one
    picture takes at most `limit` seconds. `shared`: several accounts ask, and one may take half of the queue at most.
    """

    def __init__(
        self,
        threads: int | None = None,
        max_pixels: int = MAX_PIXELS,
        *,
        queue: int = QUEUE,
        timeout: float = TIMEOUT,
        limit: float | None = LIMIT,
        shared: bool = False,
        weights: Weights | None = None,
        tell: Callable[[str], None] = lambda _stage: None,
    ) -> None:
        """Keep the settings; nothing is loaded yet. `tell` gets the name of each stage when it begins.

        `weights` are those of the user's choice, else the default ones.
        """
        self._threads = threads
        self._weights = weights
        self._max_pixels = max_pixels
        self._limit = limit
        self._tell = tell
        self._engine: Engine | None = None
        self._loading = threading.Lock()
        self._admission = Admission(1, queue, timeout, shared=shared)
        self._state, self._message = COLD, ""
        self._stage: str | None = None
        # The C library keeps freed memory for each thread that took it. A server that answers each connection in a
        # thread of its own would hold what the largest pictures of all of them took: 715 MB after forty pictures,
        # against 504.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recognizer")

    @property
    def methods(self) -> frozenset[str]:
        """Keys of the methods that can be read from pixels."""
        return frozenset(READERS)

    def status(self) -> Status:
        """Tell what the recognizer is doing."""
        return Status(
            self._state,
            self._message,
            workers=0,
            threads=self._threads or cores(),
            reading=self._admission.reading,
            waiting=self._admission.waiting,
            queue=self._admission.queue,
            limit=self._limit,
            stage=self._stage,
            weights=self._weights.name if self._weights else DEFAULT_NAME,
        )

    def warm(self) -> None:
        """Load the engine now and run it once. Raises `RecognizerNotInstalled`, or `EngineUnavailable`."""
        require_installed()
        with self._admission.beside():
            self._thread.submit(self._loaded, warm=True).result()

    def recognize(self, key: str, image: bytes) -> dict[str, Any]:
        """Read one picture (the bytes of a file) as the document of method `key`.

        Gives WeChat's business fields in the contract's order, observed ones included, without errcode and
        errmsg. Raises `NotAnImage`, `ImageTooLarge`, `DocumentNotFound`, `RecognizerBusy`,
        `TookTooLong`, `RecognizerNotInstalled`, `EngineUnavailable`; and `KeyError` for a key that is not in `methods`.
        """
        return self.explain(key, image).fields

    def explain(
        self, key: str | None, image: bytes, *, identify: bool = False, account: str = ""
    ) -> Explanation:
        """Read one picture as `recognize` does, and tell the confidence in each field, where it stands, and the times.

        With `identify`, also tell which documents the picture may show. A `key` of None reads it as the likeliest.
        The errors that are raised carry an explanation, too, without fields.
        """
        if key is not None and key not in READERS:
            raise KeyError(key)
        require_installed()
        # Imported late: reading needs the extra ocr.
        from cloudbase_ocr.recognizer import pipeline

        with self._admission.turn(account):
            try:
                return self._thread.submit(
                    pipeline.explain,
                    self._loaded,
                    image,
                    key,
                    identify=identify,
                    max_pixels=self._max_pixels,
                    limit=self._limit,
                    make_room=self._make_room,
                    tell=self._begins,
                ).result()
            finally:
                self._stage = None

    def close(self) -> None:
        """Wait for the picture that is being read, and read no more; may be called more than once.

        The wait is bounded. A process that ends afterwards still waits for the picture, which has its limit: the
        engine's runtime would abort one that ends while a thread is inside the engine.
        """
        self._admission.close()
        self._thread.shutdown(wait=False)

    def _loaded(self, *, warm: bool = False) -> Engine:
        with self._loading:
            if self._engine is None:
                self._state = LOADING
                try:
                    self._engine = self._load(warm)
                except Exception as error:
                    self._state, self._message = FAILED, str(error)
                    raise
                self._state, self._message = READY, ""
            return self._engine

    def _load(self, warm: bool) -> Engine:
        from cloudbase_ocr.recognizer.ocr.engine import Engine

        engine = Engine(self._threads, self._weights)
        if warm:
            engine.warm()
        return engine

    def _make_room(self) -> None:
        if self._engine is not None:
            self._engine.release_memory()

    def _begins(self, stage: str) -> None:
        self._stage = stage
        self._tell(stage)
