"""Where a new project gets this package from: no package registry has it, so its requirements name a place.

Documented: what pip and uv write down of an installation is PEP 610 (``direct_url.json``).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from cloudbase_ocr.language import _
from cloudbase_ocr.scaffold.new_files import ScaffoldError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION = "cloudbase-ocr"
_WAYS = _(
    "give a git address such as git+https://example.com/cloudbase-ocr.git, or the path of a "
    "wheel or of a checkout"
)
_ARCHIVES = (".whl", ".tar.gz", ".zip")
_SCP = re.compile(r"(?P<host>[\w.-]+@[\w.-]+):(?P<path>[^\s:]+)")
_OWN_NAME = re.compile(rf"""^name\s*=\s*["']{DISTRIBUTION}["']""", re.MULTILINE)


@dataclass(frozen=True)
class Origin:
    """`requirement` is a line of requirements.txt; `here_only` the path in it that only this machine has, if any."""

    requirement: str
    here_only: Path | None = None


def named_origin(text: str, project: Path) -> Origin:
    """Return what a user names, for a project in the folder `project`.

    It is a git address (``git@host:path`` too), the address of a wheel, the path of a wheel or checkout, or, for a
    package index of one's own, ``cloudbase-ocr==1.2``.

    Raises:
        ScaffoldError: it is none of these, or has a password in it.
    """
    path = _of_file_url(text) if text.startswith("file:") else Path(text)
    if path.exists():
        return _path(path, project)
    scp = _SCP.fullmatch(text)
    if scp:
        return _address(f"git+ssh://{scp['host']}/{scp['path']}")
    if "://" in text:
        return _address(text)
    requirement = _requirement(text)
    if requirement is None or _normalised(requirement.name) != DISTRIBUTION:
        raise ScaffoldError(
            _("--source: there is no file or folder {text!r}, nor is it an address; {ways}").format(
                text=text, ways=_WAYS
            )
        )
    return Origin(str(requirement))


def installed_origin(project: Path) -> Origin:
    """Return where the running package was installed from, for a project in the folder `project`.

    Raises:
        ScaffoldError: its installation does not say, or that place is gone.
    """
    try:
        written = distribution(DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:
        written = None
    told = _read(written or "")
    url = told.get("url")
    if not isinstance(url, str):
        raise ScaffoldError(
            _(
                "nothing says where this cloudbase-ocr was installed from, and no registry has it. Name "
                "it with --source: {ways}"
            ).format(ways=_WAYS)
        )
    vcs = told.get("vcs_info")
    if isinstance(vcs, dict):
        return _address(f"{vcs.get('vcs')}+{url}@{vcs.get('commit_id')}")
    if url.startswith("file:"):
        path = _of_file_url(url)
        if not path.exists():
            raise ScaffoldError(
                _(
                    "this cloudbase-ocr was installed from {path}, which is gone. Name a place with "
                    "--source: {ways}"
                ).format(path=path, ways=_WAYS)
            )
        return _path(path, project)
    return _address(url)


def _of_file_url(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


def _read(written: str) -> dict[str, Any]:
    try:
        told = json.loads(written)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _path(path: Path, project: Path) -> Origin:
    place = path.resolve()
    if not _is_ours(place):
        raise ScaffoldError(
            _("--source: {path} is neither a wheel of cloudbase-ocr nor a checkout of it; {ways}").format(
                path=path, ways=_WAYS
            )
        )
    if place.is_relative_to(project.resolve()):
        return Origin(f"./{place.relative_to(project.resolve()).as_posix()}")
    return Origin(f"{DISTRIBUTION} @ {place.as_uri()}", place)


def _is_ours(path: Path) -> bool:
    if path.is_dir():
        file = path / "pyproject.toml"
        return file.is_file() and bool(_OWN_NAME.search(file.read_text(encoding="utf-8", errors="replace")))
    from cloudbase_ocr.dependencies.standards import utils

    try:
        if path.suffix == ".whl":
            return utils.parse_wheel_filename(path.name)[0] == DISTRIBUTION
        return utils.parse_sdist_filename(path.name)[0] == DISTRIBUTION
    except (utils.InvalidSdistFilename, utils.InvalidWheelFilename):
        return False


def _requirement(text: str) -> Requirement | None:
    from cloudbase_ocr.dependencies.standards import requirements

    try:
        return requirements.Requirement(text)
    except requirements.InvalidRequirement:
        return None


def _normalised(name: str) -> str:
    from cloudbase_ocr.dependencies.standards import utils

    return utils.canonicalize_name(name)


def _address(text: str) -> Origin:
    """Return the origin at an address; one of http that is no file is taken for a repository of git."""
    scheme = text.partition("://")[0]
    file = text.partition("#")[0].lower().endswith(_ARCHIVES)
    address = f"git+{text}" if "+" not in scheme and not file else text
    requirement = _requirement(f"{DISTRIBUTION} @ {address}")
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ScaffoldError(
            _("--source: {text!r} is no address; {ways}").format(text=text, ways=_WAYS)
        ) from error
    if parts.password or (parts.username and "ssh" not in parts.scheme):
        raise ScaffoldError(
            _(
                "--source has a password or token in it, which everybody with the project would get. "
                "Leave it out, and let git ask for it"
            )
        )
    if requirement is None or requirement.marker or not (parts.netloc or parts.scheme == "git+file"):
        raise ScaffoldError(_("--source: {text!r} is no address; {ways}").format(text=text, ways=_WAYS))
    return Origin(f"{DISTRIBUTION} @ {address}")
