"""Find a font with Chinese glyphs on this machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from PIL import ImageFont

# File name and face index of Simplified Chinese, best first.
_SANS = (
    ("NotoSansCJK-Regular.ttc", 2),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("msyh.ttc", 0),
    ("PingFang.ttc", 2),
)


class NoFont(Exception):
    """No font with Chinese glyphs was found; the text says what to do."""


@dataclass(frozen=True)
class Face:
    """One face of a font file, which may hold several."""

    file: str
    index: int = 0

    def load(self, size: int) -> ImageFont.FreeTypeFont:
        """The face at this size in pixels."""
        return _load(self.file, self.index, size)


@lru_cache(maxsize=256)
def _load(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    # Imported late: only the extra ocr brings Pillow.
    from PIL import ImageFont

    return ImageFont.truetype(path, size, index=index)


def find_face(font: Path | None = None) -> Face:
    """Take the file `font`, or look for a sans-serif face in the system's font folders.

    Raises:
        NoFont: there is none, or the file holds none.
    """
    if font is not None:
        face = Face(str(font))
        try:
            face.load(20)
        except OSError as error:
            raise NoFont(
                _("{font} is not a font file that can be used ({error})").format(font=font, error=error)
            ) from error
        return face
    found = first_installed(_SANS)
    if found is None:
        raise NoFont(
            _(
                "no font with Chinese glyphs was found; install one (Debian: apt-get install "
                "fonts-noto-cjk), or give one with --font FILE"
            )
        )
    return found


def first_installed(wanted: tuple[tuple[str, int], ...]) -> Face | None:
    """Return the first face of `wanted`, each a file's name and an index in it, that this machine has."""
    installed = {
        path.name: path for folder in _folders() if folder.is_dir() for path in folder.rglob("*.tt?")
    }
    return next((Face(str(installed[name]), index) for name, index in wanted if name in installed), None)


def _folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    if sys.platform == "win32":
        return [Path("C:/Windows/Fonts"), home / "AppData/Local/Microsoft/Windows/Fonts"]
    return [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]
