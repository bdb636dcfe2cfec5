"""A document drawn in millimetres, which remembers where its fields and its other text are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.bench.ocr.fonts import Fonts

Colour = tuple[int, int, int]
BLACK: Colour = (28, 28, 30)


class Canvas:
    """A sheet of `width` x `height` millimetres at `scale` pixels a millimetre.

    `fields` is the truth; `values` and `labels` hold boxes (left, top, right, bottom) in pixels of the text that
    carries the truth, and of all other text.
    """

    def __init__(
        self, width: float, height: float, scale: float, fonts: Fonts, paper: Colour, *, corner: float = 0.0
    ) -> None:
        self.width, self.height, self.scale = width, height, scale
        self.fonts = fonts
        self.corner = corner
        self.size = (round(width * scale), round(height * scale))
        self.image = Image.new("RGB", self.size, paper)
        self.draw = ImageDraw.Draw(self.image)
        self.fields: dict[str, Any] = {}
        self.values: list[tuple[float, float, float, float]] = []
        self.labels: list[tuple[float, float, float, float]] = []
        self.written: list[str] = []  # the texts of `values`, for those that were written with `text`
        self.position = ""  # the reply field that tells where the document lies

    def px(self, *millimetres: float) -> list[float]:
        """Millimetres to pixels."""
        return [value * self.scale for value in millimetres]

    def text(  # noqa: PLR0913 - as many as there are ways to print a line
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        style: str = "song",
        latin: str = "plain",
        fill: Colour = BLACK,
        gap: float = 0.0,
        value: bool = False,
        middle: bool = False,
        bold: int = 0,
        recorded: bool = True,
    ) -> float:
        """Write with the baseline at `y`; give the x behind the last character. All in millimetres.

        `size` is the height of the em square, `gap` is added between characters.
        """
        pixels = max(6, round(size * self.scale))
        fonts = [self.fonts.for_character(character, style, latin, pixels) for character in text]
        steps = [
            font.getlength(character) + gap * self.scale for font, character in zip(fonts, text, strict=True)
        ]
        at, base = self.px(x, y)
        if middle:
            at -= (sum(steps) - gap * self.scale) / 2
        boxes = []
        for font, character, step in zip(fonts, text, steps, strict=True):
            where = (at, base)
            self.draw.text(where, character, font=font, fill=fill, anchor="ls", stroke_width=bold)
            if character != " ":
                boxes.append(self.draw.textbbox(where, character, font=font, anchor="ls", stroke_width=bold))
            at += step
        if boxes and recorded:
            lefts, tops, rights, bottoms = zip(*boxes, strict=True)
            (self.values if value else self.labels).append((min(lefts), min(tops), max(rights), max(bottoms)))
            if value:
                self.written.append(text)
        return at / self.scale

    def length(
        self, text: str, size: float, style: str = "song", latin: str = "plain", gap: float = 0.0
    ) -> float:
        """Width of `text` in millimetres."""
        pixels = max(6, round(size * self.scale))
        widths = [self.fonts.for_character(one, style, latin, pixels).getlength(one) for one in text]
        return sum(widths) / self.scale + gap * len(text)

    def wrap(
        self,
        text: str,
        size: float,
        width: float,
        style: str = "song",
        latin: str = "plain",
        gap: float = 0.0,
    ) -> list[str]:
        """Break into lines of at most `width` millimetres; closing punctuation does not begin a line."""
        lines = [""]
        for character in text:
            full = self.length(lines[-1] + character, size, style, latin, gap) > width
            if lines[-1] and full and character not in "，。；、）》：！？)":
                lines.append("")
            lines[-1] += character
        return lines

    def line(self, *points: float, fill: Colour, width: float = 0.2) -> None:
        """A line through points given in millimetres."""
        self.draw.line(self.px(*points), fill=fill, width=max(1, round(width * self.scale)))

    def rectangle(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        width: float = 0.3,
        radius: float = 0.0,
    ) -> None:
        """A rectangle, with round corners if there is a `radius`."""
        self.draw.rounded_rectangle(
            self.px(left, top, right, bottom),
            radius * self.scale,
            fill=fill,
            outline=outline,
            width=max(1, round(width * self.scale)),
        )

    def overlay(self, colour: Colour, strength: NDArray[Any]) -> None:
        """Mix a colour in, as far as `strength` (0 to 1, one value a pixel) says."""
        pixels = np.asarray(self.image, np.float32)
        mixed = pixels + (np.array(colour, np.float32) - pixels) * strength[:, :, None]
        self.image.paste(Image.fromarray(mixed.clip(0, 255).astype(np.uint8)))
