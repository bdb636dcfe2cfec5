"""Which functions a folder holds, and what each of them is.

A function is a folder ``<root>/<name>/`` with ``index.py`` or ``index.js``, or with the file of the handler that the
project's files name, or the folder that they name (`dir`). When it is written in two languages, `runtime` decides
(``Nodejs18.15``), else it is Python. One with ``scf_bootstrap``, or of type HTTP, is an HTTP function. A folder with
``__init__.py`` and no entry file is a package that Python functions share (wxcloud). Functions in other languages are
listed as not runnable.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _
from cloudbase_ocr.project import ConfigError, FunctionConfig, Project, find_project
from cloudbase_ocr.runtime import http_bootstrap
from cloudbase_ocr.runtime.errors import FunctionNotFound
from cloudbase_ocr.runtime.languages import LANGUAGES, NODE, PYTHON, Language, language_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
NAME_RULE = _("CloudBase accepts letters, digits, '_' and '-' in a name, a letter first, 60 at most")
_OTHER_LANGUAGES = {
    "index.ts": "TypeScript",
    "index.php": "PHP",
    "main.go": "Go",
    "go.mod": "Go",
    "pom.xml": "Java",
}
_MARKS = frozenset({"config.json", "package.json", http_bootstrap.NAME, *_OTHER_LANGUAGES})
_IGNORED_FOLDERS = frozenset({"__pycache__", ".git", ".venv", "node_modules"})
# npm writes it with every install; node_modules itself has too many files to look at before every call.
_NPM_RECORD = ("node_modules", ".package-lock.json")

Snapshot = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class FunctionInfo:
    """One function: its folder, and `config`, what the project's files say of it."""

    name: str
    path: Path
    config: FunctionConfig = field(default_factory=FunctionConfig)
    language: Language = PYTHON
    reason: str = ""
    """Why it cannot run; empty when it can."""
    note: str = ""
    """What a developer should know although it runs."""
    is_http: bool = False
    """Whether it is an HTTP function: a web server that scf_bootstrap starts, and not a handler of events."""
    misconfigured: bool = False
    """Whether `reason` is a mistake in a file of the project, which it begins with."""

    @property
    def runnable(self) -> bool:
        """Tell whether the emulator can run it."""
        return not self.reason

    @property
    def handler(self) -> str | None:
        """``<file>.<function>``; None where no file says."""
        return self.config.handler

    @property
    def timeout(self) -> int:
        """Seconds that a call may take."""
        return self.config.timeout

    @property
    def memory(self) -> int:
        """MB that its processes may use."""
        return self.config.memory

    @property
    def permissions(self) -> tuple[str, ...]:
        """The cloud calls that it may make."""
        return self.config.permissions

    @property
    def environment(self) -> Mapping[str, str]:
        """Its own variables."""
        return self.config.environment


def as_project(functions: Project | Path) -> Project:
    """Return the project of a folder of functions that is given as a path."""
    return functions if isinstance(functions, Project) else find_project(functions, functions)


def list_functions(functions: Project | Path) -> list[FunctionInfo]:
    """Return every function of a project, sorted by name; those that cannot run say why."""
    project = as_project(functions)
    return [
        info for name, path in sorted(_folders(project).items()) if (info := _describe(project, name, path))
    ]


def find_function(functions: Project | Path, name: object) -> FunctionInfo:
    """Return the function called `name`.

    Raises:
        FunctionNotFound: no such function, or not a name that CloudBase accepts (letters, digits, ``_`` and
            ``-``, beginning with a letter, at most 60): such a name never reaches the file system.
    """
    project, info = as_project(functions), None
    # Compare with the listing: where case is ignored, opening the folder would accept a wrong name.
    if isinstance(name, str) and NAME.fullmatch(name) and (path := _folder_of(project, name)) is not None:
        info = _describe(project, name, path)
    if info is None:
        known = ", ".join(info.name for info in list_functions(project)) or "none"
        raise FunctionNotFound(
            "FunctionName parameter could not be found.",
            hint=f"there is no function {str(name)[:80]!r} in {project.root}. Functions there: {known}.",
        )
    return info


def take_snapshot(root: Path, info: FunctionInfo, layers: Sequence[Path] = ()) -> Snapshot:
    """Return name, modification time and size of every file that the function can load, to notice an edit.

    That is its own folder, its layers and, for Python, the packages it shares with its neighbours; of ``node_modules``
    there and beside it, only what npm notes about the last install.
    """
    files: list[tuple[str, int, int]] = []
    for folder in [info.path, *(_shared_packages(root) if info.language is PYTHON else ()), *layers]:
        _collect(str(folder), files)
    for folder in (info.path, root):
        record = folder.joinpath(*_NPM_RECORD)
        with suppress(OSError):
            files.append(_stamp(str(record), record.stat()))
    return tuple(sorted(files))


def _folders(project: Project) -> dict[str, Path]:
    """Return the folders that may be functions, by name: those below the root, and those that have another place."""
    try:
        with os.scandir(project.root) as entries:
            names = [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        names = []
    found = {
        name: project.root / name
        for name in names
        if not name.startswith((".", "__")) and name not in _IGNORED_FOLDERS
    }
    with suppress(ConfigError):  # each function says it
        elsewhere = project.read().folders
        if elsewhere:
            taken = set(elsewhere.values())
            found = {name: path for name, path in found.items() if path.resolve() not in taken}
            found.update(elsewhere)
    return found


def _folder_of(project: Project, name: str) -> Path | None:
    """Return one of them, without looking at the others."""
    elsewhere: Mapping[str, Path] = {}
    with suppress(ConfigError):
        elsewhere = project.read().folders
    if name in elsewhere:
        return elsewhere[name]
    if name in _IGNORED_FOLDERS or name not in _names(project.root):
        return None
    path = project.root / name
    return None if elsewhere and path.resolve() in elsewhere.values() else path


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


def _describe(project: Project, name: str, path: Path) -> FunctionInfo | None:
    contents = _names(path)
    try:
        config = project.read().function(name, path)
    except ConfigError as error:
        if not contents & _MARKS and not _written_in(path, "index"):
            return None
        return FunctionInfo(name, path, reason=str(error), misconfigured=True)
    stem = _stem(config)
    if not contents & _MARKS and not _written_in(path, "index") and not _written_in(path, stem):
        return None
    if not NAME.fullmatch(name):
        return FunctionInfo(name, path, config, reason=NAME_RULE)
    if http_bootstrap.NAME in contents or config.kind == "HTTP":
        named = None if config.runtime is None else language_of(config.runtime)
        language = named or (NODE if "package.json" in contents else PYTHON)
        return FunctionInfo(name, path, config, language, reason=_http_problem(path, contents), is_http=True)
    language, reason, note = _choose_language(config, contents, _written_in(path, stem))
    if reason:
        return FunctionInfo(name, path, config, reason=reason)
    notes = [note] if note else []
    if "config.json" not in contents:
        defaults = "" if config.set_by else _("defaults hold, and ")
        notes.insert(0, _("no config.json: {defaults}no cloud call is permitted").format(defaults=defaults))
    return FunctionInfo(name, path, config, language, note="; ".join(notes))


def _http_problem(path: Path, contents: set[str]) -> str:
    if http_bootstrap.NAME not in contents:
        return _("an HTTP function (type HTTP) is started by {name}, and it has none").format(
            name=http_bootstrap.NAME
        )
    return http_bootstrap.problem(path)


def _stem(config: FunctionConfig) -> str:
    return (config.handler or "index.main").rpartition(".")[0]


def _choose_language(
    config: FunctionConfig, contents: set[str], found: list[Language]
) -> tuple[Language, str, str]:
    """Return the language that a function runs as, or the reason for not running, and a note."""
    runtime, stem = config.runtime, _stem(config)
    wanted = LANGUAGES if runtime is None else tuple(filter(None, [language_of(runtime)]))
    usable = [language for language in found if language in wanted]
    other = next((language for mark, language in _OTHER_LANGUAGES.items() if mark in contents), None)
    reason = note = ""
    if not wanted:
        reason = _("its runtime is {runtime}, and only Python and Node.js functions run here").format(
            runtime=runtime
        )
    elif not usable and other:
        reason = _("written in {other}, and only Python and Node.js functions run here").format(other=other)
    elif not usable:
        files = " or ".join(stem + language.suffixes[0] for language in wanted)
        reason = _("it has no {files}").format(files=files)
    elif len(usable) > 1:
        note = _('written in two languages: runs as {name}; "runtime" in config.json chooses another').format(
            name=usable[0].name
        )
    return (usable or [PYTHON])[0], reason, note


def _written_in(path: Path, stem: str) -> list[Language]:
    return [
        language
        for language in LANGUAGES
        if any((path / f"{stem}{suffix}").is_file() for suffix in language.suffixes)
    ]
