"""Which functions a folder holds, and what each of them is.

A function is a folder ``<root>/<name>/`` with ``index.py`` or ``index.js``. When it has both, ``runtime`` in
config.json decides (``Nodejs18.15``), else it is Python. A folder with ``__init__.py`` and no entry file is a
package that Python functions share (wxcloud). Functions in other languages are listed as not runnable.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.runtime.config import DEFAULT_MEMORY, DEFAULT_TIMEOUT, ConfigError, read_config
from cloudbase_ocr.runtime.errors import FunctionNotFound
from cloudbase_ocr.runtime.languages import LANGUAGES, PYTHON, Language, language_of

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_HTTP_FUNCTION = "scf_bootstrap"
_OTHER_LANGUAGES = {
    "index.ts": "TypeScript",
    "index.php": "PHP",
    "main.go": "Go",
    "go.mod": "Go",
    "pom.xml": "Java",
}
_MARKS = frozenset({"config.json", "package.json", _HTTP_FUNCTION, *_OTHER_LANGUAGES})
_IGNORED_FOLDERS = frozenset({"__pycache__", ".git", ".venv", "node_modules"})
# npm writes it with every install; node_modules itself has too many files to look at before every call.
_NPM_RECORD = ("node_modules", ".package-lock.json")

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
    language: Language = PYTHON
    reason: str = ""
    """Why it cannot run; empty when it can."""
    note: str = ""
    """What a developer should know although it runs."""

    @property
    def runnable(self) -> bool:
        """Tell whether the emulator can run it."""
        return not self.reason


def list_functions(root: Path) -> list[FunctionInfo]:
    """Return every function under `root`, sorted by name; those that cannot run say why."""
    try:
        with os.scandir(root) as entries:
            folders = sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []
    names = (name for name in folders if not name.startswith((".", "__")) and name not in _IGNORED_FOLDERS)
    found = (_describe(root / name) for name in names)
    return [info for info in found if info is not None]


def find_function(root: Path, name: object) -> FunctionInfo:
    """Return the function called `name`.

    Raises:
        FunctionNotFound: no such function, or not a name that CloudBase accepts (letters, digits, ``_`` and
            ``-``, beginning with a letter, at most 60): such a name never reaches the file system.
    """
    info = None
    # Compare with the listing: where case is ignored, opening the folder would accept a wrong name.
    if (
        isinstance(name, str)
        and NAME.fullmatch(name)
        and name not in _IGNORED_FOLDERS
        and name in _names(root)
    ):
        info = _describe(root / name)
    if info is None:
        known = ", ".join(info.name for info in list_functions(root)) or "none"
        raise FunctionNotFound(
            "FunctionName parameter could not be found.",
            hint=f"there is no function {str(name)[:80]!r} in {root}. Functions there: {known}.",
        )
    return info


def take_snapshot(root: Path, info: FunctionInfo) -> Snapshot:
    """Return name, modification time and size of every file that the function can load, to notice an edit.

    That is its own folder and, for Python, the packages it shares with its neighbours; of ``node_modules`` there
    and beside it, only what npm notes about the last install.
    """
    files: list[tuple[str, int, int]] = []
    for folder in [info.path, *(_shared_packages(root) if info.language is PYTHON else ())]:
        _collect(str(folder), files)
    for folder in (info.path, root):
        record = folder.joinpath(*_NPM_RECORD)
        with suppress(OSError):
            files.append(_stamp(str(record), record.stat()))
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
                    files.append(_stamp(entry.path, entry.stat()))
    except OSError:
        # A file that vanishes while it is being looked at changes the snapshot, which is all that matters.
        return


def _stamp(path: str, status: os.stat_result) -> tuple[str, int, int]:
    return path, status.st_mtime_ns, status.st_size


def _describe(path: Path) -> FunctionInfo | None:
    contents, name = _names(path), path.name
    if not contents & _MARKS and not _written_in(path, "index"):
        return None
    if not NAME.fullmatch(name):
        return FunctionInfo(
            name,
            path,
            reason="CloudBase accepts letters, digits, '_' and '-' in a name, a letter first, 60 at most",
        )
    try:
        config = read_config(path / "config.json")
    except ConfigError as error:
        return FunctionInfo(name, path, reason=f"config.json: {error}")
    return FunctionInfo(name, path, **_choose_language(path, contents, config))


def _choose_language(path: Path, contents: set[str], config: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of FunctionInfo: those of `config`, and the language or the reason for not running."""
    runtime = config.pop("runtime", None)
    stem = (config.get("handler") or "index.main").rpartition(".")[0]
    found = _written_in(path, stem)
    wanted = LANGUAGES if runtime is None else tuple(filter(None, [language_of(runtime)]))
    usable = [language for language in found if language in wanted]
    other = next((language for mark, language in _OTHER_LANGUAGES.items() if mark in contents), None)
    if _HTTP_FUNCTION in contents:
        return {**config, "reason": f"an HTTP function ({_HTTP_FUNCTION}), and only event functions run here"}
    if not wanted:
        return {
            **config,
            "reason": f"its runtime is {runtime}, and only Python and Node.js functions run here",
        }
    if not usable and other:
        return {**config, "reason": f"written in {other}, and only Python and Node.js functions run here"}
    if not usable:
        files = " or ".join(stem + language.suffixes[0] for language in wanted)
        return {**config, "reason": f"it has no {files}"}
    if len(usable) > 1:
        note = f'written in two languages: runs as {usable[0].name}; "runtime" in config.json chooses another'
        config["note"] = "; ".join(filter(None, [config.get("note"), note]))
    return {**config, "language": usable[0]}


def _written_in(path: Path, stem: str) -> list[Language]:
    return [
        language
        for language in LANGUAGES
        if any((path / f"{stem}{suffix}").is_file() for suffix in language.suffixes)
    ]
