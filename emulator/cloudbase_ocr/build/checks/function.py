"""What one function's folder says: configuration, handler, permissions, time limit."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.build.checks.calls import cloud_calls
from cloudbase_ocr.build.checks.findings import Finding
from cloudbase_ocr.build.checks.limits import MAX_MEMORY, MAX_TIMEOUT, MIN_MEMORY, PLATFORM_VARIABLES
from cloudbase_ocr.build.modules import parse
from cloudbase_ocr.build.overlay import SHARED_PACKAGE, installed_names, own_files, shared_code
from cloudbase_ocr.build.targets import version_tuple
from wxcloud.contract import METHODS, by_cloud_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cloudbase_ocr.runtime.function_folders import FunctionInfo

RETRY_BUDGET = 5
"""Seconds below which a call of WeChat that has to be sent again may not end in time: one cold start, a token,
a picture of 2 MB, and one pause. A rule of thumb; nothing is documented."""

_KNOWN = ", ".join(name for method in METHODS for name in method.permissions)


@dataclass
class Code:
    """A function's own code and what it shares, as syntax; `broken` is what is no valid Python."""

    trees: dict[str, ast.Module] = field(default_factory=dict)
    broken: list[Finding] = field(default_factory=list)

    def add(self, path: Path, shown: str, python: str) -> None:
        """Parse one file, to be called `shown`."""
        try:
            self.trees[shown] = parse(path, version_tuple(python))
        except SyntaxError as error:
            why = f"Python {python} says: {error.msg}"
            action = "Correct it, or choose a later runtime with --python"
            self.broken.append(Finding(f"{shown}:{error.lineno}", "syntax", "this is no Python", why, action))


def read_code(info: FunctionInfo, python: str) -> Code:
    """Parse the function's own files and those it shares, as Python `python`; wxcloud and what was installed is not."""
    code = Code()
    installed = installed_names(info.path) | {SHARED_PACKAGE}
    files = [
        file
        for file in _files_of(info.path, info.config.ignore)
        if file[0].relative_to(info.path).parts[0] not in installed
    ]
    for name, path in shared_code(info.path).items():
        if name != SHARED_PACKAGE:
            files += _files_of(path)
    for path, shown in files:
        code.add(path, shown, python)
    return code


def check_function(info: FunctionInfo, code: Code) -> Iterator[Finding]:
    """Give what is wrong with handler, permissions, limits and variables."""
    yield from _handler(info, code)
    yield from _permissions(info, code)
    yield from _limits(info)
    for name in info.environment:
        if name.startswith(PLATFORM_VARIABLES):
            yield Finding(
                f"{info.name}/config.json",
                "variable",
                f"envVariables sets {name}",
                "the platform owns names that begin like this, and overwrites or refuses them",
                "Choose another name; appid and secret are WECHAT_APPID and WECHAT_APPSECRET",
            )


def _files_of(path: Path, ignore: Iterable[str] = ()) -> list[tuple[Path, str]]:
    if path.is_file():
        return [(path, path.name)]
    return [(path / name, f"{path.name}/{name}") for name in own_files(path, ignore) if name.endswith(".py")]


def _handler(info: FunctionInfo, code: Code) -> Iterator[Finding]:
    file, _, name = (info.handler or "index.main").rpartition(".")
    tree = code.trees.get(f"{info.name}/{file}.py")
    if tree is None:
        return  # no valid Python, which is a finding already
    defined = _top_level_names(tree)
    if name in defined or "*" in defined or (not info.handler and "main_handler" in defined):
        return
    yield Finding(
        f"{info.name}/{file}.py",
        "handler",
        f"there is no {name} in this file",
        f"the platform calls {file}.{name}",
        f"Define {name}(event, context), or name another as handler in config.json",
    )


def _top_level_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def _permissions(info: FunctionInfo, code: Code) -> Iterator[Finding]:
    config = f"{info.name}/config.json"
    called: dict[str, str] = {}
    unclear: list[str] = []
    for shown, tree in sorted(code.trees.items()):
        calls = cloud_calls(tree)
        for api, line in calls.apis.items():
            called.setdefault(api, f"{shown}:{line}")
        unclear += [f"{shown}:{line}" for line in calls.unclear]
    for api, place in sorted(called.items()):
        if not _exists(api):
            why = "a call gives -604100"
            yield Finding(place, "api", f"there is no {api}", why, f"There are {_KNOWN}")
        elif api not in info.permissions:
            yield Finding(
                place,
                "permission-missing",
                f"{api} is called",
                f"{config} does not list it under permissions.openapi, so the call gives -604101",
                f'Add "{api}" there and deploy again; wxcloud reads the list at each call',
            )
    for place in unclear:
        yield Finding(
            place,
            "permission-unclear",
            "which API is called is decided at run time",
            "this check cannot compare it with permissions.openapi",
            "Write the name out, or make sure that config.json lists every API that can occur",
            breaks=False,
        )
    if code.broken or unclear:
        return
    for api in info.permissions:
        if api not in called and api.startswith("ocr."):
            yield Finding(
                config,
                "permission-superfluous",
                f"{api} is permitted",
                "the code never calls it",
                "Remove it: a function should be able to do what it needs, and no more",
                breaks=False,
            )


def _exists(api: str) -> bool:
    namespace, _, name = api.partition(".")
    return namespace == "ocr" and by_cloud_name(name) is not None


def _limits(info: FunctionInfo) -> Iterator[Finding]:
    config = f"{info.name}/config.json"
    if info.timeout > MAX_TIMEOUT:
        yield Finding(
            config,
            "timeout",
            f"timeout is {info.timeout} s",
            f"CloudBase documents 1 to {MAX_TIMEOUT} s for cloudbaserc.json",
            f"Set at most {MAX_TIMEOUT}",
        )
    elif info.timeout < RETRY_BUDGET and info.permissions:
        yield Finding(
            config,
            "timeout",
            f"timeout is {info.timeout} s",
            f"a cold start, a token and one retry of the call need about {RETRY_BUDGET} s",
            'Set "timeout": 20 here, and in the console if the function exists: an upload does not change it',
            breaks=False,
        )
    if not MIN_MEMORY <= info.memory <= MAX_MEMORY:
        yield Finding(
            config,
            "memory",
            f"memorySize is {info.memory} MB",
            f"CloudBase documents {MIN_MEMORY} to {MAX_MEMORY} MB for cloudbaserc.json",
            "Choose a size between",
        )
