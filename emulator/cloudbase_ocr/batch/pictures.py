"""Which pictures a call names: files, folders, patterns and standard input."""

from __future__ import annotations

import glob
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

STANDARD_INPUT = "-"
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"})
"""What counts as a picture in a folder; files that are named one by one may be called anything."""

_WILDCARDS = "*?["


class NoPictureError(Exception):
    """The call names nothing that could be read; the message says why, and what to do."""


@dataclass(frozen=True)
class Picture:
    """A picture to read. `name` is shown; `inner` is where it lies below the folder that was named."""

    name: str
    inner: Path

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            OSError: the file cannot be read.
        """
        if self.name == STANDARD_INPUT:
            return sys.stdin.buffer.read()
        return Path(self.name).read_bytes()


@dataclass(frozen=True)
class Selection:
    """The pictures of a call, in order. `single`: one file was named as such, not a folder or a pattern."""

    pictures: list[Picture]
    single: bool


def select(names: Iterable[str]) -> Selection:
    """Return the pictures that are named, in the order given; those of a folder by their path.

    A name with ``*``, ``?`` or ``[`` that is no file is a pattern (``**`` for folders below): shells of Windows leave
    them to the program. A file that does not exist is listed all the same; reading it tells so.

    Raises:
        NoPictureError: a folder or a pattern has no picture, or standard input is named twice.
    """
    pictures: list[Picture] = []
    single = True
    for name in names:
        path = Path(name)
        if name == STANDARD_INPUT:
            pictures.append(Picture(name, Path("standard-input")))
        elif path.is_dir():
            single = False
            pictures += _inside(path)
        elif any(character in name for character in _WILDCARDS) and not path.exists():
            single = False
            pictures += _matching(name)
        else:
            pictures.append(_file(path))
    if sum(picture.name == STANDARD_INPUT for picture in pictures) > 1:
        raise NoPictureError("standard input (-) holds one picture and can be named once.")
    return Selection(pictures, single and len(pictures) == 1)


def _inside(folder: Path) -> list[Picture]:
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        # Hidden ones are thumbnails and leftovers of other programs, such as ._photo.jpg of macOS.
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in files if not name.startswith(".")]
    pictures = sorted(path for path in found if path.suffix.lower() in SUFFIXES)
    if not pictures:
        known = ", ".join(sorted(SUFFIXES))
        raise NoPictureError(f"{folder} has no picture ({known}). Name the folder that has them.")
    return [Picture(str(path), path.relative_to(folder)) for path in pictures]


def _matching(pattern: str) -> list[Picture]:
    names = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    pictures = [_file(Path(name)) for name in sorted(names) if Path(name).is_file()]
    if not pictures:
        raise NoPictureError(f"{pattern}: no file matches. Check the pattern, and the folder you are in.")
    return pictures


def _file(path: Path) -> Picture:
    return Picture(str(path), Path(path.name))
