"""Pictures inside archives: ZIP, and TAR as it is or compressed. Nothing is unpacked onto the disk."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ZIP = (".zip",)
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_MOST_BYTES = 256 * 1024 * 1024
"""A member that says more, or unpacks to more, is no photo: a few bytes of an archive can unpack to any number."""

_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, ValueError, RuntimeError, KeyError)
"""What is raised for damaged and encrypted members; lzma's errors are among the OSErrors of reading below."""


def is_archive(name: str) -> bool:
    """Tell by its name whether a file is an archive."""
    return name.lower().endswith(_ZIP + _TAR)


def members(path: Path) -> Iterator[str]:
    """Give the files of an archive by their names, in the order in which they are stored; hidden ones are left out.

    Raises:
        OSError: it cannot be read, or is damaged.
    """
    try:
        if _is_zip(str(path)):
            names = [info.filename for info in _zip(str(path)).infolist() if not info.is_dir()]
        else:
            with tarfile.open(path) as archive:
                names = [info.name for info in archive if info.isfile()]
    except (*_DAMAGED, ImportError) as error:
        raise OSError(str(error)) from error
    for name in names:
        if not any(part.startswith((".", "__MACOSX")) for part in name.split("/")):
            yield name


def is_read_in_order(path: str) -> bool:
    """Tell whether the members of an archive are best read one after the other, as going back starts anew."""
    return not _is_zip(path)


def read(path: str, member: str) -> bytes:
    """Return the bytes of a member.

    Raises:
        OSError: it cannot be read, is damaged, encrypted or far larger than a photo.
    """
    try:
        if _is_zip(path):
            with _zip(path).open(member) as file:
                data = file.read(_MOST_BYTES + 1)
        else:
            opened = _tar(path).extractfile(member)
            data = b"" if opened is None else opened.read(_MOST_BYTES + 1)
    except _DAMAGED as error:
        raise OSError(0, _("the archive is damaged or encrypted: {error}").format(error=error)) from error
    if len(data) > _MOST_BYTES:
        raise OSError(
            0,
            _("more than {most_bytes} MB, which is no photo").format(most_bytes=_MOST_BYTES // 1024 // 1024),
        )
    return data


def _is_zip(path: str) -> bool:
    return path.lower().endswith(_ZIP)


@lru_cache(maxsize=64)
def _zip(path: str) -> zipfile.ZipFile:
    """Open a ZIP, once: its directory may list many thousand files. Threads may read from it."""
    return zipfile.ZipFile(path)


_tars: dict[str, tarfile.TarFile] = {}


def _tar(path: str) -> tarfile.TarFile:
    """Open a TAR, once, and close the one before; one thread reads them from front to back."""
    if path not in _tars:
        while _tars:
            _tars.popitem()[1].close()
        _tars[path] = tarfile.open(path)  # noqa: SIM115 - stays open for the members that follow
    return _tars[path]
