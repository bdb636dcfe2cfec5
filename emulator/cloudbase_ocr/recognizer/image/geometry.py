"""The pipeline's common data: a picture as an array, a quad, and a line of text that was read.

Pictures are arrays of shape (height, width, 3), uint8, blue-green-red as the models were trained. A quad
has shape (4, 2), float: the corners left-top, right-top, right-bottom, left-bottom of the text as one reads
it, in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Quad = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Line:
    """One line of text: what it says, where, and the confidence in each character.

    `scores` (0 to 1) and `centers` (place along the line, 0 at its left end, 1 at its right end) have one
    entry for each character of `text`.
    """

    text: str
    quad: Quad
    scores: tuple[float, ...]
    centers: tuple[float, ...]

    @property
    def score(self) -> float:
        """Mean confidence of the characters, 0 to 1; 0 for an empty line."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0

    @property
    def width(self) -> float:
        """Length along the text, in pixels."""
        return (
            float(np.linalg.norm(self.quad[1] - self.quad[0]) + np.linalg.norm(self.quad[2] - self.quad[3]))
            / 2
        )

    @property
    def height(self) -> float:
        """Height of the text, in pixels."""
        return (
            float(np.linalg.norm(self.quad[3] - self.quad[0]) + np.linalg.norm(self.quad[2] - self.quad[1]))
            / 2
        )
