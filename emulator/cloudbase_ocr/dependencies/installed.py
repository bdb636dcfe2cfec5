"""Installs what a function's requirements.txt asks for: once, into a cached folder for each content and Python.

A folder comes to be in one step, when it is whole: what was interrupted is never seen, and of two processes that do the
same at the same time one keeps the other's. Nothing in it changes later; whoever wants newer versions changes the file,
or deletes the folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.core.paths import user_cache
from cloudbase_ocr.dependencies import pip
from cloudbase_ocr.dependencies.errors import DependencyError
from cloudbase_ocr.dependencies.pins import read_pins
from cloudbase_ocr.dependencies.requirements import FILE, shown
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.dependencies.interpreters import Python
    from cloudbase_ocr.dependencies.requirements import Requirements

_FORMAT = "1"
_BEGUN = ".begun-"
_DAY = 24 * 3600


@dataclass(frozen=True)
class _Wanted:
    """What is to be installed: the file that pip reads, or its text; `place` words where a requirement is asked for."""

    text: str
    title: str
    place: Callable[[str], str]
    file: Path | None = None
    options: tuple[str, ...] = ()


class InstalledPackages:
    """The cached folders. Thread-safe; other processes may use the same ones."""

    def __init__(self, tell: Callable[[str], None], cache: Path | None = None) -> None:
        """Install nothing yet; `tell` is told of every installation, line by line."""
        self._folder = (cache or user_cache()) / "installed"
        self._tell = tell
        self._locks: dict[Path, threading.Lock] = {}
        self._lock = threading.Lock()

    def required(self, requirements: Requirements, python: Python) -> Path:
        """Return the folder with what `requirements` ask for, installed now if it was not before.

        Raises:
            NoNetworkError: there is no network, and it was not installed before.
            DependencyError: it cannot be installed; the message names file, reason and fix.
        """
        title = _("what {file} asks for").format(file=shown(requirements.file))
        return self._get(_Wanted(requirements.text, title, requirements.place, requirements.file), python)

    def pinned(self, python: Python) -> Path:
        """Return the folder with requests and what it needs, as packages for that Python hold them.

        Raises:
            NoNetworkError: there is no network, and it was not installed before.
            DependencyError: it cannot be installed.
        """
        text = "\n".join(pin.line for pin in read_pins(python.version))
        title = "requests"
        options = ("--no-deps", "--require-hashes")
        return self._get(_Wanted(text, title, lambda _: title, options=options), python)

    def _get(self, wanted: _Wanted, python: Python) -> Path:
        key = "\n".join((_FORMAT, python.version, os.path.realpath(python.path), wanted.text))
        folder = self._folder / hashlib.sha256(key.encode()).hexdigest()[:24]
        with self._lock:
            lock = self._locks.setdefault(folder, threading.Lock())
        with lock:
            if not folder.is_dir():
                try:
                    self._install(wanted, python, folder)
                except OSError as error:
                    raise DependencyError(
                        _(
                            "{title} cannot be put into {folder}: {strerror}. Make room there, or let XDG_CACHE_HOME "
                            "name another folder"
                        ).format(title=wanted.title, folder=self._folder, strerror=error.strerror)
                    ) from error
        return folder

    def _install(self, wanted: _Wanted, python: Python, folder: Path) -> None:
        began = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._remove_old()
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=_BEGUN, ignore_cleanup_errors=True) as new:
            target = Path(new) / "packages"
            target.mkdir()
            file = wanted.file
            if file is None:
                file = Path(new) / FILE
                file.write_text(wanted.text, encoding="utf-8")
            self._tell(
                _("installing {title}, once, for Python {version}; kept in {folder}").format(
                    title=wanted.title, version=python.version, folder=folder
                )
            )
            pip.install(
                file, target, python.path, lambda step: self._tell(f"  {step}"), wanted.place, *wanted.options
            )
            with suppress(OSError):  # another process was quicker: a folder with files in it is not replaced
                target.rename(folder)
        if not folder.is_dir():
            raise DependencyError(
                _("{title} cannot be put into {folder}. Make it a folder that can be written").format(
                    title=wanted.title, folder=self._folder
                )
            )
        self._tell(
            _("installed {title} in {monotonic:.1f} s").format(
                title=wanted.title, monotonic=time.monotonic() - began
            )
        )

    def _remove_old(self) -> None:
        """Remove what an installation that was killed has left behind."""
        for begun in self._folder.glob(f"{_BEGUN}*"):
            with suppress(OSError):
                if time.time() - begun.stat().st_mtime > _DAY:
                    shutil.rmtree(begun, ignore_errors=True)
