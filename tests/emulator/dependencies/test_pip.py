"""What the output of pip and uv says of a failure."""

from __future__ import annotations

import sys

import pytest

from cloudbase_ocr.dependencies import pip
from cloudbase_ocr.dependencies.pip import failure_of

NONE = """\
ERROR: Could not find a version that satisfies the requirement jieba>=9 (from versions: {versions})
ERROR: No matching distribution found for jieba>=9"""
OFFLINE = """\
WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError': /simple/jieba/
ERROR: Could not find a version that satisfies the requirement jieba (from versions: none)
ERROR: No matching distribution found for jieba"""
BUILD = """\
Collecting mine
  error: subprocess-exited-with-error
ERROR: Failed building wheel for mine
note: this is an issue with the package mentioned above"""
UV = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because jieba was not found in the package registry and you require jieba, we can conclude that"""
UV_OFFLINE = """\
error: Failed to fetch: `https://example.com/simple/jieba/`
  Caused by: dns error"""


@pytest.mark.parametrize(
    ("output", "offline", "not_found", "nothing", "last"),
    [
        (
            NONE.format(versions="none"),
            False,
            "jieba>=9",
            True,
            "No matching distribution found for jieba>=9",
        ),
        (
            NONE.format(versions="0.1, 0.2"),
            False,
            "jieba>=9",
            False,
            "No matching distribution found for jieba>=9",
        ),
        (OFFLINE, True, "jieba", True, "No matching distribution found for jieba"),
        (BUILD, False, "", False, "Failed building wheel for mine"),
        (UV, False, "jieba", True, UV.splitlines()[-1]),
        (UV_OFFLINE, True, "", False, "Failed to fetch: `https://example.com/simple/jieba/`"),
        ("", False, "", False, "it failed"),
    ],
)
def test_failures(output: str, offline: bool, not_found: str, nothing: bool, last: str) -> None:
    failure = failure_of(output.splitlines())
    assert (failure.offline, failure.not_found, failure.nothing_at_all) == (offline, not_found, nothing)
    assert failure.last == last.strip()


def test_an_old_pip_leaves_other_pythons_to_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--python` came with pip 22.3; Ubuntu 22.04 has 22.0."""
    assert pip.pip_version() > (20,)
    monkeypatch.setattr(pip, "pip_version", lambda: (22, 0))
    assert pip.pip_command("/usr/bin/python3.9") == ["/usr/bin/python3.9", "-m", "pip"]
    assert pip.pip_command(sys.executable) == [sys.executable, "-m", "pip"]
    monkeypatch.setattr(pip, "pip_version", lambda: (22, 3))
    assert pip.pip_command("/usr/bin/python3.9")[-2:] == ["--python", "/usr/bin/python3.9"]
