"""Figures in the manner of Farrington 7B, which bank cards are embossed with, as strokes of one width.

Drawn for this benchmark after the look of cards, not after any font file: heavy strokes with round ends, corners
cut off, and the bends by which the figures are told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageDraw

ADVANCE = 7.0 / 5.0
"""From one figure to the next, in widths of a figure."""

# Points in a box of 10 x 16, y downward; a figure is one or more lines through them.
STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (((3, 0), (7, 0), (10, 3), (10, 13), (7, 16), (3, 16), (0, 13), (0, 3), (3, 0)),),
    "1": (((2, 3), (5, 0), (5, 16)), ((1, 16), (9, 16))),
    "2": (((0, 3), (2, 0), (8, 0), (10, 2), (10, 6), (8, 8), (3, 9), (0, 12), (0, 16), (10, 16)),),
    "3": (
        ((0, 0), (8, 0), (10, 2), (10, 5), (8, 7.5), (4, 7.5)),
        ((8, 7.5), (10, 10), (10, 14), (8, 16), (0, 16)),
    ),
    "4": (((2, 0), (0, 10), (10, 10)), ((7, 5), (7, 16))),
    "5": (((9, 0), (1, 0), (1, 7), (7, 7), (10, 9), (10, 13), (7, 16), (0, 16)),),
    "6": (((8, 0), (3, 0), (0, 4), (0, 13), (3, 16), (7, 16), (10, 13), (10, 10), (7, 8), (0, 8)),),
    "7": (((0, 3), (0, 0), (10, 0), (10, 3), (5, 9), (5, 16)),),
    "8": (
        ((3, 0), (7, 0), (9, 2), (9, 5), (7, 7.5), (3, 7.5), (1, 5), (1, 2), (3, 0)),
        ((3, 7.5), (7, 7.5), (10, 10), (10, 13), (7, 16), (3, 16), (0, 13), (0, 10), (3, 7.5)),
    ),
    "9": (((2, 16), (7, 16), (10, 12), (10, 3), (7, 0), (3, 0), (0, 3), (0, 6), (3, 8), (10, 8)),),
}


def write(pen: ImageDraw.ImageDraw, text: str, x: float, base: float, height: float) -> float:
    """Draw figures and blanks in white with their base line at `base`, in pixels; give the x behind the last."""
    unit = height / 16
    thick = max(2, round(unit * 2.3))
    for character in text:
        for line in STROKES.get(character, ()):
            points = [(x + px * unit, base - height + py * unit) for px, py in line]
            pen.line(points, fill=255, width=thick, joint="curve")
            for px, py in points:
                pen.ellipse((px - thick / 2, py - thick / 2, px + thick / 2, py + thick / 2), fill=255)
        x += 10 * unit * ADVANCE
    return x
