"""A project: its folder of functions, and what its files say of them.

One order holds everywhere: option, environment variable, cloudbase-ocr.toml, cloudbaserc.json, a function's
config.json.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.language import _
from cloudbase_ocr.project import cloudbaserc, env_files, toml_file
from cloudbase_ocr.project.cloudbaserc import Cloudbaserc, read_cloudbaserc
from cloudbase_ocr.project.errors import ConfigError
from cloudbase_ocr.project.function_config import FunctionConfig, merge
from cloudbase_ocr.project.http_routes import Route, read_routes
from cloudbase_ocr.project.sources import Source, read_object
from cloudbase_ocr.project.toml_file import TomlFile, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FUNCTION_FILE = "config.json"
_DEFAULT_ROOT = "functions"
_LAYERS = "layers"
_FILES = (cloudbaserc.FILE, *toml_file.FILES, *env_files.FILES)

_Stamps = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True)
class ProjectConfig:
    """What the files of a project say at one moment; `folder` is where they are, or would be."""

    folder: Path
    cloudbaserc: Cloudbaserc
    toml: TomlFile

    @property
    def env_id(self) -> str | None:
        """The CloudBase environment's ID as cloudbaserc.json has it."""
        return self.cloudbaserc.env_id

    @property
    def folders(self) -> Mapping[str, Path]:
        """Where functions are that have a place of their own (`dir`), by name."""
        entries = self.cloudbaserc.entries.values()
        return {entry.name: (self.folder / entry.folder).resolve() for entry in entries if entry.folder}

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes of the HTTP access service.

        Raises:
            ConfigError: one makes no sense.
        """
        return read_routes(self.cloudbaserc.content)

    def sources_of(self, name: str, path: Path) -> list[Source]:
        """Return what says something of function `name` in folder `path`, the first to count first.

        Raises:
            ConfigError: its config.json is not what it should be.
        """
        sources = []
        if name in self.toml.functions:
            sources.append(self.toml.functions[name])
        if name in self.cloudbaserc.entries:
            sources.append(self.cloudbaserc.entries[name].source)
        own = read_object(path / FUNCTION_FILE)
        if own is not None:
            sources.append(Source(FUNCTION_FILE, own))
        return sources

    def function(self, name: str, path: Path) -> FunctionConfig:
        """Return what is known of function `name` in folder `path`.

        Raises:
            ConfigError: a value makes no sense; the message names file and key.
        """
        return merge(self.sources_of(name, path))


class Project:
    """The functions below `root`, and the files in `folder` that describe them, read again whenever they change."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Read nothing yet."""
        self.root = root.absolute()
        self.folder = folder.absolute()
        # Text, and not paths: they are looked at before every call.
        self._files = [str(self.folder / name) for name in _FILES]
        self._read: tuple[_Stamps, ProjectConfig] | None = None

    def layer_folder(self, name: str) -> Path:
        """Return where the layer `name` is, if it is here."""
        return self.folder / _LAYERS / name

    def read(self) -> ProjectConfig:
        """Return what the files say now.

        Raises:
            ConfigError: one is not what it should be; the message names file and key.
        """
        stamps = tuple(_stamp(file) for file in self._files)
        if self._read is None or self._read[0] != stamps:
            config = ProjectConfig(self.folder, read_cloudbaserc(self.folder), read_toml(self.folder))
            self._read = stamps, config
        return self._read[1]


def find_project(functions: Path | None, here: Path) -> Project:
    """Return the project whose functions are in the folder `functions`.

    Without one, it is the project in the working directory `here`: its functions are where `functionRoot` of its
    cloudbaserc.json says, else in ./functions or ./cloudfunctions, else, if that file names none, the included ones.
    The files of a folder that was named are looked for in it, in its parent, and up to `here` where it is below.

    Raises:
        ConfigError: cloudbaserc.json cannot be read, or `functionRoot` is no folder.
    """
    if functions is not None:
        root = functions.resolve()
        return Project(root, _described_in(root, here.resolve()))
    described = read_cloudbaserc(here)
    named = described.function_root
    if named is not None:
        root = (here / named).resolve()
        if not root.is_dir():
            raise ConfigError(
                _(
                    "{file}: functionRoot is {named}, and there is no folder {root}. Make it, or correct the "
                    "path"
                ).format(file=cloudbaserc.FILE, named=named, root=root)
            )
        return Project(root, here)
    for name in (_DEFAULT_ROOT, "cloudfunctions"):
        if (here / name).is_dir():
            root = (here / name).resolve()
            return Project(root, _described_in(root, here.resolve()))
    return Project(here / _DEFAULT_ROOT if described.entries else included_functions(), here)


def _described_in(root: Path, here: Path) -> Path:
    """Return the nearest folder with a file that describes the functions below `root`."""
    parents = [root, *root.parents]
    above = parents[: parents.index(here) + 1] if here in root.parents else parents[:2]
    described = (each for each in above if (each / cloudbaserc.FILE).is_file() or toml_file.is_in(each))
    return next(described, root.parent)


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - as above
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
