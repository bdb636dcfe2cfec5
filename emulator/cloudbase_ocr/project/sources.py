"""Files of JSON, and the places in them that say something about a function."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _
from cloudbase_ocr.project.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Source:
    """An object in a file: `file` is its name, `prefix` leads to the object, such as ``functions[0].``.

    `deploys`: @cloudbase/cli reads it, which takes numbers and truth values as variables, and numbers as text.
    """

    file: str
    values: Mapping[str, Any]
    prefix: str = ""
    deploys: bool = False

    def error(self, text: str) -> ConfigError:
        """Return the error that says `text`, which begins with the key."""
        return ConfigError(f"{self.file}: {self.prefix}{text}")


def read_object(path: Path) -> dict[str, Any] | None:
    """Return the object in a file of JSON; None when there is no such file.

    Raises:
        ConfigError: it cannot be read, or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(_("{name}: cannot be read: {error}").format(name=path.name, error=error)) from error
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(_("{name}: is not JSON: {error}").format(name=path.name, error=error)) from error
    if not isinstance(content, dict):
        raise ConfigError(_("{name}: must be an object, such as {{}}").format(name=path.name))
    return content
