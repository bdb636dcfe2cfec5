"""The sizes of picture that the detector takes, and how a picture is fitted on one of them.

A network that is compiled for one size needs half the memory of one that takes any size, and runs faster. So a
picture is shrunk, and laid on the smallest canvas that shows its text large enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Height and width, smallest first. Photos are 4:3, lying or standing; the last three are for dense text.
CANVASES = (
    (480, 640),
    (768, 960),
    (960, 768),
    (960, 960),
    (864, 1152),
    (1152, 864),
)
MOST_PIXELS = 1_000_000
# A smaller canvas is taken when the picture is shrunk by no more than this to fit.
ENOUGH_SCALE = 0.95
# The shorter side of a strip is not shrunk below this: its only line would become too low to be seen.
LOWEST = 96
# A side may be stretched so far to fill the canvas: of two pictures of one photo, the network sees more in the larger.
STRETCH = 1.07


@dataclass(frozen=True)
class Fitting:
    """A canvas, and the size that a picture has on it."""

    canvas: tuple[int, int]
    height: int
    width: int


def fitting(height: int, width: int, long_side: int) -> Fitting:
    """Fit a picture of this size on a canvas.

    It is shrunk until its longer side has at most `long_side` pixels and the whole at most `MOST_PIXELS`, and never
    enlarged.
    """
    wanted = min(1.0, long_side / max(height, width), math.sqrt(MOST_PIXELS / (height * width)))
    scales = [min(wanted, high / height, wide / width) for high, wide in CANVASES]
    best = next(index for index, scale in enumerate(scales) if scale >= ENOUGH_SCALE * max(scales))
    high, wide = CANVASES[best]
    return Fitting((high, wide), _fitted(height, scales[best], high), _fitted(width, scales[best], wide))


def _fitted(side: int, scale: float, most: int) -> int:
    shrunk = max(side * scale, min(side, LOWEST))
    return max(1, round(min(most, side, shrunk * STRETCH)))
