"""Runs the Python programs that the pages show; those of functions and tests are run in test_readme.py."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.page_blocks import CHINESE, ROOT, Block, blocks

SPECIMENS = Path("emulator/cloudbase_ocr/specimens")
PAGES = ("docs/python.md", "docs/test-kit.md")

# What a program has to print, by a part of it.
EXPECTED = (
    ("print(card.method, ", r"ocr.idcard 林知夏 0"),
    ("recognize_many(", "platenum.jpg 宁Z3K7Q8"),
    ("start(quota_per_day=1)", "[0, 101003]\n张三 3\n"),
)


def programs(page: str) -> list[Block]:
    return [block for block in blocks(page, "python") if "from cloudbase_ocr import" in block.text]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that has what a checkout has, as far as the programs need it."""
    shutil.copytree(
        ROOT / SPECIMENS, tmp_path / SPECIMENS, ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    return tmp_path


@pytest.mark.check
@pytest.mark.parametrize("page", PAGES)
def test_programs_print_what_they_should(page: str, folder: Path) -> None:
    assert programs(page)
    for block in programs(page):
        words = [sys.executable, "-W", "error", "-X", "utf8", "-c", block.text]
        done = subprocess.run(words, cwd=folder, capture_output=True, encoding="utf-8", timeout=100)
        assert (done.returncode, done.stderr) == (0, ""), f"{page}: {block.text}{done.stderr}"
        (expected,) = [text for part, text in EXPECTED if part in block.text]
        assert expected in done.stdout, f"{page}: {block.text}"


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_of_both_languages_show_the_same_programs(page: str) -> None:
    english, chinese = (Counter(block.text for block in programs(each)) for each in (page, CHINESE[page]))
    assert english == chinese
