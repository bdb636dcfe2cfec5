"""Lays a function's folder, the code that it shares with its neighbours, and its dependencies over each other."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.build.errors import BuildError
from cloudbase_ocr.build.ignore import ignored_by
from cloudbase_ocr.build.modules import imports, parse
from cloudbase_ocr.build.unpack import is_superfluous, unpack
from cloudbase_ocr.build.wheels import distribution_name
from cloudbase_ocr.dependencies.errors import DependencyError
from cloudbase_ocr.dependencies.requirements import FILE as REQUIREMENTS
from cloudbase_ocr.dependencies.requirements import read_requirements
from cloudbase_ocr.dependencies.shared import REQUESTS, WXCLOUD, wxcloud_folder
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudbase_ocr.build.wheels import Wheels
    from cloudbase_ocr.dependencies.pins import Pin
    from cloudbase_ocr.runtime.function_folders import FunctionInfo

LICENCES = "THIRD_PARTY_LICENSES.txt"
_INSTALLED = "Packages here: "

_LEFT_OUT_FOLDERS = frozenset({"bin", "node_modules", "tests", "venv"})
_LEFT_OUT_FILES = frozenset({REQUIREMENTS, "conftest.py"})


@dataclass
class Parts:
    """What a package was put together from."""

    shared: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


def lay_out(
    info: FunctionInfo,
    target: Path,
    *,
    python: str,
    pins: Sequence[Pin],
    wheels: Wheels,
    always: Iterable[str] = (),
) -> Parts:
    """Fill the empty folder `target` with everything that function `info` needs, and return what that was.

    `always`: shared code to take although the function does not import it.

    Raises:
        BuildError: something that it needs cannot be had, or does not fit together.
    """
    _copy(info.path, target, info.config.ignore)
    shared = shared_code(info.path, always)
    for path in shared.values():
        _copy(path, target / path.name) if path.is_dir() else shutil.copyfile(path, target / path.name)
    parts = Parts(tuple(sorted(shared)))
    pins = pins if WXCLOUD in shared or REQUESTS in _imported(info.path) else ()
    found = _wheels(info, python, pins, wheels)
    _add_wheels(found, target, parts, {pin.name for pin in pins})
    return parts


def own_files(folder: Path, ignore: Iterable[str] = ()) -> list[str]:
    """Return what of a function's folder goes into its package, as sorted paths with ``/``.

    Hidden files, tests, virtual environments, ``bin`` and requirements.txt stay behind, and what the patterns `ignore`
    match.

    Raises:
        BuildError: a link leads to a folder, or out of this one: the cloud would not have what it points to.
    """
    found = []
    ignored = ignored_by(ignore)
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _stays_behind(Path(root) / name, folder)]
        for path in [Path(root) / name for name in (*folders, *files)]:
            if path.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(folder.resolve())):
                raise BuildError(
                    _("{path} is a link, which the cloud cannot follow. Put what it points to there.").format(
                        path=path
                    )
                )
        for name in files:
            relative = (Path(root) / name).relative_to(folder).as_posix()
            left_out = name.startswith((".", "test_")) or name in _LEFT_OUT_FILES or is_superfluous(relative)
            if not left_out and not ignored(relative):
                found.append(relative)
    return sorted(found)


def shared_code(folder: Path, always: Iterable[str] = ()) -> dict[str, Path]:
    """Return the packages and modules beside `folder` that its code imports, directly or through one another.

    wxcloud is the one beside the function, as in the emulator; without one there, the one that is installed.
    """
    found: dict[str, Path] = {}
    names = set(always) | _imported(folder)
    while names:
        name = names.pop()
        path = None if name in found else _beside(folder, name)
        if path is not None:
            found[name] = path
            names |= _imported(path)
    return found


def installed_names(folder: Path) -> set[str]:
    """Return the names in a function's folder that `build`, or ``pip install --target``, has put there."""
    names: set[str] = set()
    licences = folder / LICENCES
    if licences.is_file():
        first = licences.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
        names.update(first.removeprefix(_INSTALLED).split(", "))
    for record in folder.glob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
        names.update(line.partition(",")[0].partition("/")[0] for line in lines)
    return names


def _beside(folder: Path, name: str) -> Path | None:
    if (folder / name).exists() or (folder / f"{name}.py").exists():
        return None
    for path in (folder.parent / name, folder.parent / f"{name}.py"):
        if path.is_file() or (path / "__init__.py").is_file():
            return path
    if name == WXCLOUD:
        return wxcloud_folder()
    return None


def _imported(path: Path) -> set[str]:
    files = [path] if path.is_file() else [path / name for name in own_files(path) if name.endswith(".py")]
    return {module for file in files for module in _imported_by(file)}


def _imported_by(file: Path) -> set[str]:
    try:
        return {found.module for found in imports(parse(file))}
    except SyntaxError:  # said by `check`, and by Python when the function is loaded
        return set()


def _copy(source: Path, target: Path, ignore: Iterable[str] = ()) -> None:
    for relative in own_files(source, ignore):
        path = target / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / relative, path)


def _stays_behind(path: Path, folder: Path) -> bool:
    """Tell whether a folder below the function's folder is none of its code; `bin` and the like only at the top."""
    if path.name.startswith(".") or path.name == "__pycache__" or (path / "pyvenv.cfg").exists():
        return True
    return path.parent == folder and path.name in _LEFT_OUT_FOLDERS


def _wheels(info: FunctionInfo, python: str, pins: Sequence[Pin], known: Wheels) -> list[Path]:
    """What requirements.txt asks for wins; the pins fill in what it does not name."""
    wheels: list[Path] = []
    try:
        requirements = read_requirements(info.path)
    except DependencyError as error:
        raise BuildError(str(error)) from error
    if requirements:
        wheels = known.required(requirements, python)
    named = {distribution_name(wheel) for wheel in wheels}
    return wheels + known.pinned([pin for pin in pins if pin.name not in named], python)


def _add_wheels(wheels: Iterable[Path], target: Path, parts: Parts, pinned: set[str]) -> None:
    """Unpack wheels; what is in the folder already, put there by hand, stays."""
    there = {path.name for path in target.iterdir()}
    unpacked = [unpack(wheel) for wheel in sorted(wheels)]
    for wheel in unpacked:
        for relative, content in wheel.files.items():
            if relative.partition("/")[0] not in there:
                _write(target, relative, content, wheel.title)
    if _reads_metadata(
        target, {name for wheel in unpacked if wheel.name in pinned for name in wheel.top_levels}
    ):
        for wheel in unpacked:
            for relative, content in wheel.metadata.items():
                _write(target, relative, content, wheel.title)
    if unpacked:
        names = sorted({name for wheel in unpacked for name in wheel.top_levels})
        texts = [f"{wheel.title}\n\n".encode() + b"\n".join(wheel.licences) for wheel in unpacked]
        text = b"\n\n".join([f"{_INSTALLED}{', '.join(names)}".encode(), *texts])
        _write(target, LICENCES, text, "the list of licences")
    parts.wheels = tuple(wheel.title for wheel in unpacked)


def _reads_metadata(target: Path, known: set[str]) -> bool:
    """Tell whether any code asks for a distribution's version or entry points; of the pinned packages none does."""
    words = (b"importlib.metadata", b"importlib_metadata", b"pkg_resources")
    for file in target.rglob("*.py"):
        if file.relative_to(target).parts[0] not in known:
            content = file.read_bytes()
            if any(word in content for word in words):
                return True
    return False


def _write(root: Path, relative: str, content: bytes, title: str) -> None:
    """Write a file of the package `root`, and nothing outside it, whatever `relative` says.

    Raises:
        BuildError: it would lie elsewhere, or its name is taken by a folder, or is no name on this system.
    """
    try:
        path = (root / relative).resolve()
        if not path.is_relative_to(root.resolve()):
            raise BuildError(
                _("{title}: {relative!r} leads out of the package, and nothing was written there.").format(
                    title=title, relative=relative
                )
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        raise BuildError(
            _("{title}: {relative!r} cannot be written into the package: {error}").format(
                title=title, relative=relative, error=error
            )
        ) from error
