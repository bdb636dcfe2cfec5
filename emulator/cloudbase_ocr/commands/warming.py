"""Loads the recognizer's models, and installs what functions need, while nobody waits for them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _, ngettext

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
            _(
                "recognizer: not installed; pictures that no fixture has are answered with 101001, "
                "because {not_installed}"
            ).format(not_installed=not_installed)
        )
        return
    if recognizer is None:
        say(_("recognizer: off"))
        return
    say(_("recognizer: loading in the background"))
    threading.Thread(target=_warm, args=(recognizer, say), name="warm-recognizer", daemon=True).start()


def prepare_in_background(prepare: Callable[[], list[str]], complain: Callable[[str], None]) -> None:
    """Start installing in a thread what functions ask for, and complain of each that cannot have it."""

    def run() -> None:
        for problem in prepare():
            complain(_("{problem}. Until then the function does not run").format(problem=problem))

    threading.Thread(target=run, name="prepare-functions", daemon=True).start()


def _warm(recognizer: Service, say: Callable[[str], None]) -> None:
    start = time.monotonic()
    try:
        recognizer.warm()
    except Exception as error:  # whatever keeps the engine from loading, the emulator goes on
        trouble = _("recognizer: not available: {error}. Pictures that no fixture has are answered with -1.")
        say(trouble.format(error=error))
        return
    workers = recognizer.status().workers
    seconds = time.monotonic() - start
    if not workers:
        say(_("recognizer: ready after {seconds:.1f} s").format(seconds=seconds))
        return
    ready = ngettext(
        "recognizer: ready after {seconds:.1f} s in {workers} worker process",
        "recognizer: ready after {seconds:.1f} s in {workers} worker processes",
        workers,
    )
    say(ready.format(seconds=seconds, workers=workers))
