"""Which files the patterns of `ignore` match."""

from __future__ import annotations

import pytest

from cloudbase_ocr.build.ignore import ignored_by


@pytest.mark.parametrize(
    ("pattern", "matched", "other"),
    [
        ("*.pem", "key.pem", "keys/key.pem"),
        ("**/*.pem", "a/b/key.pem", "key.pem.txt"),
        ("**/*.pem", "key.pem", "pem"),
        ("tests", "tests/a/b.py", "mytests/a.py"),
        ("./tests/", "tests/a.py", "a/tests/b.py"),
        ("tests/**", "tests/a/b.py", "test.py"),
        ("node_modules/**/*", "node_modules/a/b.js", "node_module/a.js"),
        ("data/?.bin", "data/1.bin", "data/12.bin"),
        ("a.b", "a.b", "axb"),
        ("[x].py", "[x].py", "x.py"),
    ],
)
def test_patterns(pattern: str, matched: str, other: str) -> None:
    ignored = ignored_by([pattern])
    assert ignored(matched)
    assert not ignored(other)


def test_without_patterns_nothing_is_ignored() -> None:
    assert not ignored_by([])("index.py")
