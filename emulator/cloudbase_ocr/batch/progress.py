"""A line on a terminal that tells how far the work is; nothing at all when the output is no terminal."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, TextIO

from cloudbase_ocr.language import _, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_BAR = 24
_NO_ESTIMATE_BEFORE = 2
_ROUNDING = 1e-6


class Progress:
    """Shows ``[####....] 12/40, about 0:31 left`` on `stream` and keeps it off other output.

    `total` pictures are expected. `clock` gives seconds.
    """

    def __init__(
        self, total: int, stream: TextIO, clock: Callable[[], float] = time.monotonic, *, hidden: bool = False
    ) -> None:
        """Show the empty bar, if `stream` is a terminal; not if `hidden`."""
        self._total = total
        self._stream = stream
        self._clock = clock
        self._start = clock()
        self._done = 0.0
        self._width = 0
        self.shown = stream.isatty() and not hidden
        self._show()

    def advance(self, part: float = 1) -> None:
        """One more picture is done, or a part of one that has several pages."""
        self._done += part
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
        done = min(self._total, int(self._done + _ROUNDING))
        filled = _BAR * done // max(1, self._total)
        text = f"[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{self._total}"
        if done < _NO_ESTIMATE_BEFORE or done == self._total:
            return text
        left = round((self._clock() - self._start) / self._done * (self._total - self._done))
        return shown(_("{bar}, about {left} left").format(bar=text, left=_duration(left)))


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
