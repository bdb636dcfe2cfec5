"""``.env`` and ``.env.local`` as @cloudbase/cli reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.project.env_files import parse, read_env_files


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=1", "1"),
        ("  export A = 1  ", "1"),
        ("A=a b # said later", "a b"),
        ("A=", ""),
        ('A="a # b"', "a # b"),
        ("A='a\\nb'", "a\\nb"),
        (r'A="a\nb"', "a\nb"),
        ('A="-----BEGIN\nKEY-----"', "-----BEGIN\nKEY-----"),
        ("A=`it's`", "it's"),
        ("A=x=y", "x=y"),
        ("#A=0\nA=1\r\nB=2", "1"),
        ("A=1\nA=2", "2"),
    ],
)
def test_forms_of_a_line(text: str, value: str) -> None:
    assert parse(text)["A"] == value


def test_what_is_no_pair_is_left_out() -> None:
    assert parse("just words\n# A=1\n=2\n\n") == {}


def test_the_local_file_goes_before_the_other(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=shared\nB=shared\n")
    (tmp_path / ".env.local").write_text("A=mine\n")
    assert read_env_files(tmp_path) == {"A": "mine", "B": "shared"}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_bytes(b"A=\xff\n")
    with pytest.raises(ConfigError, match=r"^\.env\.local: cannot be read"):
        read_env_files(tmp_path)
