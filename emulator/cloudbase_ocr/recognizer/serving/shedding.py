"""Refuses pictures that had better come later, or to another instance: near the end of memory, and while loading."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.errors import RecognizerBusy
from cloudbase_ocr.recognizer.serving.memory import MEGABYTE
from cloudbase_ocr.recognizer.serving.service import LOADING

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.evidence import Explanation
    from cloudbase_ocr.recognizer.serving.memory import MemoryLimit
    from cloudbase_ocr.recognizer.serving.service import Service, Status

SPARE, SPARE_BYTES = 0.1, 256 * MEGABYTE
"""The part of the limit, and the bytes at least, that are left free: what a large picture takes while it is read."""


class SheddingRecognizer:
    """A recognizer that refuses some pictures with `RecognizerBusy`, as a full queue does. Thread-safe.

    While less than `SPARE` of the limit is left, or `SPARE_BYTES`, only a picture that is alone is read: so memory that
    is not given back makes it slow, and never deaf.
    """

    def __init__(self, inner: Service, limit: MemoryLimit | None, *, while_loading: bool) -> None:
        """Ask `inner`; `while_loading`: there are others who read while it loads, so nobody waits for that."""
        self._inner = inner
        self._limit = limit
        self._while_loading = while_loading
        self._shed = 0
        self._lock = threading.Lock()

    @property
    def methods(self) -> frozenset[str]:
        """Keys of the methods that can be read from pixels."""
        return self._inner.methods

    def warm(self) -> None:
        """Load what reading needs, now."""
        self._inner.warm()

    def status(self) -> Status:
        """Tell what it is doing, and how many pictures were refused here."""
        size = self._limit.size if self._limit else None
        return replace(self._inner.status(), memory_limit=size, shed=self._shed)

    def recognize(self, key: str, image: bytes) -> dict[str, Any]:
        """Read one picture; give WeChat's business fields."""
        return self.explain(key, image).fields

    def explain(
        self, key: str | None, image: bytes, *, identify: bool = False, account: str = ""
    ) -> Explanation:
        """Read one picture, unless it has to be refused. Raises `RecognizerBusy`, and what `inner` raises."""
        reason = self._reason(self._inner.status())
        if reason:
            with self._lock:
                self._shed += 1
            raise RecognizerBusy(reason)
        return self._inner.explain(key, image, identify=identify, account=account)

    def close(self) -> None:
        """Read no more."""
        self._inner.close()

    def _reason(self, status: Status) -> str:
        if self._while_loading and status.state == LOADING:
            return "the engine is being loaded; other instances read meanwhile"
        if self._limit is None or not (status.reading or status.waiting):
            return ""
        used = self._limit.used((os.getpid(), *status.pids))
        size = self._limit.size
        if used <= size - max(SPARE * size, SPARE_BYTES):
            return ""
        return (
            f"{used // MEGABYTE:,} MB of memory are taken, nearly {self._limit.name}, so pictures are read one at a "
            "time; give it more, or fewer --recognizer-workers"
        )
