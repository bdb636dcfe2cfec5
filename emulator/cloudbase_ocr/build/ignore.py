"""Glob patterns of files that are not deployed, as `ignore` of cloudbaserc.json has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PARTS = {"**/": r"(?:[^/]+/)*", "/**": r"(?:/.*)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
_PART = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?")


def ignored_by(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells of a path with ``/`` whether one of `patterns` matches it, or a folder that it is in."""
    forms = [re.compile(_regex(pattern.removeprefix("./").strip("/"))) for pattern in patterns]

    def ignored(path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        return any(form.fullmatch(name) for form in forms for name in above)

    return ignored


def _regex(pattern: str) -> str:
    found, end = "", 0
    for part in _PART.finditer(pattern):
        found += re.escape(pattern[end : part.start()]) + _PARTS[part[0]]
        end = part.end()
    return found + re.escape(pattern[end:])
