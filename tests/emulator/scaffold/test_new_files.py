"""Several new files, or none: what is there stays, and what cannot be finished leaves nothing behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.scaffold import ScaffoldError
from cloudbase_ocr.scaffold.new_files import write_new
from tests.emulator.scaffold.people import somebody_else


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_files_and_their_folders(tmp_path: Path) -> None:
    write_new({tmp_path / "a/b/one.txt": "一\n", tmp_path / "two.txt": ""}, "")
    assert names_in(tmp_path) == ["a", "a/b", "a/b/one.txt", "two.txt"]
    assert (tmp_path / "a/b/one.txt").read_bytes() == "一\n".encode()


def test_a_file_that_is_there_stays_and_nothing_else_is_written(tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ScaffoldError, match=r"two\.txt is there, and no file is ever overwritten\. Do this"):
        write_new({tmp_path / "new/one.txt": "x", tmp_path / "two.txt": "x"}, "Do this")
    assert names_in(tmp_path) == ["two.txt"]
    assert (tmp_path / "two.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_that_leads_nowhere_is_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    with pytest.raises(ScaffoldError, match="is there"):
        write_new({tmp_path / "link.txt": "x"}, "")
    assert names_in(tmp_path) == ["link.txt"]


@pytest.mark.parametrize("last", ["new/one.txt/two.txt", "n" * 300], ids=["below a file", "long name"])
def test_what_was_written_before_a_failure_is_removed(tmp_path: Path, last: str) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(ScaffoldError, match=r"cannot be written: .*\. Nothing was written"):
        write_new({tmp_path / "new/one.txt": "x", tmp_path / "mine/a.txt": "x", tmp_path / last: "x"}, "")
    assert names_in(tmp_path) == ["mine"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(ScaffoldError, match=r"two\.txt cannot be written"):
            write_new({tmp_path / "new/one.txt": "x", tmp_path / "new/two.txt": "x" * 200}, "")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_folder_without_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with somebody_else(), pytest.raises(ScaffoldError, match=os.strerror(13)):
        write_new({tmp_path / "new/one.txt": "x"}, "")
    tmp_path.chmod(0o755)
    assert names_in(tmp_path) == []
