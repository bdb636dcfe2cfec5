"""Gets wheels for CloudBase's platform with pip.

Works on any operating system: pip is told the platform to choose for. What was downloaded is kept in a cache folder,
so that the next build needs no network; copy that folder to a machine without one. A package that has its source only
is built here, and taken when what comes out runs everywhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.build.errors import BuildError, DownloadError
from cloudbase_ocr.build.targets import PLATFORMS, abi_tag
from cloudbase_ocr.core.paths import user_cache
from cloudbase_ocr.dependencies import pip
from cloudbase_ocr.dependencies.errors import NoNetworkError
from cloudbase_ocr.dependencies.interpreters import find_interpreter
from cloudbase_ocr.dependencies.requirements import FILE, Requirements
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloudbase_ocr.dependencies.pins import Pin


def cache_folder() -> Path:
    """Return where wheels are kept between builds: in the user's cache folder."""
    return user_cache() / "wheels"


class Wheels:
    """Gets wheels during one run of a command, which asks pip once for the same file of requirements."""

    def __init__(self, cache: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        """Keep them in the folder `cache`; `tell` is told of pip's steps."""
        self._cache = cache
        self._tell = tell
        self._resolved: dict[str, list[Path]] = {}

    def pinned(self, pins: Sequence[Pin], python: str) -> list[Path]:
        """Return the wheel of each pin, downloaded when the cache has none with the pinned hash.

        Raises:
            DownloadError: there is no network and no such wheel in the cache.
        """
        missing = [pin for pin in pins if _cached(pin, self._cache) is None]
        if missing:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / FILE
                file.write_text("\n".join(pin.line for pin in missing) + "\n", encoding="utf-8")
                download = _Download(Requirements(file), python, Path(folder), self._tell, pinned=True)
                failure = download.try_with(())
                if failure is not None:
                    raise download.error(failure)
                _keep(Path(folder).glob("*.whl"), self._cache)
        return [_wheel_of(pin, self._cache) for pin in pins]

    def required(self, requirements: Requirements, python: str) -> list[Path]:
        """Return the wheels that a requirements.txt asks for, with what they need themselves.

        When every line names one version, what an earlier build downloaded is used again; else pip decides anew, and
        the earlier wheels serve only when the network is away.

        Raises:
            BuildError: pip finds none that run on CloudBase, or is missing.
            DownloadError: there is no network, and no earlier build has had them.
        """
        key = hashlib.sha256(f"{python}\n{requirements.text}".encode()).hexdigest()[:24]
        if key not in self._resolved:
            self._resolved[key] = self._resolve(requirements, python, self._cache / "requirements" / key)
        return self._resolved[key]

    def _resolve(self, requirements: Requirements, python: str, kept: Path) -> list[Path]:
        earlier = sorted(kept.glob("*.whl"))
        if earlier and requirements.pinned:
            return earlier
        with tempfile.TemporaryDirectory() as folder:
            try:
                _download(_Download(requirements, python, Path(folder), self._tell))
            except DownloadError:
                if earlier:
                    return earlier
                raise
            shutil.rmtree(kept, ignore_errors=True)
            _keep(Path(folder).glob("*.whl"), kept)
        return sorted(kept.glob("*.whl"))


def distribution_name(wheel: Path) -> str:
    """Return the normalised name of a wheel: ``charset-normalizer``."""
    from cloudbase_ocr.dependencies.standards import utils

    return utils.canonicalize_name(wheel.name.partition("-")[0])


def _cached(pin: Pin, cache: Path) -> Path | None:
    for path in cache.glob(f"{pin.name.replace('-', '_')}-{pin.version}-*.whl"):
        if hashlib.sha256(path.read_bytes()).hexdigest() == pin.sha256:
            return path
    return None


def _wheel_of(pin: Pin, cache: Path) -> Path:
    path = _cached(pin, cache)
    if path is None:
        raise DownloadError(
            _("{name} {version} was not downloaded. Delete {cache} and build again.").format(
                name=pin.name, version=pin.version, cache=cache
            )
        )
    return path


def _keep(wheels: Iterable[Path], folder: Path) -> None:
    """Put wheels into the cache; another build may be doing the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        partial = folder / f"{wheel.name}.{os.getpid()}.part"
        shutil.copyfile(wheel, partial)
        partial.replace(folder / wheel.name)


@dataclass(frozen=True)
class _Download:
    """What pip is to download into `folder` for a Python version; `pinned`: exactly this, by its hashes."""

    requirements: Requirements
    python: str
    folder: Path
    tell: Callable[[str], None] = lambda _: None
    pinned: bool = False

    def try_with(self, find_links: Iterable[Path]) -> pip.Failure | None:
        """Let pip download wheels, which may also be in the folders `find_links`; return how it failed."""
        options = ["--no-deps", "--require-hashes"] if self.pinned else []
        for folder in find_links:
            options += ["--find-links", str(folder)]
        platforms = [option for platform in PLATFORMS for option in ("--platform", platform)]
        abis = [option for abi in (abi_tag(self.python), "abi3", "none") for option in ("--abi", abi)]
        command = (
            *(*self._pip(), "download", *pip.QUIET, "--only-binary", ":all:", "--implementation", "cp"),
            *("--python-version", self.python, *platforms, *abis, *options),
            *("--dest", str(self.folder), "--requirement", str(self.requirements.file)),
        )
        return _run(command, self.requirements.file.parent, self.tell)

    def build(self, wanted: str, into: Path) -> pip.Failure | None:
        """Build one package from its source into the folder `into`; return how that failed."""
        name = _name_of(wanted)
        # Twice verbose, pip names what it finds and may not take.
        options = ("-vv", "--no-deps", "--no-binary", name, "--wheel-dir", str(into), wanted)
        return _run((*self._pip(), "wheel", *pip.QUIET, *options), self.requirements.file.parent, self.tell)

    def error(self, failure: pip.Failure) -> BuildError:
        """Return the error that tells of a failure of :meth:`try_with`."""
        if "DO NOT MATCH THE HASHES" in failure.output:
            return BuildError(
                _(
                    "the package index gave another file than the pinned one, so it was not used. Look at "
                    "what `pip config list` names as index, and at what it serves"
                )
            )
        # The pinned wheels exist; of others, "none" may also mean that there are only sources.
        if failure.offline or (self.pinned and failure.nothing_at_all):
            return DownloadError(
                _(
                    "the wheels cannot be downloaded: {last}. Check the network, or build where there is one "
                    "and copy its wheel cache here (--wheels)"
                ).format(last=failure.last)
            )
        place = self.requirements.place(failure.not_found)
        return BuildError(f"{place}: {_no_wheel(self.python)}: {failure.last}. {_CHOOSE}")

    def _pip(self) -> list[str]:
        """Let pip run inside the target version, where it is there: pip judges markers by its own interpreter."""
        return pip.pip_command((None if self.pinned else find_interpreter(self.python)) or sys.executable)


_CHOOSE = _("Choose a version that has one, or a package in pure Python")


def _no_wheel(python: str) -> str:
    return _("pip found no wheel that runs on CloudBase (Python {python}, Linux x86_64, glibc 2.17)").format(
        python=python
    )


def _download(download: _Download) -> None:
    """Download wheels; what has its source only is built first, one package after the other, as pip comes to need it.

    Raises:
        BuildError: one is neither to be had nor to be built for CloudBase.
        DownloadError: the network is away.
    """
    with tempfile.TemporaryDirectory() as built:
        tried: set[str] = set()
        while (failure := download.try_with([Path(built)])) is not None:
            wanted = failure.not_found
            if failure.offline or not failure.nothing_at_all or wanted in tried:
                raise download.error(failure)
            tried.add(wanted)
            _build(download, wanted, failure, Path(built))


def _build(download: _Download, wanted: str, failure: pip.Failure, built: Path) -> None:
    place = download.requirements.place(wanted)
    download.tell(_("Building {wanted} from its source").format(wanted=wanted))
    with tempfile.TemporaryDirectory() as folder:
        why = download.build(wanted, Path(folder))
        if why is not None:
            if why.offline:
                raise download.error(replace(failure, offline=True, last=why.last))
            if why.nothing_at_all and not _is_there(wanted, why.output):
                raise BuildError(
                    _(
                        "{place}: the package index has no {wanted}. Correct the name, or take the line out"
                    ).format(place=place, wanted=wanted)
                )
            if why.nothing_at_all:
                raise download.error(failure)
            raise BuildError(
                _(
                    "{place}: {wanted} has its source only, and cannot be built here: {last}. Choose a "
                    "version that has a wheel, or build one yourself and name its file"
                ).format(place=place, wanted=wanted, last=why.last)
            )
        (wheel,) = Path(folder).glob("*.whl")
        if not _runs_everywhere(wheel):
            raise BuildError(
                _(
                    "{place}: {python}: {wanted} has its source only, with parts that are compiled. {choose}"
                ).format(place=place, python=_no_wheel(download.python), wanted=wanted, choose=_CHOOSE)
            )
        wheel.replace(built / wheel.name)


def _is_there(wanted: str, output: str) -> bool:
    """Tell whether pip, twice verbose, has passed over files of the wanted package that it may not take."""
    file = re.sub(r"[-_.]+", "[-_.]+", _name_of(wanted)) + "-"
    return (
        re.search(rf"(?:No binaries permitted|different Python).*/{file}", output, re.IGNORECASE) is not None
    )


def _runs_everywhere(wheel: Path) -> bool:
    from cloudbase_ocr.dependencies.standards import utils

    tags = utils.parse_wheel_filename(wheel.name)[3]
    return all(tag.abi == "none" and tag.platform == "any" for tag in tags)


def _name_of(wanted: str) -> str:
    found = re.match(r"[\w.-]+", wanted)
    return found[0] if found else wanted


def _run(command: Sequence[str], folder: Path, tell: Callable[[str], None]) -> pip.Failure | None:
    if not pip.has_pip():
        raise BuildError(
            _("pip is missing in this environment. Run: {executable} -m ensurepip").format(
                executable=sys.executable
            )
        )
    try:
        return pip.run(command, folder, tell)
    except NoNetworkError as error:
        raise DownloadError(str(error)) from error
