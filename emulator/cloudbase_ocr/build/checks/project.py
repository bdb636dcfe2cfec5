"""What surrounds the functions: names, unreadable configurations, cloudbaserc.json, secrets in files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.build.checks.findings import Finding
from cloudbase_ocr.build.checks.secrets import secrets_in
from cloudbase_ocr.language import _
from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.project.cloudbaserc import FILE as CLOUDBASERC
from cloudbase_ocr.project.project import FUNCTION_FILE
from cloudbase_ocr.project.sources import read_object
from cloudbase_ocr.runtime.function_folders import NAME, FunctionInfo
from cloudbase_ocr.runtime.languages import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudbase_ocr.project import Project

_TEMPLATE = re.compile(r"\{\{.*\}\}")
_SECRET_NAME = re.compile(r"(?i)secret|password|token|private_?key")


def check_not_runnable(info: FunctionInfo) -> Finding:
    """Return why a folder is no Python function that could be deployed."""
    if not NAME.fullmatch(info.name):
        return Finding(
            info.name,
            "name",
            _("CloudBase refuses this name"),
            _("letters, digits, '_' and '-' are allowed, a letter first, 60 at most"),
            _("Rename the folder"),
        )
    if info.misconfigured:
        file, _colon, why = info.reason.partition(": ")
        where = f"{info.name}/{file}" if file == FUNCTION_FILE else file
        return Finding(where, "config", _("it is not valid"), why, "Correct it")
    handler = info.handler or "index.main"
    return Finding(
        info.name,
        "handler",
        _("the file of handler {handler} is missing").format(handler=handler),
        info.reason,
        _("Add it, or name another as handler in config.json"),
    )


def check_bootstrap(info: FunctionInfo) -> list[Finding]:
    """Return why the platform could not start an HTTP function; what its server needs is other tools' business."""
    if not info.reason:
        return []
    what = _("the web server of this HTTP function cannot be started")
    return [Finding(info.name, "bootstrap", what, info.reason, _("Correct it before it is deployed"))]


def check_runtime(info: FunctionInfo, problem: str) -> Finding:
    """Return what is wrong with a runtime that no package can be built for."""
    where, _colon, why = problem.partition(": ")
    shown = f"{where}: {info.name}" if where == CLOUDBASERC else f"{info.name}/{where}"
    what, _dot, action = why.partition(". ")
    return Finding(shown, "runtime", _("no package can be built"), what, action)


def check_secrets(functions: Sequence[FunctionInfo]) -> Iterator[Finding]:
    """Give what must not be in the files of the functions, hidden ones too."""
    for info in functions:
        for path in sorted(info.path.rglob("*")):
            relative = path.relative_to(info.path)
            if path.is_file() and not {"__pycache__", ".git", ".venv", "venv", "node_modules"} & set(
                relative.parts
            ):
                yield from secrets_in(path, f"{info.name}/{relative.as_posix()}")


def check_cloudbaserc(project: Project, functions: Sequence[FunctionInfo]) -> Iterator[Finding]:
    """Give what is wrong in the project's cloudbaserc.json, as far as it is about these functions."""
    try:
        content = read_object(project.folder / CLOUDBASERC)
        entries = project.read().cloudbaserc.entries
    except ConfigError as error:
        yield Finding(CLOUDBASERC, "cloudbaserc", _("it cannot be read"), str(error), "Correct it")
        return
    yield from _literal_secrets(content, "")
    for info in functions:
        entry = entries.get(info.name)
        runtime = entry.source.values.get("runtime") if entry and info.language is PYTHON else "Python3"
        if not str(runtime).startswith("Python3"):
            yield Finding(
                f"{CLOUDBASERC}: {info.name}",
                "runtime",
                _("the runtime is {runtime}").format(runtime=runtime or "not given"),
                _("the function is written in Python, and the tool's own default is Node.js"),
                'Write "runtime": "Python3.10"',
            )


def _literal_secrets(value: Any, path: str) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, inner in value.items():
            name = f"{path}.{key}" if path else str(key)
            if (
                isinstance(inner, str)
                and _SECRET_NAME.search(str(key))
                and inner
                and not _TEMPLATE.search(inner)
            ):
                yield Finding(
                    f"{CLOUDBASERC}: {name}",
                    "secret",
                    _("a secret is written here"),
                    _("the file is committed and shared with the code"),
                    _('Write "{{{{env.{key}}}}}" and put the value into .env.local').format(key=key),
                )
            else:
                yield from _literal_secrets(inner, name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _literal_secrets(inner, f"{path}[{index}]")
