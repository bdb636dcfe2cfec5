"""What of a wheel goes into a package: code and data; no scripts, tests, type stubs, nor metadata nobody reads."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.build.errors import BuildError
from cloudbase_ocr.build.wheels import distribution_name
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from pathlib import Path

_INSTALLED = ("purelib", "platlib")
_READ_AT_RUN_TIME = ("METADATA", "entry_points.txt", "top_level.txt")
_LICENCE_NAMES = ("license", "licence", "copying", "notice", "authors")
_UNREADABLE = (zipfile.BadZipFile, OSError, EOFError, zlib.error, ValueError, RuntimeError)
"""What zipfile raises for damaged and encrypted members, and for those compressed in a way that it does not know."""


@dataclass
class Unpacked:
    """One wheel: files by their path in the package, metadata files, and licence texts."""

    name: str
    version: str
    files: dict[str, bytes] = field(default_factory=dict)
    metadata: dict[str, bytes] = field(default_factory=dict)
    licences: list[bytes] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Name and version, for people."""
        return f"{self.name} {self.version}"

    @property
    def top_levels(self) -> set[str]:
        """Names that this wheel puts into the package's root."""
        return {path.partition("/")[0] for path in self.files}


def unpack(wheel: Path) -> Unpacked:
    """Read a wheel.

    Raises:
        BuildError: the file is none, or something in it would leave the package's folder.
    """
    found = Unpacked(distribution_name(wheel), wheel.name.split("-")[1])
    try:
        with zipfile.ZipFile(wheel) as archive:
            for path in sorted(archive.namelist()):
                if not path.endswith("/"):
                    _sort(path, archive.read(path), found)
    except _UNREADABLE as error:
        raise BuildError(
            _("{wheel} is no readable wheel: {error}. Delete it and build again.").format(
                wheel=wheel, error=error
            )
        ) from error
    return found


def is_superfluous(path: str) -> bool:
    """Tell whether a file is of no use at run time: compiled by another Python, test, type stub."""
    folders, name = path.split("/")[:-1], path.rpartition("/")[2]
    if "__pycache__" in folders or "tests" in folders:
        return True
    return name.endswith((".pyc", ".pyo", ".pyi")) or name == "py.typed"


def stays_inside(path: str) -> bool:
    """Tell whether a path with ``/`` names a file below the folder that it is joined to, on every system.

    Not so: absolute paths, ``..``, empty segments (what is left of ``//``), drives and streams (``:``), backslashes,
    control characters, and segments of dots and spaces, which Windows takes away.
    """
    if "\\" in path or ":" in path or any(ord(character) < 32 for character in path):
        return False
    return all(segment.strip(" .") for segment in path.split("/"))


def _sort(path: str, content: bytes, found: Unpacked) -> None:
    _check(path, path, found)
    parts = path.split("/")
    if parts[0].endswith(".dist-info"):
        if parts[-1].lower().startswith(_LICENCE_NAMES):
            found.licences.append(content)
        if len(parts) == 2 and parts[1] in _READ_AT_RUN_TIME:
            found.metadata[path] = content
        return
    within = path
    if parts[0].endswith(".data"):
        if len(parts) > 1 and parts[1] not in _INSTALLED:
            return
        within = "/".join(parts[2:])
        # What is left is a path of its own: "/etc/x" of "evil-1.0.data/purelib//etc/x".
        _check(within, path, found)
    if not is_superfluous(within):
        found.files[within] = content


def _check(path: str, member: str, found: Unpacked) -> None:
    if not stays_inside(path):
        raise BuildError(
            _(
                "{title}: the wheel holds {member!r}, which leaves the package or names no file in it. "
                "Do not use this wheel."
            ).format(title=found.title, member=member)
        )
