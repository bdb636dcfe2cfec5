"""The recognizers that the settings ask for: the emulator's, and that of many pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer import EngineUnavailable, Recognizer, WorkerRecognizer
from cloudbase_ocr.recognizer.ocr.chosen_weights import checked
from cloudbase_ocr.recognizer.serving.memory import memory_limit
from cloudbase_ocr.recognizer.serving.shedding import SheddingRecognizer

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer import Service
    from cloudbase_ocr.recognizer.ocr.weights import Weights
    from cloudbase_ocr.settings import Settings


BATCH_LIMIT = 60.0
"""Seconds that reading one of many pictures takes at most. Nobody waits for a single answer, and every core is busy."""


def recognizer_of(settings: Settings) -> Service:
    """Return a recognizer in this process, or one with worker processes; nothing is loaded or started yet.

    The queue of a private service is shared between its accounts, unless there is one only.

    Raises:
        ValueError: the weights of the user's choice cannot be used.
    """
    weights = _weights(settings)
    one = len(settings.accounts) == 1 and settings.apps_file is None
    shared = settings.ocr_only and not settings.tokenless and not one
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
            weights=weights,
        )
    return Recognizer(
        settings.recognizer_threads,
        settings.max_pixels,
        queue=settings.recognizer_queue,
        timeout=settings.recognizer_timeout,
        limit=settings.recognizer_limit,
        shared=shared,
        weights=weights,
    )


def batch_recognizer(settings: Settings, workers: int) -> Service:
    """Return a recognizer for so many pictures side by side; with 0, one in this process, with all cores.

    Raises:
        ValueError: the weights of the user's choice cannot be used.
    """
    weights = _weights(settings)
    if not workers:
        return Recognizer(settings.recognizer_threads, settings.max_pixels, weights=weights)
    threads = settings.recognizer_threads or 1
    return WorkerRecognizer(
        workers, threads, settings.max_pixels, queue=workers, limit=BATCH_LIMIT, weights=weights
    )


def shedding(inner: Service, settings: Settings) -> Service:
    """Return a recognizer that refuses pictures where the settings, or a container, bound its memory.

    An instance of several that say 503 to the proxy in front of them lets the others read while it loads.
    """
    limit = memory_limit(settings.memory_limit_mb)
    while_loading = bool(settings.state_url) and settings.overload == "503"
    if limit is None and not while_loading:
        return inner
    return SheddingRecognizer(inner, limit, while_loading=while_loading)


def _weights(settings: Settings) -> Weights | None:
    """Return the networks of the user's choice, looked at; None for the default ones.

    Raises:
        ValueError: the folder does not hold what it should; the message says what is wrong.
    """
    if settings.recognizer_weights is None:
        return None
    try:
        return checked(settings.recognizer_weights)
    except EngineUnavailable as error:
        raise ValueError(f"--recognizer-weights: {error}") from error
