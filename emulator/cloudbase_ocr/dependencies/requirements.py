"""Reads a function's requirements.txt: what is wrong with it is told with file, line and fix, before pip is asked.

Files that it names with ``-r`` and ``-c`` count as part of it; other options are pip's business. What reads them is
imported with the first file: most functions have none.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.dependencies.errors import DependencyError
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.requirements import Requirement

FILE = "requirements.txt"

_COMMENT = re.compile(r"(^|\s)#.*")
_INCLUDED = re.compile(r"(?:-[rc]\s*|--(?:requirement|constraint)[=\s]\s*)(?P<file>.+)")
_EDITABLE = re.compile(r"(?:-e|--editable)\b")
_LINE_OPTION = re.compile(r"\s--[a-z].*")
_PATH_OR_ADDRESS = re.compile(r"[./~\\]|[A-Za-z]:[/\\]|[\w+]+://|.*\.(?:whl|tar\.gz|zip)$")


@dataclass(frozen=True)
class Requirements:
    """What a requirements.txt asks for.

    `text` is what counts of it and of the files that it names, one requirement or option a line; `specified` are the
    requirements that name a package, without pip's options; `places` are file and line of each, by normalised name;
    `files` are those that were read.
    """

    file: Path
    text: str = ""
    specified: tuple[Requirement, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether it asks for anything."""
        return bool(self.text)

    @property
    def pinned(self) -> bool:
        """Whether every line names exactly one version."""
        lines = self.text.splitlines()
        return len(lines) == len(self.specified) and all(map(_is_pinned, self.specified))

    def place(self, wanted: str) -> str:
        """Return file and line that ask for a requirement as pip words it; the file alone for what others need."""
        name = re.match(r"[\w.-]+", wanted)
        return self.places.get(_normalised(name[0]) if name else "", shown(self.file))


def read_requirements(folder: Path) -> Requirements:
    """Return what the requirements.txt in a function's folder asks for; nothing if there is none.

    Raises:
        DependencyError: it cannot be read, or a line makes no sense.
    """
    file = folder / FILE
    found = _Found()
    if file.is_file():
        _read(file, found)
    return Requirements(
        file, "\n".join(found.lines), tuple(found.specified), found.places, tuple(found.files)
    )


def shown(path: Path) -> str:
    """Return a path from the working directory, if it is below: short, and what an editor can open."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


@dataclass
class _Found:
    lines: list[str] = field(default_factory=list)
    specified: list[Requirement] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)


def _read(file: Path, found: _Found) -> None:
    if file.resolve() in found.files:
        return
    found.files.append(file.resolve())
    for number, line in _lines(file):
        place = f"{shown(file)}:{number}"
        included = _INCLUDED.fullmatch(line)
        if included:
            other = Path(os.path.normpath(file.parent / included["file"].strip()))
            if not other.is_file():
                raise DependencyError(
                    _("{place}: there is no file {other}. Correct the path, or take the line out").format(
                        place=place, other=shown(other)
                    )
                )
            _read(other, found)
        elif _EDITABLE.match(line):
            raise DependencyError(
                _(
                    "{place}: a package cannot be a link (-e): the cloud would not have what it points to. "
                    "Put its code beside the functions, which share it, or name a wheel of it, such as "
                    "./name-1.0-py3-none-any.whl"
                ).format(place=place)
            )
        else:
            found.lines.append(line)
            if not line.startswith("-") and not _PATH_OR_ADDRESS.match(line):
                found.specified.append(_requirement(line, place))
                found.places.setdefault(_normalised(found.specified[-1].name), place)
            elif (local := file.parent / line).is_file():
                status = local.stat()
                found.lines[-1] += f" # {status.st_size} {status.st_mtime_ns}"


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Give the lines that say something with their numbers; one that a backslash continues has that of its end."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise DependencyError(
            _("{file}:{number}: is not UTF-8. Save it as UTF-8").format(file=shown(file), number=number)
        ) from error
    except OSError as error:
        raise DependencyError(
            _("{file}: {strerror}. Make it readable").format(file=shown(file), strerror=error.strerror)
        ) from error
    begun = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = begun + _COMMENT.sub("", line).strip()
        begun = bare[:-1] if bare.endswith("\\") else ""
        if bare and not begun:
            yield number, bare
    if begun.strip():
        yield number, begun.strip()


def _normalised(name: str) -> str:
    from cloudbase_ocr.dependencies.standards import utils

    return utils.canonicalize_name(name)


def _requirement(line: str, place: str) -> Requirement:
    from cloudbase_ocr.dependencies.standards import requirements

    try:
        return requirements.Requirement(_LINE_OPTION.sub("", line))
    except requirements.InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise DependencyError(
            _(
                "{place}: {line!r} is no requirement: {reason}. Write a name, with a version if it "
                "matters: pydantic or pydantic==2.11.7"
            ).format(place=place, line=line, reason=reason)
        ) from error


def _is_pinned(requirement: Requirement) -> bool:
    if len(requirement.specifier) != 1:
        return False
    (specifier,) = requirement.specifier
    return specifier.operator in ("==", "===") and not specifier.version.endswith(".*")
