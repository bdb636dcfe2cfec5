"""The conformance run: every check of every client holds, and the page is about the clients of package.json."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.clients.conformance import CLIENTS, COLUMNS, PAGE, Row, absent, page, rows
from tests.clients.literal import EASYWECHAT, WEROBOT
from tests.clients.sdks import FOLDER


@pytest.mark.check
def test_every_check_of_every_client_holds(tmp_path: Path) -> None:
    if reason := absent(tmp_path):
        pytest.skip(reason)
    made = rows(tmp_path)
    wrong = {
        (row.client, column): cell for row in made for column, cell in row.cells.items() if cell[0] != cell[1]
    }
    assert not wrong
    # The same clients, columns and counts as in the page; the versions of Python packages are not pinned.
    assert without_versions(page(made)) == without_versions(PAGE.read_text(encoding="utf-8")), (
        "run make clients"
    )


def test_the_page_names_the_pinned_versions() -> None:
    pinned = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    text = PAGE.read_text(encoding="utf-8")
    for name in CLIENTS:
        package, _, number = pinned[name].removeprefix("npm:").rpartition("@")
        assert f"| `{package or name}` {number} |" in text, "run make clients"
    assert f"| `WeRoBot` {WEROBOT} |" in text
    assert f"| `{EASYWECHAT}` {pinned[EASYWECHAT]} |" in text


def test_a_check_that_fails_shows() -> None:
    row = Row("client", "Node")
    row.count("files", True)
    row.count("files", False)
    assert row.line() == "| client | Node |" + " – |" * COLUMNS.index("files") + " 1/2 | – |"


def without_versions(text: str) -> str:
    return re.sub(r"(`[\w/@-]+`) [\w.]+ \|", r"\1 |", text)
