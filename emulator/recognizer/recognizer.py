"""The facade: bytes of a picture in, WeChat's business fields out."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from emulator.recognizer.errors import RecognizerBusy
from emulator.recognizer.report import Explanation, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.recognizer.engine import Engine

# One module for each document, with LONG_SIDE (of the picture that the detector sees), read(page), and
# LEAVE_OUT if some of its lines need not be read at first. They are imported by the first picture: numpy,
# OpenCV and Pillow would slow every start of the command down.
READERS = {
    "idcard": "idcard",
    "bankcard": "bankcard",
    "driving": "driving",
    "drivinglicense": "drivinglicense",
    "bizlicense": "bizlicense",
    "comm": "text",
    "platenum": "platenum",
    "menu": "menu",
}
MAX_PIXELS = 40_000_000

_LONGEST_CLOSE = 5.0


class Recognizer:
    """Reads documents from photos, offline.

    The constructor does nothing that takes time. The engine is loaded by `warm` or by the first picture,
    once. Many threads may call `recognize`; one at a time uses the engine, which by itself uses `threads`
    cores (default: all). A caller waits for its turn at most `patience` seconds; reading one picture takes at
    most `limit` seconds.
    """

    def __init__(
        self,
        threads: int | None = None,
        max_pixels: int = MAX_PIXELS,
        *,
        patience: float = 30.0,
        limit: float | None = 20.0,
    ) -> None:
        """Keep the settings; nothing is loaded yet."""
        self._threads = threads
        self._max_pixels = max_pixels
        self._patience = patience
        self._limit = limit
        self._engine: Engine | None = None
        self._loading = threading.Lock()
        self._turn = threading.Lock()
        self._closed = False
        self._inside = 0
        self._left = threading.Condition()

    @property
    def methods(self) -> frozenset[str]:
        """Keys of the methods that can be read from pixels."""
        return frozenset(READERS)

    def warm(self) -> None:
        """Load the engine now and run it once. Raises `EngineUnavailable` when it is not installed."""
        with self._entered():
            engine = self._loaded()
            with self._turn:
                engine.warm()

    def recognize(self, key: str, image: bytes) -> dict[str, Any]:
        """Read one picture (the bytes of a file) as the document of method `key`.

        Gives WeChat's business fields in the contract's order, observed ones included, without errcode and
        errmsg. Raises `NotAnImage`, `ImageTooLarge`, `DocumentNotFound`, `RecognizerBusy`,
        `TookTooLong`, `EngineUnavailable`; and `KeyError` for a key that is not in `methods`.
        """
        return self.explain(key, image).fields

    def explain(self, key: str, image: bytes) -> Explanation:
        """Read one picture as `recognize` does, and tell how sure each field is, where it stands, and the times."""
        with self._entered():
            return self._explain(key, image)

    def _explain(self, key: str, image: bytes) -> Explanation:
        from emulator.recognizer.decode import decode
        from emulator.recognizer.page import Page
        from emulator.recognizer.sublabels import nothing

        reader = import_module(f"emulator.recognizer.{READERS[key]}")
        report = Report()
        with report.stage("decode"):
            decoded = decode(image, self._max_pixels)
        engine = self._loaded()
        if not self._turn.acquire(timeout=self._patience):
            raise RecognizerBusy(
                f"other pictures kept the recognizer busy for {self._patience:g} s; send fewer at a time"
            )
        try:
            self._refuse_when_closed()
            report = Report(self._limit, stages=report.stages)
            leave_out = getattr(reader, "LEAVE_OUT", nothing)
            fields = reader.read(Page(decoded, engine, reader.LONG_SIDE, report, leave_out))
        finally:
            self._turn.release()
        return Explanation(fields, report.fields, report.stages, sum(report.stages.values()))

    def close(self) -> None:
        """Wait for the picture that is being read, and read no more; may be called more than once.

        A process that ends while a thread is inside the engine is aborted by the engine's runtime.
        """
        with self._left:
            self._closed = True
            self._left.wait_for(lambda: self._inside == 0, _LONGEST_CLOSE)

    @contextmanager
    def _entered(self) -> Iterator[None]:
        with self._left:
            self._refuse_when_closed()
            self._inside += 1
        try:
            yield
        finally:
            with self._left:
                self._inside -= 1
                self._left.notify_all()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise RecognizerBusy("the recognizer is closed; it reads no more pictures")

    def _loaded(self) -> Engine:
        from emulator.recognizer.engine import Engine

        with self._loading:
            if self._engine is None:
                self._engine = Engine(self._threads)
            return self._engine
