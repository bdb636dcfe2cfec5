"""The two faces that specimens are printed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.batch.fonts import Face, find_face, first_installed

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import ImageFont

_SERIF = (("NotoSerifCJK-Regular.ttc", 2), ("uming.ttc", 0), ("simsun.ttc", 0), ("Songti.ttc", 0))


@dataclass(frozen=True)
class Fonts:
    """A sans-serif and a serif face."""

    sans: Face
    serif: Face

    def load(self, size: int, serif: bool = False) -> ImageFont.FreeTypeFont:
        """One of them at this size in pixels."""
        return (self.serif if serif else self.sans).load(size)


def find_fonts(font: Path | None = None) -> Fonts:
    """Take `font` for everything, or look in the system's font folders. Raises `NoFont`."""
    sans = find_face(font)
    return Fonts(sans, (None if font else first_installed(_SERIF)) or sans)
