"""Which Python runs a function, and the packages that it finds there beside its own code.

What can be imported is what its package will hold: its folder, the code it shares, what its requirements.txt asks for,
and wxcloud with requests. Nothing else of the emulator's environment is there.
"""

from __future__ import annotations

import functools
import logging
import os
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.dependencies.errors import DependencyError, NoNetworkError
from cloudbase_ocr.dependencies.installed import InstalledPackages
from cloudbase_ocr.dependencies.interpreters import Python, find_interpreter, running_version
from cloudbase_ocr.dependencies.names import package_of
from cloudbase_ocr.dependencies.requirements import FILE, Requirements, read_requirements, shown
from cloudbase_ocr.dependencies.shared import has_requests, shared_modules
from cloudbase_ocr.language import _
from cloudbase_ocr.runtime.languages import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cloudbase_ocr.runtime.errors import InvocationError
    from cloudbase_ocr.runtime.function_folders import FunctionInfo

LOGGER_NAME = "cloudbase_ocr.packages"
OLDEST = (3, 9)
"""The oldest Python that functions run on."""

_MISSING = re.compile(r"^ModuleNotFoundError: No module named '(?P<module>\w+)[\w.]*'\s*\Z", re.MULTILINE)
_RUNTIME = re.compile(r"Python(?P<version>3\.(?P<minor>\d+))")

_Stamps = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Packages:
    """What a function can import beside its code: `folders` of the search path, and modules of the emulator's own."""

    folders: tuple[str, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict)


class Pythons:
    """The Pythons of this machine. Thread-safe."""

    def __init__(self, path: str, version: str | None, cache: Path | None = None) -> None:
        """Run functions by `version`; without one by that of their runtime, else by the interpreter at `path`.

        Raises:
            ValueError: this machine does not have `version`.
        """
        self._find = functools.cache(_find)
        self._default = Python(running_version(), path)
        self._named = version is not None
        if version is not None:
            found = self._find(version)
            if found is None:
                raise ValueError(
                    _(
                        "python is {version}, and this machine has no Python {version}. Install it (uv python "
                        "install {version}), or leave the option out: then functions run on Python "
                        "{running_version}"
                    ).format(version=version, running_version=running_version())
                )
            self._default = found
        self._logger = logging.getLogger(LOGGER_NAME)
        self._installed = InstalledPackages(self._logger.info, cache)
        self._read: dict[Path, tuple[_Stamps, Requirements]] = {}
        self._without_requests: set[Python] = set()
        self._lock = threading.Lock()

    def of(self, info: FunctionInfo) -> Python:
        """Return the Python that runs a function."""
        wanted = _RUNTIME.fullmatch(info.config.runtime or "")
        if self._named or wanted is None or int(wanted["minor"]) < OLDEST[1]:
            return self._default
        return self._find(wanted["version"]) or self._default

    def note(self, info: FunctionInfo) -> str:
        """Return what is to know when another Python runs a function than its runtime says; else nothing."""
        wanted = _RUNTIME.fullmatch(info.config.runtime or "")
        used = self.of(info).version
        if self._named or wanted is None or wanted["version"] == used:
            return ""
        file = info.config.set_by["runtime"]
        if int(wanted["minor"]) < OLDEST[1]:
            return _(
                "{file}: runtime of {name} is {wanted}, and functions run on Python 3.{oldest} or later "
                "here: it runs on {used}"
            ).format(file=file, name=info.name, wanted=wanted[0], oldest=OLDEST[1], used=used)
        return _(
            "{file}: runtime of {name} is {wanted}, which this machine does not have: it runs on "
            "Python {used}. Install it: uv python install {version}"
        ).format(file=file, name=info.name, wanted=wanted[0], used=used, version=wanted["version"])

    def packages(self, info: FunctionInfo) -> Packages:
        """Return what a function can import beside its code, installed now if it was not before.

        Raises:
            DependencyError: its requirements.txt is wrong, or what it asks for cannot be had.
        """
        if info.language is not PYTHON:
            return Packages()
        python = self.of(info)
        folders = []
        requirements = self._requirements(info.path)
        if requirements:
            folders.append(str(self._installed.required(requirements, python)))
        if not has_requests(python):
            folders += self._pinned(python)
        return Packages(tuple(folders), shared_modules(python))

    def _requirements(self, folder: Path) -> Requirements | None:
        """Return what a function asks for; its files are read again when they changed."""
        first = folder / FILE
        if not os.path.isfile(first):  # noqa: PTH113 - looked at before every call
            return None
        known = self._read.get(folder)
        if known is None or known[0] != _stamps(known[1].files):
            requirements = read_requirements(folder)
            known = self._read[folder] = (_stamps(requirements.files), requirements)
        return known[1]

    def _pinned(self, python: Python) -> list[str]:
        """Return the folder with requests for a Python that ours is too new for.

        Without a network it is missing, which is told once: what makes no cloud calls runs without.
        """
        with self._lock:
            if python in self._without_requests:
                return []
            try:
                return [str(self._installed.pinned(python))]
            except NoNetworkError as error:
                self._without_requests.add(python)
                self._logger.warning("%s; until then functions run without", error)
                return []


def tell_missing_module(error: InvocationError, info: FunctionInfo) -> None:
    """Say what to do about an error, if it is that a module is not there."""
    found = _MISSING.search(error.trace)
    if found is None or info.language is not PYTHON:
        return
    file = shown(info.path / FILE)
    module = found["module"]
    error.advice = _("add {module} to {file}, or what else brings the module {imported}").format(
        module=package_of(module), file=file, imported=module
    )


def problems(pythons: Pythons, functions: Iterable[FunctionInfo]) -> list[str]:
    """Install what functions ask for; return a sentence for each that cannot have it."""
    told = []
    for info in functions:
        if info.runnable:
            try:
                pythons.packages(info)
            except DependencyError as error:
                told.append(str(error))
    return list(dict.fromkeys(told))


def _find(version: str) -> Python | None:
    path = find_interpreter(version)
    return None if path is None else Python(version, path)


def _stamps(files: Iterable[Path]) -> _Stamps:
    stamps = []
    for file in files:
        with suppress(OSError):
            status = file.stat()
            stamps.append((status.st_mtime_ns, status.st_size))
    return tuple(stamps)
