"""A function's layers: on /opt, as in the cloud, where this machine allows it, else on the search paths.

Documented: cloud-function/layer. All layers are laid over each other in /opt, a later one over an earlier one. Here
/opt is another folder for the function's own process alone: ``unshare`` of util-linux gives it a view of the file
system of its own, without any privilege, where the kernel lets users have namespaces. Containers often forbid it.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _
from cloudbase_ocr.runtime.environment import OPT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.project import Project
    from cloudbase_ocr.runtime.function_folders import FunctionInfo

_ONE = 'mount --bind "$1" /opt && mount -o remount,bind,ro /opt && shift && exec "$@"'
_SEVERAL = 'mount -t overlay -o "lowerdir=$1" overlay /opt && shift && exec "$@"'
_SECONDS = 20


@dataclass(frozen=True)
class Layers:
    """The layers of one function: their `folders` in order, those that are `missing`, and why they are not on /opt."""

    folders: tuple[Path, ...] = ()
    missing: tuple[str, ...] = ()
    problem: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """Where modules and files of the layers are, the first to count first; none without layers."""
        if self.folders and not self.problem:
            return (OPT,)
        return tuple(str(folder) for folder in reversed(self.folders))

    @property
    def search_path(self) -> list[str]:
        """Where Python looks for modules: the page on layers has them in ``python/``, the variables' table in /opt."""
        inner = any((folder / "python").is_dir() for folder in self.folders)
        return [path for place in self.places for path in (place, *([f"{place}/python"] if inner else []))]

    def command(self, command: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command that runs `command` with the layers on /opt, if that is where they are."""
        if not self.folders or self.problem:
            return command
        return (*_prefix(self.folders), *command)


def layers_of(info: FunctionInfo, project: Project, named: Mapping[str, Path]) -> Layers:
    """Return the layers of a function; `named` says where some are, others are in ``layers/<name>/`` of the project."""
    folders, missing = [], []
    for layer in info.config.layers:
        folder = named.get(layer.name) or project.layer_folder(layer.name)
        if folder.is_dir():
            folders.append(folder.resolve())
        else:
            missing.append(layer.name)
    problem = _problem(len(folders) > 1) if folders else ""
    if any(character in str(folder) for folder in folders for character in ":,\\") and len(folders) > 1:
        problem = _("their paths have characters that cannot be mounted")
    return Layers(tuple(folders), tuple(missing), problem)


def _prefix(folders: tuple[Path, ...]) -> tuple[str, ...]:
    unshare = shutil.which("unshare") or "unshare"
    view = (unshare, "--user", "--map-current-user", "--keep-caps", "--mount", "--")
    if len(folders) == 1:
        return (*view, "/bin/sh", "-c", _ONE, "sh", str(folders[0]))
    # The one on top comes first.
    return (*view, "/bin/sh", "-c", _SEVERAL, "sh", ":".join(map(str, reversed(folders))))


@functools.cache
def _problem(several: bool) -> str:
    """Return why layers cannot be mounted on this machine; empty when they can be."""
    if sys.platform != "linux":
        return _("only Linux can lay them there")
    if not Path(OPT).is_dir():
        return _("this machine has no /opt")
    if Path(sys.executable).resolve().is_relative_to(OPT):
        return _("Python itself is in /opt")
    folder = Path(__file__).parent
    folders = (folder, folder.parent / "core") if several else (folder,)
    try:
        done = subprocess.run(  # noqa: S603 - nothing comes from outside
            (*_prefix(folders), "/bin/sh", "-c", f"test -f {OPT}/{Path(__file__).name}"),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _("this machine does not allow it: {error}").format(error=error)
    if done.returncode == 0:
        return ""
    said = done.stderr.strip().splitlines() or [_("no reason was given")]
    return _("this machine does not allow it: {said}").format(said=said[0])
