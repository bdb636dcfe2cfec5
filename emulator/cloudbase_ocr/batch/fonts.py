"""Find a font with Chinese glyphs on this machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

# File name and face index of Simplified Chinese, best first.
_SANS = (
    ("NotoSansCJK-Regular.ttc", 2),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("msyh.ttc", 0),
    ("PingFang.ttc", 2),
)
_SERIF = (("NotoSerifCJK-Regular.ttc", 2), ("uming.ttc", 0), ("simsun.ttc", 0), ("Songti.ttc", 0))


class NoFont(Exception):
    """No font with Chinese glyphs was found; the text says what to do."""


@dataclass(frozen=True)
class Fonts:
    """A sans-serif and a serif face, each as (file, index of the face in it)."""

    sans: tuple[str, int]
    serif: tuple[str, int]

    def load(self, size: int, serif: bool = False) -> ImageFont.FreeTypeFont:
        """The face at this size in pixels."""
        return _load(*(self.serif if serif else self.sans), size)


@lru_cache(maxsize=256)
def _load(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=index)


def find_fonts(font: Path | None = None) -> Fonts:
    """Take `font` for everything, or look in the system's font folders. Raises `NoFont`."""
    if font is not None:
        face = (str(font), 0)
        try:
            _load(*face, 20)
        except OSError as error:
            raise NoFont(f"{font} is not a font file that can be used ({error})") from error
        return Fonts(face, face)
    installed = {
        path.name: path for folder in _folders() if folder.is_dir() for path in folder.rglob("*.tt?")
    }
    sans = _first(_SANS, installed)
    if sans is None:
        raise NoFont(
            "no font with Chinese glyphs was found; install one (Debian: apt-get install fonts-noto-cjk), "
            "or give one with --font FILE"
        )
    return Fonts(sans, _first(_SERIF, installed) or sans)


def _first(wanted: tuple[tuple[str, int], ...], installed: dict[str, Path]) -> tuple[str, int] | None:
    return next(((str(installed[name]), index) for name, index in wanted if name in installed), None)


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
