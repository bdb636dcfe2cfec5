"""``cloudbaserc.json``: what `@cloudbase/cli` reads to deploy the packages (documented: functions/configs).

Run the tool in the folder that holds it, for it takes `functionRoot` from the working directory. What the project's own
cloudbaserc.json says of a function stays as it is written there, with its ``{{env.X}}``; what the package decides goes
before it. `envVariables` are left out unless a file names some: a deploy that names any replaces all that the console
has.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.build.targets import runtime_name
from cloudbase_ocr.project.cloudbaserc import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cloudbase_ocr.runtime.function_folders import FunctionInfo

ENV_ID_TEMPLATE = "{{env.CLOUDBASE_ENV_ID}}"
IGNORE = ["node_modules", "node_modules/**/*", ".git", ".git/**/*", "**/.DS_Store", "**/*.part"]
HTTP = "http"


def function_entry(
    info: FunctionInfo,
    python: str,
    *,
    handler: str,
    kind: str,
    variables: Sequence[str] = (),
    written: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return one function's entry.

    `variables` are filled in by the tool from its own environment or .env files; `written` is what the project's own
    file says of the function.
    """
    own = {key: value for key, value in (written or {}).items() if key != "dir"}
    entry: dict[str, Any] = {
        "name": info.name,
        "runtime": runtime_name(python),
        "handler": handler,
        "timeout": info.timeout,
        "memorySize": info.memory,
        "installDependency": False,
        "ignore": [*IGNORE, *(pattern for pattern in info.config.ignore if pattern not in IGNORE)],
    }
    if kind == HTTP:
        entry["type"] = "HTTP"
    environment = {
        **info.environment,
        **(own.get("envVariables") or {}),
        **{name: f"{{{{env.{name}}}}}" for name in variables},
    }
    if environment:
        entry["envVariables"] = environment
    return {**entry, **{key: value for key, value in own.items() if key not in entry}}


def write_cloudbaserc(out: Path, entries: Sequence[dict[str, Any]], env_id: str | None) -> None:
    """Write the file; what it says of functions that were built earlier and are still there is kept."""
    earlier = _read(out / FILE)
    known = {entry["name"]: entry for entry in earlier.get("functions", []) if (out / entry["name"]).is_dir()}
    known.update({entry["name"]: entry for entry in entries})
    content = {
        "version": "2.0",
        "envId": env_id or earlier.get("envId") or ENV_ID_TEMPLATE,
        "functionRoot": ".",
        "functions": [known[name] for name in sorted(known)],
    }
    (out / FILE).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if all("name" in entry for entry in content.get("functions", [])) else {}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # written anew
