"""Writes measured figures into docs/robustness.md, between ``<!-- measured: NAME -->`` and ``<!-- /measured -->``."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "robustness.md"


def write(name: str, text: str, page: Path = PAGE) -> None:
    """Replace what a block holds.

    Raises:
        LookupError: the page has no such block.
    """
    before = page.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- measured: {re.escape(name)} -->\n).*?(<!-- /measured -->)", re.DOTALL)
    if not pattern.search(before):
        raise LookupError(f"{page} has no block {name!r}")
    after = pattern.sub(lambda match: f"{match[1]}{text.rstrip()}\n{match[2]}", before, count=1)
    page.write_text(after, encoding="utf-8")
