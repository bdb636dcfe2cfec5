"""Typefaces of the two halves: readers are developed on one set of faces and reported on the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    import random

# Debian packages that hold the files below.
PACKAGES = (
    "fonts-noto-cjk",
    "fonts-wqy-zenhei",
    "fonts-wqy-microhei",
    "fonts-arphic-uming",
    "fonts-arphic-ukai",
    "fonts-arphic-gbsn00lp",
    "fonts-arphic-gkai00mp",
    "fonts-liberation",
    "fonts-dejavu-core",
)
FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
Face = tuple[str, int]  # file name, index of the face in the file

_CHINESE: dict[str, dict[str, tuple[Face, ...]]] = {
    "dev": {
        "hei": (("NotoSansCJK-Regular.ttc", 2), ("wqy-microhei.ttc", 0)),
        "song": (("uming.ttc", 0),),
        "kai": (("gkai00mp.ttf", 0),),
    },
    "test": {
        "hei": (("wqy-zenhei.ttc", 0), ("NotoSansCJK-Bold.ttc", 2)),
        "song": (("gbsn00lp.ttf", 0), ("NotoSerifCJK-Regular.ttc", 2)),
        "kai": (("ukai.ttc", 0),),
    },
}
_LATIN: dict[str, dict[str, tuple[Face, ...]]] = {
    "dev": {
        "plain": (("LiberationSans-Regular.ttf", 0),),
        "mono": (("LiberationMono-Regular.ttf", 0),),
        "narrow": (("LiberationSansNarrow-Bold.ttf", 0),),
        "roman": (("LiberationSerif-Regular.ttf", 0),),
    },
    "test": {
        "plain": (("DejaVuSans.ttf", 0),),
        "mono": (("DejaVuSansMono.ttf", 0), ("LiberationMono-Bold.ttf", 0)),
        "narrow": (("DejaVuSansCondensed-Bold.ttf", 0), ("LiberationSansNarrow-Bold.ttf", 0)),
        "roman": (("DejaVuSerif.ttf", 0), ("LiberationSerif-Bold.ttf", 0)),
    },
}
_FALLBACK: Face = ("NotoSansCJK-Regular.ttc", 2)


class MissingFonts(Exception):
    """Some font files are not on this machine; the text names the packages."""


@dataclass(frozen=True)
class Fonts:
    """One choice of faces for one document."""

    faces: dict[str, Face]

    def load(self, style: str, size: int) -> ImageFont.FreeTypeFont:
        """The face of `style` (hei, song, kai, plain, mono, narrow, roman) at this size in pixels."""
        return _load(self.faces[style], size)

    def for_character(self, character: str, chinese: str, latin: str, size: int) -> ImageFont.FreeTypeFont:
        """ASCII in the `latin` style, all else in the `chinese` style; a face without the glyph is replaced."""
        face = self.faces[latin if character < "\x7f" else chinese]
        return _load(face if _has_glyph(face, character) else _FALLBACK, size)


def choose(half: str, rng: random.Random) -> Fonts:
    """Faces of a half ("dev" or "test") for one document. Raises `MissingFonts`."""
    styles = _CHINESE[half] | _LATIN[half]
    return Fonts({style: rng.choice(faces) for style, faces in styles.items()})


def check_installed() -> None:
    """Raise `MissingFonts` when a file of either half is missing."""
    wanted = {
        face[0]
        for table in (_CHINESE, _LATIN)
        for half in table.values()
        for faces in half.values()
        for face in faces
    }
    missing = sorted(wanted - set(installed()))
    if missing:
        raise MissingFonts(
            f"font files are missing: {', '.join(missing)}; install them: apt-get install {' '.join(PACKAGES)}"
        )


@lru_cache(maxsize=1)
def installed() -> dict[str, Path]:
    """Font files of this machine, by name."""
    return {path.name: path for folder in FOLDERS if folder.is_dir() for path in folder.rglob("*.tt?")}


@lru_cache(maxsize=512)
def _load(face: Face, size: int) -> ImageFont.FreeTypeFont:
    name, index = face
    try:
        return ImageFont.truetype(installed()[name], size, index=index)
    except KeyError:
        check_installed()
        raise


@lru_cache(maxsize=20_000)
def _has_glyph(face: Face, character: str) -> bool:
    font = _load(face, 32)
    # Every face draws its sign for "no such glyph" for a code point that is no character.
    return character == " " or bytes(font.getmask(character)) != bytes(font.getmask("\U0010fffe"))
