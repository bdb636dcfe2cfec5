"""Zips that are the same, byte for byte, whenever the files are: sorted names, fixed times and modes."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_FILE, _PROGRAM = 0o100644, 0o100755


def write_zip(folder: Path, target: Path, programs: frozenset[str] = frozenset()) -> None:
    """Pack the files below `folder`; those in `programs` (paths with ``/``) may be executed."""
    partial = target.with_suffix(".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in file_names(folder):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (_PROGRAM if name in programs else _FILE) << 16
            archive.writestr(entry, (folder / name).read_bytes())
    partial.replace(target)


def file_names(folder: Path) -> list[str]:
    """Return the files below `folder` as sorted paths with ``/``."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
