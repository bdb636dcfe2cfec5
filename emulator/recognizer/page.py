"""One picture being read: the stages that all documents share, each done once and only when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emulator.recognizer.orientation import turned_back, upright

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.recognizer.decode import Decoded
    from emulator.recognizer.engine import Engine
    from emulator.recognizer.lines import Line, Quad

Corners = dict[str, dict[str, int]]
# Pictures smaller than this cannot hold a character.
SMALLEST = 8


class Page:
    """A decoded picture, the engine, and what has been read so far. `width` and `height` are those as sent."""

    def __init__(self, decoded: Decoded, engine: Engine, long_side: int) -> None:
        """Keep the picture; nothing is read yet."""
        self.width, self.height = decoded.width, decoded.height
        self._decoded = decoded
        self._engine = engine
        self._long_side = long_side
        self._lines: list[Line] | None = None

    def lines(self) -> list[Line]:
        """Every line of text, in the frame of the upright picture."""
        if self._lines is None:
            if min(self._decoded.picture.shape[:2]) < SMALLEST:
                self._picture, self._turns = self._decoded.picture, 0
                self._lines = []
            else:
                found = upright(self._engine, self._decoded.picture, self._long_side)
                self._picture, self._turns = found.picture, found.turns % 4
                self._lines = found.lines
        return self._lines

    def again(self, quad: Quad, only: Iterable[str] | None = None) -> Line:
        """Read one quad again, limited to these characters."""
        self.lines()
        return self._engine.read(self._picture, quad, only)

    def quad(self, quad: Quad) -> Corners:
        """A quad of the upright picture in WeChat's form, in pixels of the picture as sent."""
        height, width = self._decoded.picture.shape[:2]
        original = turned_back(quad, self._turns, width, height) * self._decoded.scale
        places = np.clip(np.round(original), 0, [self.width, self.height]).astype(int).tolist()
        names = ("left_top", "right_top", "right_bottom", "left_bottom")
        return {name: {"x": x, "y": y} for name, (x, y) in zip(names, places, strict=True)}
