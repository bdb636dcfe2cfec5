"""``.env`` and ``.env.local`` beside cloudbaserc.json, as @cloudbase/cli reads them (with the package dotenv)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _
from cloudbase_ocr.project.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FILES = (".env", ".env.local")
"""What a later one says of a variable goes before what an earlier one says (documented: cli-v1/config)."""

_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[\w.-]+)[ \t]*=[ \t]*
    (?P<value>'[^']*'|"(?:\\.|[^"\\])*"|`[^`]*`|[^#\r\n]*)""",
    re.MULTILINE | re.VERBOSE | re.ASCII,
)
_ESCAPES = {r"\n": "\n", r"\r": "\r", r"\"": '"'}


def read_env_files(folder: Path) -> dict[str, str]:
    """Return the variables of both files; a file that is not there has none.

    Raises:
        ConfigError: one cannot be read.
    """
    variables: dict[str, str] = {}
    for name in FILES:
        variables |= parse(_read(folder / name))
    return variables


def parse(text: str) -> dict[str, str]:
    """Return ``KEY=value`` pairs; quotes keep spaces, ``#`` and line ends, and only double ones know ``\\n``."""
    return {match["name"]: _unquote(match["value"].strip()) for match in _LINE.finditer(text)}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(_("{name}: cannot be read: {error}").format(name=path.name, error=error)) from error


def _unquote(value: str) -> str:
    if len(value) < 2 or value[0] not in "'\"`" or value[-1] != value[0]:
        return value
    if value[0] == '"':
        return re.sub(r'\\[nr"]', lambda match: _ESCAPES[match[0]], value[1:-1])
    return value[1:-1]
