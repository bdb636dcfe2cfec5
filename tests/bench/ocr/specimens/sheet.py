"""A flat document while it is being drawn: a canvas that remembers where each piece of text went."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from tests.bench.ocr.specimens.fonts import Fonts

Color = tuple[int, int, int]
Box = tuple[float, float, float, float]
INK: Color = (28, 28, 32)
RED: Color = (196, 40, 44)


@dataclass(frozen=True)
class Placed:
    """A piece of text and its box (left, top, right, bottom) in pixels of the sheet. `key` names its field."""

    key: str
    text: str
    box: Box


@dataclass
class Sheet:
    """A document of `width` x `height` pixels; `fields` is what WeChat's reply to it would say.

    `positions` gives, for the reply's fields that tell where a page is, the page's box on the sheet.
    """

    width: int
    height: int
    fonts: Fonts
    paper: Color = (244, 244, 240)
    corner: int = 0
    positions: dict[str, Box] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Cut the paper."""
        self.image = Image.new("RGB", (self.width, self.height), self.paper)
        self.draw = ImageDraw.Draw(self.image)

    def whole(self, name: str) -> None:
        """Say that the field `name` tells where this whole sheet is."""
        self.positions[name] = (0, 0, self.width, self.height)

    def paste(self, page: Sheet, left: int, top: int) -> None:
        """Lay another sheet on this one, with its fields, its text and its position."""
        self.image.paste(page.image, (left, top))
        self.fields |= page.fields

        def moved(box: Box) -> Box:
            return (box[0] + left, box[1] + top, box[2] + left, box[3] + top)

        self.placed += [Placed(piece.key, piece.text, moved(piece.box)) for piece in page.placed]
        self.positions |= {name: moved(box) for name, box in page.positions.items()}

    def text(
        self,
        place: tuple[float, float],
        text: str,
        size: int,
        *,
        key: str = "",
        fill: Color = INK,
        serif: bool = False,
        gap: float = 0.0,
        bold: int = 0,
        middle: bool = False,
    ) -> float:
        """Write one line; give the x where it ends.

        `place` is its left top (with `middle`, its centre top), `gap` is extra space between characters and
        `bold` thickens strokes, both in pixels.
        """
        font = self.fonts.load(size, serif)
        left, top = place
        if middle:
            left -= (sum(font.getlength(character) + gap for character in text) - gap) / 2
        start, boxes = left, []
        for part in text if gap else [text]:
            self.draw.text((left, top), part, font=font, fill=fill, stroke_width=bold)
            if part != " ":
                boxes.append(self.draw.textbbox((left, top), part, font=font, stroke_width=bold))
            left += font.getlength(part) + gap
        self.placed.append(
            Placed(key, text, (start, min(b[1] for b in boxes), left - gap, max(b[3] for b in boxes)))
        )
        return left

    def wrap(self, text: str, size: int, width: float, gap: float = 0.0) -> list[str]:
        """Break text into lines of at most `width` pixels."""
        font = self.fonts.load(size)
        lines, used = [""], 0.0
        for character in text:
            step = font.getlength(character) + gap
            if used + step > width:
                lines, used = [*lines, ""], 0.0
            lines[-1] += character
            used += step
        return lines

    def waves(self, color: Color, step: int = 26, swing: float = 9.0) -> None:
        """Cover the paper with pale wavy lines, as printed on documents against copying."""
        for row in range(-step, self.height + step, step):
            points = [(x, row + swing * math.sin(x / 60 + row)) for x in range(0, self.width + 8, 8)]
            self.draw.line(points, fill=color, width=2)

    def portrait(self, box: tuple[int, int, int, int], backdrop: Color = (206, 218, 228)) -> None:
        """A grey figure in place of a photo of a person."""
        left, top, right, bottom = box
        width, height = right - left, bottom - top
        self.draw.rectangle(box, fill=backdrop)
        middle, radius = (left + right) / 2, width * 0.22
        head = top + height * 0.36
        self.draw.ellipse(
            (middle - radius, head - radius * 1.25, middle + radius, head + radius * 1.25),
            fill=(152, 146, 142),
        )
        self.draw.pieslice(
            (left + width * 0.1, top + height * 0.62, right - width * 0.1, bottom + height * 0.38),
            180,
            360,
            fill=(104, 112, 124),
        )

    def specimen(
        self, place: tuple[float, float], size: int, *, fill: Color = RED, two_rows: bool = False
    ) -> None:
        """The word that says this document is not real, centred at `place`."""
        x, y = place
        if two_rows:
            self.text((x, y), "样本", size, fill=fill, middle=True, bold=1)
            self.text((x, y + size * 1.3), "SPECIMEN", round(size * 0.72), fill=fill, middle=True, bold=1)
        else:
            self.text((x, y), "样本 SPECIMEN", size, fill=fill, middle=True, bold=1)
