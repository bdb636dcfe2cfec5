"""What reads requirements is there with pytest, with pip, or told in one sentence."""

from __future__ import annotations

from pathlib import Path

from tests.emulator.testing.test_sizes import hiding

_READ = """
from pathlib import Path
from cloudbase_ocr.dependencies.errors import DependencyError
from cloudbase_ocr.dependencies.requirements import read_requirements
from cloudbase_ocr.scaffold.origin import named_origin

try:
    print([requirement.name for requirement in read_requirements(Path()).specified])
    print(named_origin("cloudbase_ocr==1.2", Path()).requirement)
except DependencyError as error:
    print(error)
"""


def test_pips_copy_does_where_packaging_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("Some_Thing>=1; python_version > '3'\n", encoding="utf-8")
    python = hiding(tmp_path, ("packaging",))
    assert python.run(tmp_path, "-c", _READ).stdout.splitlines() == ["['Some_Thing']", "cloudbase_ocr==1.2"]


def test_one_sentence_where_neither_is_installed(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("idna\n", encoding="utf-8")
    python = hiding(tmp_path, ("packaging", "pip"))
    (said,) = python.run(tmp_path, "-c", _READ).stdout.splitlines()
    assert said.startswith(
        "requirements of a function are read by packaging, or by pip's copy of it, and neither is"
    )
    assert said.endswith(" -m ensurepip, or: uv pip install packaging")
