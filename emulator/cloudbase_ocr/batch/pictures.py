"""Which pictures a call names: files, folders, patterns, archives, lists, addresses and standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.batch import archives, storage
from cloudbase_ocr.core import formats
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable

STANDARD_INPUT = "-"
WECHAT_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"})
SUFFIXES = WECHAT_SUFFIXES | frozenset(formats.SUFFIXES)
"""What counts as a picture in a folder; files that are named one by one may be called anything."""

_WILDCARDS = "*?["


class NoPictureError(Exception):
    """The call names nothing that could be read; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file to read, which may hold several pages. `name` is shown, and tells it from others.

    `inner` is where it lies below the folder that was named. `archive` holds it, if it is not empty, as `member`.
    `skip` are pages, from 1, that are not wanted. `content` are its bytes where a program has them.
    """

    name: str
    inner: Path
    archive: str = ""
    member: str = ""
    skip: frozenset[int] = frozenset()
    content: bytes | None = None

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            OSError: the file cannot be read.
        """
        if self.content is not None:
            return self.content
        if self.name == STANDARD_INPUT:
            return sys.stdin.buffer.read()
        if self.archive:
            return archives.read(self.archive, self.member)
        if storage.is_address(self.name):
            return storage.read(self.name)
        return Path(self.name).read_bytes()

    def head(self) -> bytes:
        """Return the first bytes of a file of this machine, which tell its format; OSError as for `read`."""
        with Path(self.name).open("rb") as file:
            return file.read(formats.HEAD)

    @property
    def is_plain_file(self) -> bool:
        """Tell whether it is a file of its own on this machine."""
        return self.content is None and not (
            self.name == STANDARD_INPUT or self.archive or storage.is_address(self.name)
        )


@dataclass
class Selection:
    """The pictures of a call, in order.

    `single`: one file was named as such, not a folder, a pattern, an archive or a list. `skipped` counts files that are
    no pictures by their suffix; `not_installed` has the names of pictures whose format needs the extra ``formats``, by
    format; `troubles` has a sentence for each folder or archive that could not be read.
    """

    pictures: list[Picture] = field(default_factory=list)
    single: bool = True
    skipped: Counter[str] = field(default_factory=Counter)
    not_installed: dict[str, list[str]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def add(self, picture: Picture) -> None:
        """Take a file whose suffix tells whether it is a picture."""
        suffix = picture.inner.suffix.lower()
        if suffix not in SUFFIXES:
            self.skipped[suffix or "no suffix"] += 1
            return
        name = formats.SUFFIXES.get(suffix, "")
        if name and not formats.is_installed(name):
            self.not_installed.setdefault(name, []).append(picture.name)
            return
        self.pictures.append(picture)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was found that is, or may be, a picture."""
        return not (self.pictures or self.not_installed or self.troubles)


def select(names: Iterable[str], listed: Iterable[str] | None = None) -> Selection:
    """Return the pictures that are named, in the order given; those of a folder by their path.

    A name with ``*``, ``?`` or ``[`` that is no file is a pattern (``**`` for folders below): shells of Windows leave
    them to the program. `listed` are more names, which are no patterns. A file that does not exist is listed all the
    same; reading it tells so.

    Raises:
        NoPictureError: a folder, a pattern or an archive has no picture, or standard input is named twice.
    """
    selection = Selection()
    for name in names:
        if not _take(selection, name) and _is_pattern(name):
            selection.single = False
            _take_matching(selection, name)
    for name in listed or ():
        _take(selection, name, patterns=False)
    selection.single = selection.single and listed is None and len(selection.pictures) == 1
    if sum(picture.name == STANDARD_INPUT for picture in selection.pictures) > 1:
        raise NoPictureError(_("standard input (-) holds one picture and can be named once."))
    if selection.is_empty:
        raise NoPictureError(_("the list names no picture. Write one name to a line."))
    return selection


def _take(selection: Selection, name: str, *, patterns: bool = True) -> bool:
    """Take what a name stands for, unless it is a pattern; tell whether it was."""
    path = Path(name)
    before = len(selection.pictures)
    if name == STANDARD_INPUT:
        selection.pictures.append(Picture(name, Path("standard-input")))
    elif storage.is_address(name):
        _take_address(selection, name)
    elif path.is_dir():
        selection.single = False
        _take_folder(selection, path)
    elif archives.is_archive(name) and path.exists():
        selection.single = False
        _take_archive(selection, path)
    elif patterns and _is_pattern(name):
        return False
    else:
        selection.pictures.append(_file(path))
    return len(selection.pictures) > before or not (patterns and _is_pattern(name))


def _is_pattern(name: str) -> bool:
    return any(character in name for character in _WILDCARDS) and not os.path.lexists(name)


def _take_folder(selection: Selection, folder: Path) -> None:
    inside = Selection()
    found: list[Path] = []

    def refused(error: OSError) -> None:
        inside.troubles.append(
            _("{filename}: the folder cannot be read ({strerror}). Check its rights.").format(
                filename=error.filename, strerror=error.strerror
            )
        )

    for place, folders, files in os.walk(folder, onerror=refused):
        # Hidden ones are thumbnails and leftovers of other programs, such as ._photo.jpg of macOS.
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in files if not name.startswith(".")]
    for path in sorted(found):
        inside.add(Picture(str(path), path.relative_to(folder)))
    _merge(
        selection,
        inside,
        _("{folder} has no picture ({known}). Name the folder that has them.").format(
            folder=folder, known=_known()
        ),
    )


def _take_archive(selection: Selection, path: Path) -> None:
    inside = Selection()
    try:
        for member in archives.members(path):
            inside.add(Picture(f"{path}/{member}", Path(member), str(path), member))
    except OSError as error:
        inside.troubles.append(
            _("{path}: the archive cannot be read ({strerror}). Check it.").format(
                path=path, strerror=error.strerror or error
            )
        )
    _merge(
        selection,
        inside,
        _("{path} holds no picture ({known}). Name an archive that has them.").format(
            path=path, known=_known()
        ),
    )


def _take_address(selection: Selection, address: str) -> None:
    found = storage.listed(address)
    if found is None:
        selection.pictures.append(Picture(address, Path(address.rpartition("/")[2])))
        return
    selection.single = False
    inside = Selection()
    for name in found:
        inside.add(Picture(name, Path(storage.below(name, address))))
    _merge(
        selection,
        inside,
        _("{address} has no picture ({known}). Name the folder that has them.").format(
            address=address, known=_known()
        ),
    )


def _take_matching(selection: Selection, pattern: str) -> None:
    names = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    pictures = [_file(Path(name)) for name in sorted(names) if Path(name).is_file()]
    if not pictures:
        raise NoPictureError(
            _("{pattern}: no file matches. Check the pattern, and the folder you are in.").format(
                pattern=pattern
            )
        )
    selection.pictures += pictures


def _merge(selection: Selection, found: Selection, otherwise: str) -> None:
    if found.is_empty:
        raise NoPictureError(otherwise)
    selection.pictures += found.pictures
    selection.skipped += found.skipped
    selection.troubles += found.troubles
    for name, pictures in found.not_installed.items():
        selection.not_installed.setdefault(name, []).extend(pictures)


def _known() -> str:
    return ", ".join(sorted(SUFFIXES))


def _file(path: Path) -> Picture:
    return Picture(str(path), Path(path.name))
