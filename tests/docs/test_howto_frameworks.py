"""The page on test frameworks shows files of the sample projects, which tests/projects runs; the notebook runs here."""

from __future__ import annotations

import re

import pytest

from tests.docs.page_blocks import CHINESE, ROOT, blocks, read

PAGE = "docs/howto/frameworks.md"
PROJECTS = ROOT / "tests/projects"
NAME = re.compile(r"(?:#|//) (\S+\.(?:py|js))\n")


@pytest.mark.parametrize("page", [PAGE, CHINESE[PAGE]])
def test_what_is_shown_is_what_runs(page: str) -> None:
    files = {path.read_text(encoding="utf-8") for path in PROJECTS.glob("*_shop/**/*.[pj][ys]")}
    shown = [block.text for block in blocks(page) if NAME.match(block.text)]
    assert len(shown) == 10
    assert [text for text in shown if text not in files] == []


def test_every_project_has_a_section_and_a_test() -> None:
    names = {path.name for path in PROJECTS.glob("*_shop")}
    runs = (PROJECTS / "test_projects.py").read_text(encoding="utf-8")
    assert {name for name in names if f'"{name}"' in runs} == names
    sections = {block.text for block in blocks(PAGE, "sh")}
    assert len(names) == len(re.findall(r"^```sh$", read(PAGE), re.MULTILINE)) == 5
    assert sections == {"python -m unittest\n", "python manage.py test\n", "python -m pytest\n", "npm test\n"}


@pytest.mark.parametrize("page", [PAGE, CHINESE[PAGE]])
def test_the_cells_of_the_notebook_run_in_order(page: str) -> None:
    cells = [block.text for block in blocks(page, "python") if not NAME.match(block.text)]
    assert len(cells) == 4
    names: dict[str, object] = {}
    seen = []
    for cell in cells:
        *first, last = cell.rstrip().splitlines()
        exec("\n".join(first), names)
        if " = " in last:
            exec(last, names)
        else:
            seen.append(eval(last, names))
    reply, request, closed = seen
    assert (reply, closed) == ("李四", None)
    assert "path='/cv/ocr/idcard'" in repr(request)
