"""What surrounds the functions: names, unreadable configurations, cloudbaserc.json, secrets in files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.build.checks.findings import Finding
from cloudbase_ocr.build.checks.secrets import secrets_in
from cloudbase_ocr.runtime.function_folders import NAME, FunctionInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CLOUDBASERC = "cloudbaserc.json"
_TEMPLATE = re.compile(r"\{\{.*\}\}")
_SECRET_NAME = re.compile(r"(?i)secret|password|token|private_?key")


def check_not_runnable(info: FunctionInfo) -> Finding:
    """Return why a folder is no Python function that could be deployed."""
    if not NAME.fullmatch(info.name):
        return Finding(
            info.name,
            "name",
            "CloudBase refuses this name",
            "letters, digits, '_' and '-' are allowed, a letter first, 60 at most",
            "Rename the folder",
        )
    if info.reason.startswith("config.json"):
        why = info.reason.removeprefix("config.json: ")
        return Finding(f"{info.name}/config.json", "config", "it is not valid", why, "Correct it")
    handler = info.handler or "index.main"
    return Finding(
        info.name,
        "handler",
        f"the file of handler {handler} is missing",
        info.reason,
        "Add it, or name another as handler in config.json",
    )


def check_secrets(root: Path, functions: Sequence[FunctionInfo]) -> Iterator[Finding]:
    """Give what must not be in the files of the functions, hidden ones too."""
    for info in functions:
        for path in sorted(info.path.rglob("*")):
            relative = path.relative_to(info.path)
            if path.is_file() and not {"__pycache__", ".git", ".venv", "venv", "node_modules"} & set(
                relative.parts
            ):
                yield from secrets_in(path, (info.path.relative_to(root) / relative).as_posix())


def check_cloudbaserc(folders: Sequence[Path], functions: Sequence[FunctionInfo]) -> Iterator[Finding]:
    """Give what is wrong in the first cloudbaserc.json of `folders`, as far as it is about these functions."""
    path = next((folder / CLOUDBASERC for folder in folders if (folder / CLOUDBASERC).is_file()), None)
    if path is None:
        return
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        entries = [entry for entry in content.get("functions") or [] if isinstance(entry, dict)]
    except (ValueError, AttributeError, RecursionError) as error:
        yield Finding(CLOUDBASERC, "cloudbaserc", "it cannot be read", str(error), "Write a JSON object")
        return
    yield from _literal_secrets(content, "")
    known = {info.name: info for info in functions}
    for entry in entries:
        info = known.get(str(entry.get("name")))
        if info is not None:
            yield from _entry(entry, info)


def _entry(entry: dict[str, Any], info: FunctionInfo) -> Iterator[Finding]:
    where = f"{CLOUDBASERC}: {info.name}"
    runtime = entry.get("runtime")
    if not str(runtime).startswith("Python3."):
        yield Finding(
            where,
            "runtime",
            f"the runtime is {runtime or 'not given'}",
            "the function is written in Python, and the tool's own default is Node.js",
            'Write "runtime": "Python3.10"',
        )
    handler, own = entry.get("handler", "index.main"), info.handler or "index.main"
    if handler not in (own, "index.main_handler" if not info.handler else own):
        why = f"the function's handler is {own}"
        yield Finding(where, "handler", f"the handler is {handler}", why, f'Write "handler": "{own}"')


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
                    "a secret is written here",
                    "the file is committed and shared with the code",
                    f'Write "{{{{env.{key}}}}}" and put the value into .env.local',
                )
            else:
                yield from _literal_secrets(inner, name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _literal_secrets(inner, f"{path}[{index}]")
