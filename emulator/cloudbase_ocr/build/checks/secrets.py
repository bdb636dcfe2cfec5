"""Secrets that would be deployed, or committed, with a project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudbase_ocr.build.checks.findings import Finding
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 512 * 1024
_PATTERNS = (
    ("an AppSecret", re.compile(r"(?i)\b\w*(?:app_?secret|secret)\w*[\"']?\s*[:=]\s*[\"']?[0-9a-f]{32}\b")),
    (_("a Tencent Cloud SecretId"), re.compile(r"\bAKID[A-Za-z0-9]{32}\b")),
    (
        _("a Tencent Cloud SecretKey"),
        re.compile(r"(?i)secret_?key[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9]{32}\b"),
    ),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")),
)
_ACTION = _(
    "Remove it, have it replaced in the console, and set it as an environment variable there or in .env.local"
)


def secrets_in(path: Path, shown: str) -> Iterator[Finding]:
    """Give a finding for the first secret of each sort in a text file; the secret itself is never shown."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return  # no text, no literal secret
    lines = set()
    for what, pattern in _PATTERNS:
        found = pattern.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 0
        if found and line not in lines:
            lines.add(line)
            yield Finding(
                f"{shown}:{line}",
                "secret",
                _("{what} is written here").format(what=what),
                _("whoever sees the code has it"),
                _ACTION,
            )
