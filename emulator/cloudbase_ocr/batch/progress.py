"""A line on a terminal that tells how far the work is; nothing at all when the output is no terminal."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_BAR = 24
_NO_ESTIMATE_BEFORE = 2


class Progress:
    """Shows ``[####....] 12/40, about 0:31 left`` on `stream` and keeps it off other output.

    `total` pictures are expected. `clock` gives seconds.
    """

    def __init__(self, total: int, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """Show the empty bar, if `stream` is a terminal."""
        self._total = total
        self._stream = stream
        self._clock = clock
        self._start = clock()
        self._done = 0
        self._width = 0
        self.shown = stream.isatty()
        self._show()

    def advance(self) -> None:
        """One more picture is done."""
        self._done += 1
        self._show()

    def clear(self) -> None:
        """Take the bar away, so that a line of output can be written; the next `advance` brings it back."""
        if self.shown and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0

    def _show(self) -> None:
        if not self.shown:
            return
        text = self._text()[: shutil.get_terminal_size().columns - 1]
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)

    def _text(self) -> str:
        filled = _BAR * self._done // self._total
        text = f"[{'#' * filled}{'.' * (_BAR - filled)}] {self._done}/{self._total}"
        if self._done < _NO_ESTIMATE_BEFORE or self._done == self._total:
            return text
        left = round((self._clock() - self._start) / self._done * (self._total - self._done))
        return f"{text}, about {left // 60}:{left % 60:02} left"
