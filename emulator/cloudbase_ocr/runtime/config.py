"""What a function's config.json asks for.

WeChat's own keys are `permissions` and `triggers`; the others are those of CloudBase's cloudbaserc.json.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_TIMEOUT = 3
"""Seconds a function may run when config.json does not say: what WeChat DevTools sets on upload."""
MAX_TIMEOUT = 900
DEFAULT_MEMORY = 256
"""MB of memory of a CloudBase function when config.json does not say."""
MAX_MEMORY = 3072
MAX_ENVIRONMENT_BYTES = 4096

_HANDLER = re.compile(r"[A-Za-z_][\w-]*(?:/[A-Za-z_][\w-]*)*\.[A-Za-z_]\w*", re.ASCII)
_RUNTIME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,29}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED_PREFIXES = ("SCF_", "QCLOUD_", "TENCENTCLOUD_")


class ConfigError(ValueError):
    """config.json is not what it should be; the message names the key."""


def read_config(path: Path) -> dict[str, Any]:
    """Return `runtime` and the fields of FunctionInfo that config.json sets; without the file, defaults hold.

    Raises:
        ConfigError: it is not JSON, or one of its values makes no sense.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {"note": "no config.json: defaults hold, and no cloud call is permitted"}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}") from error
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise ConfigError("must be an object, such as {}")
    return {
        "handler": _handler(config),
        "runtime": _runtime(config),
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
        raise ConfigError(f"handler must be <file>.<function> such as index.main, not {handler!r}")
    return handler


def _runtime(config: dict[str, Any]) -> str | None:
    runtime = config.get("runtime")
    if runtime is not None and not (isinstance(runtime, str) and _RUNTIME.fullmatch(runtime)):
        raise ConfigError(f"runtime must be a name such as Nodejs18.15 or Python3.9, not {runtime!r}")
    return runtime


def _integer(config: dict[str, Any], key: str, default: int, low: int, high: int) -> int:
    value = config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(f"{key} must be a whole number from {low} to {high}, not {value!r}")
    return value


def _permissions(config: dict[str, Any]) -> tuple[str, ...]:
    permissions = config.get("permissions", {})
    listed = permissions.get("openapi", []) if isinstance(permissions, dict) else None
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise ConfigError('permissions must be {"openapi": ["ocr.idcard", ...]}')
    return tuple(listed)


def _environment(config: dict[str, Any]) -> dict[str, str]:
    variables = config.get("envVariables", {})
    if not isinstance(variables, dict):
        raise ConfigError('envVariables must be an object such as {"KEY": "value"}')
    for key, value in variables.items():
        if not _VARIABLE.fullmatch(key) or key.startswith(_RESERVED_PREFIXES):
            raise ConfigError(
                f"envVariables: {key!r} is not allowed. Use letters, digits and '_'; "
                f"{', '.join(_RESERVED_PREFIXES)} belong to the platform"
            )
        if not isinstance(value, str) or "\0" in value or not _is_utf8(value):
            raise ConfigError(f"envVariables: the value of {key} must be text")
    if sum(len(f"{key}{value}".encode()) for key, value in variables.items()) > MAX_ENVIRONMENT_BYTES:
        raise ConfigError(f"envVariables take more than {MAX_ENVIRONMENT_BYTES} bytes")
    return variables


def _is_utf8(text: str) -> bool:
    """Tell whether `text` can be an environment variable; JSON can hold half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
