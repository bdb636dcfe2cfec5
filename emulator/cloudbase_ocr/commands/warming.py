"""Loads the recognizer's models while nobody waits for them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.recognizer import Service


def warm_in_background(
    recognizer: Service | None, say: Callable[[str], None], not_installed: str = ""
) -> None:
    """Start loading the models in a thread, and say when they are there, or why they are not.

    `not_installed` is the emulator's sentence about an engine that is not part of the installation.
    """
    if not_installed:
        say(
            "recognizer: not installed; pictures that no fixture has are answered with 101001, "
            f"because {not_installed}"
        )
        return
    if recognizer is None:
        say("recognizer: off")
        return
    say("recognizer: loading in the background")
    threading.Thread(target=_warm, args=(recognizer, say), name="warm-recognizer", daemon=True).start()


def _warm(recognizer: Service, say: Callable[[str], None]) -> None:
    start = time.monotonic()
    try:
        recognizer.warm()
    except Exception as error:  # whatever keeps the engine from loading, the emulator goes on
        say(f"recognizer: not available: {error}. Pictures that no fixture has are answered with -1.")
        return
    workers = recognizer.status().workers
    where = f" in {workers} worker process{'es' * (workers > 1)}" if workers else ""
    say(f"recognizer: ready after {time.monotonic() - start:.1f} s{where}")
