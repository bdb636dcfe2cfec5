"""Reads Markdown pages: fenced blocks, headings and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = (
    "docs/command-line.md",
    "docs/control-api.md",
    "docs/errors.md",
    "docs/functions.md",
    "docs/http-api.md",
    "docs/python.md",
    "docs/rulings.md",
    "docs/test-kit.md",
)
"""The pages of the reference, by topic."""
ENGLISH = ("README.md", *REFERENCE)
"""Pages whose commands, programs and files are run by test_readme.py and test_python_examples.py."""
CHINESE = {
    "README.md": "docs/README.zh-CN.md",
    **{page: page.replace(".md", ".zh-CN.md") for page in ("docs/reference.md", *REFERENCE)},
    "docs/batch.md": "docs/batch.zh-CN.md",
    "docs/deploy.md": "docs/deploy.zh-CN.md",
    "docs/self-hosting.md": "docs/self-hosting.zh-CN.md",
    "docs/SECURITY.md": "docs/SECURITY.zh-CN.md",
    "docs/glossary.md": "docs/glossary.zh-CN.md",
    "docs/howto/assertions.md": "docs/howto/assertions.zh-CN.md",
    "docs/howto/ci.md": "docs/howto/ci.zh-CN.md",
    "docs/howto/frameworks.md": "docs/howto/frameworks.zh-CN.md",
    "docs/howto/record-and-replay.md": "docs/howto/record-and-replay.zh-CN.md",
    "docs/howto/javascript.md": "docs/howto/javascript.zh-CN.md",
    "docs/howto/parallel.md": "docs/howto/parallel.zh-CN.md",
    "docs/howto/timeout.md": "docs/howto/timeout.zh-CN.md",
    "docs/howto/exhausted-quota.md": "docs/howto/exhausted-quota.zh-CN.md",
    "docs/howto/expired-token.md": "docs/howto/expired-token.zh-CN.md",
    "docs/howto/retry.md": "docs/howto/retry.zh-CN.md",
    "docs/howto/debug.md": "docs/howto/debug.zh-CN.md",
    "docs/howto/service-market.md": "docs/howto/service-market.zh-CN.md",
    "docs/howto/url.md": "docs/howto/url.zh-CN.md",
    "docs/howto/your-client.md": "docs/howto/your-client.zh-CN.md",
}
PAGES = (
    *CHINESE,
    *CHINESE.values(),
    "docs/accuracy.md",
    "docs/accuracy.zh-CN.md",
    "docs/architecture.md",
    "docs/CONTRIBUTING.md",
    "docs/benchmarks.md",
    "docs/robustness.md",
    "docs/testing.md",
    "CHANGELOG.md",
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and the line where it begins."""

    language: str
    text: str
    line: int


def read(page: str) -> str:
    """Return the text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str | None = None) -> list[Block]:
    """Return the fenced blocks of a page, or those of one language."""
    text = read(page)
    found = [
        Block(match[1], match[2], text.count("\n", 0, match.start()) + 1) for match in _FENCE.finditer(text)
    ]
    return [block for block in found if language in (None, block.language)]


def shell_lines(page: str) -> list[str]:
    """Return the commands of a page, in order."""
    return [line for block in blocks(page, "sh") for line in block.text.splitlines() if line.strip()]


def rows(page: str, first: str) -> list[list[str]]:
    """Return the cells of the table whose first row begins with `first`."""
    lines = read(page).splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(f"| {first}"))
    found = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def links(page: str) -> list[str]:
    """Return where the links of a page lead, code left out."""
    return _LINK.findall(_FENCE.sub("", read(page)))


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = _HEADING.findall(_FENCE.sub("", read(page)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
