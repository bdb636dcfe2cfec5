"""The commands on the pages about accuracy are ones that the benchmark takes; running them takes hours."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.bench.ocr.__main__ import chosen
from tests.docs.page_blocks import read, shell_lines

PAGES = ("docs/accuracy.md", "docs/accuracy.zh-CN.md")
MODULE = ["python", "-m", "tests.bench.ocr"]


def _check(words: list[str]) -> None:
    """Let the benchmark parse a command, without running it."""
    command, given = chosen(words[len(MODULE) :])
    command.make_context("bench", given)


@pytest.mark.parametrize("page", PAGES)
def test_the_benchmark_takes_the_commands_of_the_page(page: str) -> None:
    recipe = re.search(r"^bench-ocr:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)
    assert recipe
    assert "-m tests.bench.ocr --write" in recipe[1]
    seen = set()
    for line in shell_lines(page):
        words = shlex.split(line, comments=True)
        seen.add(words[0])
        if words != ["make", "bench-ocr"]:
            assert words[:3] == MODULE, line
            _check(words)
    assert seen == {"make", "python"}


def test_the_run_that_wrote_the_tables_can_be_repeated() -> None:
    (line,) = re.findall(r"<!-- measured -->\n`(.+)`", read(PAGES[0]))
    words = shlex.split(line)
    assert words[:3] == MODULE
    _check(words)
