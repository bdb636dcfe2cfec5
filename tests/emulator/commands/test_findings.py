"""How findings are shown: paths lead from the working directory to the file, whatever the format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudbase_ocr.build.checks import Finding, Report
from cloudbase_ocr.commands.findings import counted, printed


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "cloudfunctions"
    (root / "common").mkdir(parents=True)
    functions = {"read": root / "read", "renamed": root / "old"}
    findings = [
        Finding("read/index.py:3", "dependency", "yaml is imported", "50 %: it is not there", "Add it"),
        Finding("common/__init__.py:1", "syntax", "this is no Python", "it says so", "Correct it"),
        Finding("cloudbaserc.json: envId", "secret", "a secret", "it is, seen", "Remove it", breaks=False),
        Finding("old/config.json", "timeout", "timeout is 90 s", "60 are allowed", "Set 60"),
        Finding("read", "size", "the zip has 69.5 MiB", "50 are allowed", "Take out data"),
    ]
    return Report(functions, root, tmp_path, findings, ["read: 1.00 MiB"])


PLACES = [
    ("cloudfunctions/read/index.py", 3, None),
    ("cloudfunctions/common/__init__.py", 1, None),
    ("cloudbaserc.json", None, "envId"),
    ("cloudfunctions/old/config.json", None, None),
    ("cloudfunctions/read", None, None),
]


def test_lines_that_an_editor_can_follow(report: Report) -> None:
    lines = printed(report, "text").splitlines()
    assert lines[0] == (
        "cloudfunctions/read/index.py:3: error: yaml is imported: 50 %: it is not there. Add it. [dependency]"
    )
    assert lines[2].startswith("cloudbaserc.json: envId: warning: a secret: ")
    assert lines[-2:] == ["read: 1.00 MiB", "2 functions, 4 errors, 1 warning"]


def test_json_for_programs(report: Report) -> None:
    content = json.loads(printed(report, "json"))
    assert [(each["path"], each["line"], each["key"]) for each in content["findings"]] == PLACES
    assert content["findings"][2]["level"] == "warning"
    assert (content["functions"], content["errors"], content["warnings"]) == (["read", "renamed"], 4, 1)
    assert content["measured"] == ["read: 1.00 MiB"]


def test_annotations_of_github_are_escaped(report: Report) -> None:
    lines = printed(report, "github").splitlines()
    assert lines[0] == (
        "::error file=cloudfunctions/read/index.py,line=3,title=dependency::yaml is imported: 50 %25: it is not there. "
        "Add it."
    )
    assert (
        lines[2]
        == "::warning file=cloudbaserc.json,line=1,title=secret::envId: a secret: it is, seen. Remove it."
    )


def test_paths_from_elsewhere_are_whole(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert printed(report, "text").startswith(f"{tmp_path}/cloudfunctions/read/index.py:3: error: ")


def test_one_of_something_is_singular() -> None:
    assert counted(Report({"one": Path()})) == "1 function, 0 errors, 0 warnings"
