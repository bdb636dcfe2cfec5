"""The recognizer that the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer import Recognizer, WorkerRecognizer

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer import Service
    from cloudbase_ocr.settings import Settings


def recognizer_of(settings: Settings) -> Service:
    """Return a recognizer in this process, or one with worker processes; nothing is loaded or started yet."""
    if settings.recognizer_workers:
        return WorkerRecognizer(
            settings.recognizer_workers,
            settings.recognizer_threads,
            settings.max_pixels,
            queue=settings.recognizer_queue,
            timeout=settings.recognizer_timeout,
            limit=settings.recognizer_limit,
            memory=settings.recognizer_memory,
        )
    return Recognizer(
        settings.recognizer_threads,
        settings.max_pixels,
        queue=settings.recognizer_queue,
        timeout=settings.recognizer_timeout,
        limit=settings.recognizer_limit,
    )
