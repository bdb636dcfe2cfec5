"""Gets wheels for CloudBase's platform with pip, and unpacks what a function needs of them.

Works on any operating system: pip is told the platform to choose for. What was downloaded is kept in a cache folder,
so that the next build needs no network; copy that folder to a machine without one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cloudbase_ocr.build.errors import BuildError, DownloadError
from cloudbase_ocr.build.interpreters import find_interpreter, running_version
from cloudbase_ocr.build.targets import PLATFORMS, abi_tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudbase_ocr.build.pins import Pin

_SECONDS = 600
_OFFLINE = re.compile(r"Retrying \(|ConnectionError|NameResolutionError|ConnectTimeout|ProxyError")
_NOTHING_KNOWN = "from versions: none)"
_COMMENT = re.compile(r"(^|\s)#.*")
_HASHES = re.compile(r"\s--hash=.*")


def cache_folder() -> Path:
    """Return where wheels are kept between builds: the user's cache folder."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "cloudbase-ocr" / "wheels"


def pinned_wheels(pins: Sequence[Pin], python: str, cache: Path) -> list[Path]:
    """Return the wheel of each pin, downloaded when the cache has none with the pinned hash.

    Raises:
        DownloadError: there is no network and no such wheel in the cache.
    """
    missing = [pin for pin in pins if _cached(pin, cache) is None]
    if missing:
        with tempfile.TemporaryDirectory() as folder:
            lines = "\n".join(pin.line for pin in missing)
            _download(lines, python, Path(folder), "--no-deps", "--require-hashes")
            _keep(Path(folder).glob("*.whl"), cache)
    return [_wheel_of(pin, cache) for pin in pins]


def required_wheels(requirements: str, python: str, cache: Path) -> list[Path]:
    """Return the wheels that a requirements.txt asks for, with what they need themselves.

    When every line names one version, what an earlier build downloaded is used again; else pip decides anew, and
    the earlier wheels serve only when the network is away.

    Raises:
        BuildError: pip finds none that run on CloudBase, or is missing.
        DownloadError: there is no network, and no earlier build has had them.
    """
    key = hashlib.sha256(f"{python}\n{requirements}".encode()).hexdigest()[:24]
    kept = cache / "requirements" / key
    earlier = sorted(kept.glob("*.whl"))
    if earlier and all_pinned(requirements):
        return earlier
    with tempfile.TemporaryDirectory() as folder:
        try:
            _download(requirements, python, Path(folder))
        except DownloadError:
            if earlier:
                return earlier
            raise
        shutil.rmtree(kept, ignore_errors=True)
        _keep(Path(folder).glob("*.whl"), kept)
    return sorted(kept.glob("*.whl"))


def all_pinned(requirements: str) -> bool:
    """Tell whether every requirement names exactly one version."""
    bare = (_COMMENT.sub("", line).strip() for line in requirements.splitlines())
    return all(_is_pinned(line) for line in bare if line)


def _is_pinned(line: str) -> bool:
    try:
        (specifier,) = Requirement(_HASHES.sub("", line)).specifier
    except ValueError:  # an option of pip, or not one condition on the version
        return False
    return specifier.operator in ("==", "===") and not specifier.version.endswith(".*")


def distribution_name(wheel: Path) -> str:
    """Return the normalised name of a wheel: ``charset-normalizer``."""
    return canonicalize_name(wheel.name.partition("-")[0])


def _cached(pin: Pin, cache: Path) -> Path | None:
    for path in cache.glob(f"{pin.name.replace('-', '_')}-{pin.version}-*.whl"):
        if hashlib.sha256(path.read_bytes()).hexdigest() == pin.sha256:
            return path
    return None


def _wheel_of(pin: Pin, cache: Path) -> Path:
    path = _cached(pin, cache)
    if path is None:
        raise DownloadError(f"{pin.name} {pin.version} was not downloaded. Delete {cache} and build again.")
    return path


def _keep(wheels: Iterable[Path], folder: Path) -> None:
    """Put wheels into the cache; another build may be doing the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        partial = folder / f"{wheel.name}.{os.getpid()}.part"
        shutil.copyfile(wheel, partial)
        partial.replace(folder / wheel.name)


def _download(requirements: str, python: str, folder: Path, *options: str) -> None:
    if importlib.util.find_spec("pip") is None:
        raise BuildError(f"pip is missing in this environment. Run: {sys.executable} -m ensurepip")
    file = folder / "requirements.txt"
    file.write_text(requirements + "\n", encoding="utf-8")
    platforms = [option for platform in PLATFORMS for option in ("--platform", platform)]
    abis = [option for abi in (abi_tag(python), "abi3", "none") for option in ("--abi", abi)]
    command = [
        *(sys.executable, "-m", "pip", *_as_python(python, options), "download", "--quiet"),
        *("--disable-pip-version-check", "--no-input", "--retries", "2"),
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
        *(*platforms, *abis, *options, "--dest", str(folder), "--requirement", str(file)),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - pip of this environment
            command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise DownloadError(
            f"pip did not finish in {_SECONDS} s. Check the network and build again."
        ) from None
    if done.returncode:
        raise _failure(done.stderr, python, pinned="--no-deps" in options)


def _as_python(python: str, options: Sequence[str]) -> list[str]:
    """Let pip run inside the target version, where it is there: pip judges markers by its own interpreter."""
    interpreter = find_interpreter(python)
    if "--no-deps" in options or python == running_version() or interpreter is None:
        return []
    return ["--python", interpreter]


def _failure(output: str, python: str, *, pinned: bool) -> BuildError:
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    last = (errors[-1].removeprefix("ERROR: ") if errors else "pip failed").rstrip(".")
    if "DO NOT MATCH THE HASHES" in output:
        return BuildError(
            "the package index gave another file than the pinned one, so it was not used. Look at what "
            "`pip config list` names as index, and at what it serves"
        )
    # The pinned wheels exist; of others, "none" may also mean that there are only sources.
    if _OFFLINE.search(output) or (pinned and _NOTHING_KNOWN in output):
        return DownloadError(
            f"the wheels cannot be downloaded: {last}. Check the network, or build where there is one and copy its "
            f"wheel cache here (--wheels)"
        )
    return BuildError(
        f"pip found no wheel that runs on CloudBase (Python {python}, Linux x86_64, glibc 2.17): {last}. "
        f"Choose a version that has one, or a package in pure Python"
    )
