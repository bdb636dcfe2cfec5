"""``cloudbase-ocr.toml``: the emulator's settings for a project, and what is to hold for its functions here.

quota-per-day = 5
functions = "cloudfunctions"

[function.idcard]
timeout = 20

[recognize]
min-confidence = 0.9

The same may stand in pyproject.toml, below ``[tool.cloudbase-ocr]``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.nearest import is_meant
from cloudbase_ocr.language import _
from cloudbase_ocr.project.errors import ConfigError
from cloudbase_ocr.project.function_config import KEYS
from cloudbase_ocr.project.sources import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE, PYPROJECT = FILES = ("cloudbase-ocr.toml", "pyproject.toml")
"""Where settings may stand, the first to count first: one file of a folder counts."""
_TABLE = "tool.cloudbase-ocr"
_FUNCTION = "function"


@dataclass(frozen=True)
class TomlFile:
    """What the file says: `settings` by name with ``_``, one source for each function, and tables of commands."""

    path: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Source] = field(default_factory=dict)
    commands: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def place(self, key: str = "") -> str:
        """Return where a key is, as errors name it: ``pyproject.toml: tool.cloudbase-ocr.port``."""
        name = self.path.name if self.path is not None else FILE
        keys = [each for each in (_TABLE if name == PYPROJECT else "", key) if each]
        return f"{name}: {'.'.join(keys)}" if keys else name


def find_toml(here: Path) -> TomlFile:
    """Read the file of `here` or of the nearest folder above, up to that of the git repository; or of nobody.

    Raises:
        ConfigError: as `read_toml`.
    """
    folders = [here, *here.parents]
    top = next((number for number, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    for folder in folders[: top + 1]:
        found = read_toml(folder)
        if found.path is not None:
            return found
    return TomlFile()


def is_in(folder: Path) -> bool:
    """Tell whether `folder` has a file that says something, be it wrong."""
    try:
        return read_toml(folder).path is not None
    except ConfigError:
        return True


def read_toml(folder: Path) -> TomlFile:
    """Read the file in `folder`; without one, everything is empty.

    Raises:
        ConfigError: it cannot be read, or ``[function.NAME]`` is no table, or has a key that says nothing.
    """
    for name in FILES:
        content = _content(folder / name)
        if content is not None:
            return _parted(folder / name, content)
    return TomlFile()


def _content(path: Path) -> dict[str, Any] | None:
    """Return what a file says that is for this program; None where it says nothing."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.name == FILE:
            return _load(text)
        if _TABLE not in text:  # few have it, and every start would pay
            return None
        content = _load(text).get("tool", {}).get("cloudbase-ocr")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(_("{name}: cannot be read: {error}").format(name=path.name, error=error)) from error
    if content is not None and not isinstance(content, dict):
        raise ConfigError(_("{name}: {table} must be a table").format(name=path.name, table=_TABLE))
    return content


def _parted(path: Path, content: dict[str, Any]) -> TomlFile:
    place = TomlFile(path).place
    tables = content.pop(_FUNCTION, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ConfigError(
            _("{function} must be tables such as [{name}.idcard]").format(
                function=place(_FUNCTION), name=_FUNCTION
            )
        )
    file, _colon, prefix = place(_FUNCTION).partition(": ")
    return TomlFile(
        path,
        {key.replace("-", "_"): value for key, value in content.items() if not isinstance(value, dict)},
        {name: _source(Source(file, table, f"{prefix}.{name}.")) for name, table in tables.items()},
        {key: value for key, value in content.items() if isinstance(value, dict)},
    )


def _source(source: Source) -> Source:
    for key in source.values:
        if key not in KEYS:
            meant = is_meant(key, KEYS) or _("; there are {keys}").format(keys=", ".join(sorted(KEYS)))
            raise source.error(_("{key} is no key of a function{meant}").format(key=key, meant=meant))
    return source


def _load(text: str) -> dict[str, Any]:
    # Here: few projects have the file, and every start would pay for it.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    content: dict[str, Any] = tomllib.loads(text)
    return content
