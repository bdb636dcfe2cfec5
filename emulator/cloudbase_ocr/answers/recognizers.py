"""The recognizers that the settings ask for: the emulator's, and that of many pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer import Recognizer, WorkerRecognizer

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer import Service
    from cloudbase_ocr.settings import Settings


_BATCH_LIMIT = 60.0
"""Seconds that reading one of many pictures takes at most. Nobody waits for a single answer, and every core is busy."""


def recognizer_of(settings: Settings) -> Service:
    """Return a recognizer in this process, or one with worker processes; nothing is loaded or started yet.

    The queue of a private service is shared between its accounts, unless there is one only.
    """
    shared = settings.ocr_only and not settings.tokenless and len(settings.accounts) != 1
    if settings.recognizer_workers:
        return WorkerRecognizer(
            settings.recognizer_workers,
            settings.recognizer_threads,
            settings.max_pixels,
            queue=settings.recognizer_queue,
            timeout=settings.recognizer_timeout,
            limit=settings.recognizer_limit,
            memory=settings.recognizer_memory,
            shared=shared,
        )
    return Recognizer(
        settings.recognizer_threads,
        settings.max_pixels,
        queue=settings.recognizer_queue,
        timeout=settings.recognizer_timeout,
        limit=settings.recognizer_limit,
        shared=shared,
    )


def batch_recognizer(settings: Settings, workers: int) -> Service:
    """Return a recognizer for so many pictures side by side; with 0, one in this process, with all cores."""
    if not workers:
        return Recognizer(settings.recognizer_threads, settings.max_pixels)
    threads = settings.recognizer_threads or 1
    return WorkerRecognizer(workers, threads, settings.max_pixels, queue=workers, limit=_BATCH_LIMIT)
