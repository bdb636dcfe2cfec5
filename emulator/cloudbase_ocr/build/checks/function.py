"""What one function's folder says: configuration, handler, permissions, time limit."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.build.checks.calls import cloud_calls
from cloudbase_ocr.build.checks.findings import Finding
from cloudbase_ocr.build.checks.limits import MAX_MEMORY, MAX_TIMEOUT, MIN_MEMORY, PLATFORM_VARIABLES
from cloudbase_ocr.build.modules import parse
from cloudbase_ocr.build.overlay import installed_names, own_files, shared_code
from cloudbase_ocr.build.targets import version_tuple
from cloudbase_ocr.dependencies.shared import WXCLOUD
from cloudbase_ocr.language import _
from wxcloud.contract import METHODS, by_cloud_name
from wxcloud.service_market import INVOKE_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cloudbase_ocr.runtime.function_folders import FunctionInfo

RETRY_BUDGET = 5
"""Seconds below which a call of WeChat that has to be sent again may not end in time: one cold start, a token,
a picture of 2 MB, and one pause. A rule of thumb; nothing is documented."""

_KNOWN = ", ".join(name for method in (*METHODS, INVOKE_SERVICE) for name in method.permissions)


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
            action = _("Correct it, or choose a later runtime with --python")
            self.broken.append(
                Finding(f"{shown}:{error.lineno}", "syntax", _("this is no Python"), why, action)
            )


def read_code(info: FunctionInfo, python: str) -> Code:
    """Parse the function's own files and those it shares, as Python `python`; wxcloud and what was installed is not."""
    code = Code()
    installed = installed_names(info.path) | {WXCLOUD}
    files = [
        file
        for file in _files_of(info.path, info.config.ignore)
        if file[0].relative_to(info.path).parts[0] not in installed
    ]
    for name, path in shared_code(info.path).items():
        if name != WXCLOUD:
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
                _("envVariables sets {name}").format(name=name),
                _("the platform owns names that begin like this, and overwrites or refuses them"),
                _("Choose another name; appid and secret are WECHAT_APPID and WECHAT_APPSECRET"),
            )


def _files_of(path: Path, ignore: Iterable[str] = ()) -> list[tuple[Path, str]]:
    if path.is_file():
        return [(path, path.name)]
    return [(path / name, f"{path.name}/{name}") for name in own_files(path, ignore) if name.endswith(".py")]


def _handler(info: FunctionInfo, code: Code) -> Iterator[Finding]:
    file, _dot, name = (info.handler or "index.main").rpartition(".")
    tree = code.trees.get(f"{info.name}/{file}.py")
    if tree is None:
        return  # no valid Python, which is a finding already
    defined = _top_level_names(tree)
    if name in defined or "*" in defined or (not info.handler and "main_handler" in defined):
        return
    yield Finding(
        f"{info.name}/{file}.py",
        "handler",
        _("there is no {name} in this file").format(name=name),
        _("the platform calls {file}.{name}").format(file=file, name=name),
        _("Define {name}(event, context), or name another as handler in config.json").format(name=name),
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
            why = _("a call gives -604100")
            yield Finding(
                place,
                "api",
                _("there is no {api}").format(api=api),
                why,
                _("There are {known}").format(known=_KNOWN),
            )
        elif api not in info.permissions:
            yield Finding(
                place,
                "permission-missing",
                f"{api} is called",
                _("{config} does not list it under permissions.openapi, so the call gives -604101").format(
                    config=config
                ),
                _('Add "{api}" there and deploy again; wxcloud reads the list at each call').format(api=api),
            )
    for place in unclear:
        yield Finding(
            place,
            "permission-unclear",
            _("which API is called is decided at run time"),
            _("this check cannot compare it with permissions.openapi"),
            _("Write the name out, or make sure that config.json lists every API that can occur"),
            breaks=False,
        )
    if code.broken or unclear:
        return
    for api in info.permissions:
        if api not in called and _exists(api):
            yield Finding(
                config,
                "permission-superfluous",
                f"{api} is permitted",
                _("the code never calls it"),
                _("Remove it: a function should be able to do what it needs, and no more"),
                breaks=False,
            )


def _exists(api: str) -> bool:
    namespace, _dot, name = api.partition(".")
    return api == INVOKE_SERVICE.permission or (namespace == "ocr" and by_cloud_name(name) is not None)


def _limits(info: FunctionInfo) -> Iterator[Finding]:
    config = f"{info.name}/config.json"
    if info.timeout > MAX_TIMEOUT:
        yield Finding(
            config,
            "timeout",
            _("timeout is {timeout} s").format(timeout=info.timeout),
            _("CloudBase documents 1 to {max_timeout} s for cloudbaserc.json").format(
                max_timeout=MAX_TIMEOUT
            ),
            _("Set at most {max_timeout}").format(max_timeout=MAX_TIMEOUT),
        )
    elif info.timeout < RETRY_BUDGET and info.permissions:
        yield Finding(
            config,
            "timeout",
            _("timeout is {timeout} s").format(timeout=info.timeout),
            _("a cold start, a token and one retry of the call need about {retry_budget} s").format(
                retry_budget=RETRY_BUDGET
            ),
            _(
                'Set "timeout": 20 here, and in the console if the function exists: an upload does not '
                "change it"
            ),
            breaks=False,
        )
    if not MIN_MEMORY <= info.memory <= MAX_MEMORY:
        yield Finding(
            config,
            "memory",
            _("memorySize is {memory} MB").format(memory=info.memory),
            _("CloudBase documents {min_memory} to {max_memory} MB for cloudbaserc.json").format(
                min_memory=MIN_MEMORY, max_memory=MAX_MEMORY
            ),
            _("Choose a size between"),
        )
