"""``permissions.openapi`` of the function's own config.json.

In the cloud WeChat checks it for each cloud call, by the name that was called (documented: "openapi" guide).
This package checks the same before any request, so that what is refused there is refused here:

- config.json is looked for in USER_CODE_ROOT, then in the working directory; ``init(config=...)`` overrides.
- Inside a cloud function (TENCENTCLOUD_RUNENV=SCF or USER_CODE_ROOT set) nothing is allowed that it does not
  list, and no config.json lists nothing.
- Outside one (a script, a container, a test) a config.json without `permissions` is somebody else's file, and
  no config.json means nothing to enforce.
- The name must be the one that is called: `ocr.drivingLicense` does not allow `ocr.vehicleLicense`, although
  both reach the same method. Whether the cloud treats the two as one is not documented.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def refusal(api: str, config: Any, environ: Mapping[str, str]) -> str | None:
    """Return why `api` (``ocr.idcard``) may not be called, or None when it may.

    `config` is that of ``init()``: None, a path, or the parsed content.
    """
    in_function = environ.get("TENCENTCLOUD_RUNENV") == "SCF" or bool(environ.get("USER_CODE_ROOT"))
    content, place = _load(config, environ)
    if content is None and config is None and not in_function:
        return None
    if isinstance(content, str):
        return f"{place} {content}"
    if content is None:
        return f'{place} does not exist: write {{"permissions": {{"openapi": ["{api}"]}}}} into it'
    if config is None and not in_function and "permissions" not in content:
        return None
    if api in _listed(content):
        return None
    return f'{place} does not list "{api}" under permissions.openapi'


def _load(config: Any, environ: Mapping[str, str]) -> tuple[Mapping[str, Any] | str | None, str]:
    if isinstance(config, Mapping):
        return config, "config"
    if config is not None:
        return _read(Path(config)), str(config)
    folders = [Path(root) for root in (environ.get("USER_CODE_ROOT"), ".") if root]
    for folder in folders:
        content = _read(folder / "config.json")
        if content is not None:
            return content, "config.json"
    return None, "config.json"


def _read(path: Path) -> Mapping[str, Any] | str | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        return f"is not valid JSON: {error}"
    return content if isinstance(content, Mapping) else "is not a JSON object"


def _listed(content: Mapping[str, Any]) -> list[Any]:
    permissions = content.get("permissions")
    listed = permissions.get("openapi") if isinstance(permissions, Mapping) else None
    return listed if isinstance(listed, list) else []
