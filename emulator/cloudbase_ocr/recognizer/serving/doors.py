"""Who is inside a recognizer, and how it closes: nobody new comes in, and those inside get a while to finish."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.errors import RecognizerBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_CLOSE = 5.0


class Doors:
    """Counts callers. Thread-safe."""

    def __init__(self) -> None:
        """Open."""
        self._closed = False
        self._inside = 0
        self._left = threading.Condition()

    @property
    def closed(self) -> bool:
        """Whether nobody may come in any more."""
        return self._closed

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be inside. Raises `RecognizerBusy` when closed."""
        with self._left:
            self.refuse_when_closed()
            self._inside += 1
        try:
            yield
        finally:
            with self._left:
                self._inside -= 1
                self._left.notify_all()

    def refuse_when_closed(self) -> None:
        """Raise `RecognizerBusy` when closed."""
        if self._closed:
            raise RecognizerBusy("the recognizer is closed; it reads no more pictures")

    def close(self) -> None:
        """Let nobody in any more, and wait (a bounded time) until everybody has left."""
        with self._left:
            self._closed = True
            self._left.wait_for(lambda: self._inside == 0, LONGEST_CLOSE)
