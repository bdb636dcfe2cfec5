"""Which functions a folder holds, and what their config.json asks for.

A function is a folder ``<root>/<name>/`` with ``index.py``. A folder with ``__init__.py`` and no entry file
is a package that functions share (wxcloud); folders in another language are listed as not runnable.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import FunctionNotFound

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_TIMEOUT = 3
"""Seconds a function may run when config.json does not say: what WeChat DevTools sets on upload."""
MAX_TIMEOUT = 900
DEFAULT_MEMORY = 256
"""MB of memory of a CloudBase function when config.json does not say."""
MAX_MEMORY = 3072
MAX_ENVIRONMENT_BYTES = 4096

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_HANDLER = re.compile(r"[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*\.[A-Za-z_]\w*", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED_PREFIXES = ("SCF_", "QCLOUD_", "TENCENTCLOUD_")
_OTHER_LANGUAGES = {
    "index.js": "Node.js",
    "index.mjs": "Node.js",
    "package.json": "Node.js",
    "index.php": "PHP",
    "main.go": "Go",
    "pom.xml": "Java",
    "scf_bootstrap": "an HTTP function",
}
_IGNORED_FOLDERS = frozenset({"__pycache__", ".git", ".venv", "node_modules"})

Snapshot = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class FunctionInfo:
    """One function as its folder describes it; `timeout` is in seconds, `memory` in MB."""

    name: str
    path: Path
    handler: str | None = None
    timeout: int = DEFAULT_TIMEOUT
    memory: int = DEFAULT_MEMORY
    permissions: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    """Why it cannot run; empty when it can."""
    note: str = ""
    """What a developer should know although it runs."""

    @property
    def runnable(self) -> bool:
        """Whether the emulator can run it."""
        return not self.reason


class _ConfigError(ValueError):
    """config.json is not what it should be; the message names the key."""


def list_functions(root: Path) -> list[FunctionInfo]:
    """Return every function under `root`, sorted by name; those that cannot run say why."""
    try:
        with os.scandir(root) as entries:
            folders = sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []
    found = (_describe(root / name) for name in folders if not name.startswith((".", "__")))
    return [info for info in found if info is not None]


def find_function(root: Path, name: object) -> FunctionInfo:
    """Return the function called `name`.

    Raises:
        FunctionNotFound: no such function, or not a name that CloudBase accepts (letters, digits, ``_`` and
            ``-``, beginning with a letter, at most 60): such a name never reaches the file system.
    """
    info = None
    # Compare with the listing: where case is ignored, opening the folder would accept a wrong name.
    if isinstance(name, str) and NAME.fullmatch(name) and name in _names(root):
        info = _describe(root / name)
    if info is None:
        known = ", ".join(info.name for info in list_functions(root)) or "none"
        raise FunctionNotFound(
            "FunctionName parameter could not be found.",
            hint=f"there is no function {str(name)[:80]!r} in {root}. Functions there: {known}.",
        )
    return info


def take_snapshot(root: Path, info: FunctionInfo) -> Snapshot:
    """Return name, modification time and size of every file that the function can import, to notice an edit.

    That is its own folder and the packages it shares with its neighbours.
    """
    files: list[tuple[str, int, int]] = []
    for folder in [info.path, *_shared_packages(root)]:
        _collect(str(folder), files)
    return tuple(sorted(files))


def _names(root: Path) -> set[str]:
    try:
        return set(os.listdir(root))  # noqa: PTH208 - names, not paths
    except OSError:
        return set()


def _shared_packages(root: Path) -> list[Path]:
    return [
        root / name
        for name in sorted(_names(root))
        if (root / name / "__init__.py").is_file() and not (root / name / "index.py").is_file()
    ]


def _collect(folder: str, files: list[tuple[str, int, int]]) -> None:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _IGNORED_FOLDERS:
                        _collect(entry.path, files)
                elif entry.is_file() and not entry.name.endswith(".pyc"):
                    status = entry.stat()
                    files.append((entry.path, status.st_mtime_ns, status.st_size))
    except OSError:
        # A file that vanishes while it is being looked at changes the snapshot, which is all that matters.
        return


def _describe(path: Path) -> FunctionInfo | None:
    contents = _names(path)
    other = next((language for mark, language in _OTHER_LANGUAGES.items() if mark in contents), None)
    if "index.py" not in contents and "config.json" not in contents and other is None:
        return None
    name = path.name
    if not NAME.fullmatch(name):
        return FunctionInfo(
            name,
            path,
            reason="CloudBase accepts letters, digits, '_' and '-' in a name, a letter first, 60 at most",
        )
    try:
        config = _read_config(path / "config.json")
    except _ConfigError as error:
        return FunctionInfo(name, path, reason=f"config.json: {error}")
    entry = (config.get("handler") or "index.main").rpartition(".")[0] + ".py"
    if not (path / entry).is_file():
        reason = f"written in {other}, and only Python functions run here" if other else f"it has no {entry}"
        return FunctionInfo(name, path, reason=reason, **config)
    return FunctionInfo(name, path, **config)


def _read_config(path: Path) -> dict[str, Any]:
    """Return the fields of FunctionInfo that config.json sets; without the file, the defaults hold."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {"note": "no config.json: defaults hold, and no cloud call is permitted"}
    except (OSError, UnicodeDecodeError) as error:
        raise _ConfigError(f"cannot be read: {error}") from error
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _ConfigError(f"is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise _ConfigError("must be an object, such as {}")
    return {
        "handler": _handler(config),
        "timeout": _integer(config, "timeout", DEFAULT_TIMEOUT, 1, MAX_TIMEOUT),
        "memory": _integer(config, "memorySize", DEFAULT_MEMORY, 64, MAX_MEMORY),
        "permissions": _permissions(config),
        "environment": _environment(config),
    }


def _handler(config: dict[str, Any]) -> str | None:
    handler = config.get("handler")
    if handler is None:
        return None
    if not isinstance(handler, str) or not _HANDLER.fullmatch(handler):
        raise _ConfigError(f"handler must be <file>.<function> such as index.main, not {handler!r}")
    return handler


def _integer(config: dict[str, Any], key: str, default: int, low: int, high: int) -> int:
    value = config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _ConfigError(f"{key} must be a whole number from {low} to {high}, not {value!r}")
    return value


def _permissions(config: dict[str, Any]) -> tuple[str, ...]:
    permissions = config.get("permissions", {})
    listed = permissions.get("openapi", []) if isinstance(permissions, dict) else None
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise _ConfigError('permissions must be {"openapi": ["ocr.idcard", ...]}')
    return tuple(listed)


def _environment(config: dict[str, Any]) -> dict[str, str]:
    variables = config.get("envVariables", {})
    if not isinstance(variables, dict):
        raise _ConfigError('envVariables must be an object such as {"KEY": "value"}')
    for key, value in variables.items():
        if not _VARIABLE.fullmatch(key) or key.startswith(_RESERVED_PREFIXES):
            raise _ConfigError(
                f"envVariables: {key!r} is not allowed. Use letters, digits and '_'; "
                f"{', '.join(_RESERVED_PREFIXES)} belong to the platform"
            )
        if not isinstance(value, str) or "\0" in value or not _is_utf8(value):
            raise _ConfigError(f"envVariables: the value of {key} must be text")
    if sum(len(f"{key}{value}".encode()) for key, value in variables.items()) > MAX_ENVIRONMENT_BYTES:
        raise _ConfigError(f"envVariables take more than {MAX_ENVIRONMENT_BYTES} bytes")
    return variables


def _is_utf8(text: str) -> bool:
    """Whether `text` can be an environment variable; JSON can hold half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
