"""``cloudbase-ocr.toml``: the emulator's settings for a project, and what is to hold for its functions here.

quota-per-day = 5
functions = "cloudfunctions"

[function.idcard]
timeout = 20
"""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.project.errors import ConfigError
from cloudbase_ocr.project.function_config import KEYS
from cloudbase_ocr.project.sources import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "cloudbase-ocr.toml"
_FUNCTION = "function"


@dataclass(frozen=True)
class TomlFile:
    """What the file says: `settings` by name with ``_``, and one source for each function."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Source] = field(default_factory=dict)


def read_toml(folder: Path) -> TomlFile:
    """Read the file in `folder`; without one, everything is empty.

    Raises:
        ConfigError: it cannot be read, or ``[function.NAME]`` is no table, or has a key that says nothing.
    """
    path = folder / FILE
    try:
        content = _load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return TomlFile()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{FILE}: cannot be read: {error}") from error
    tables = content.pop(_FUNCTION, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ConfigError(f"{FILE}: {_FUNCTION} must be tables such as [{_FUNCTION}.idcard]")
    return TomlFile(
        {key.replace("-", "_"): value for key, value in content.items()},
        {name: _source(name, table) for name, table in tables.items()},
    )


def _source(name: str, table: dict[str, Any]) -> Source:
    source = Source(FILE, table, f"{_FUNCTION}.{name}.")
    for key in table:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            meant = f"is {near[0]} meant?" if near else f"there are {', '.join(sorted(KEYS))}"
            raise source.error(f"{key} is no key of a function; {meant}")
    return source


def _load(text: str) -> dict[str, Any]:
    # Here: few projects have the file, and every start would pay for it.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    content: dict[str, Any] = tomllib.loads(text)
    return content
