"""Pictures in archives: in their order, without leftovers of other programs, bounded, damaged ones as file errors."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from cloudbase_ocr.batch import archives
from cloudbase_ocr.batch.items import items
from cloudbase_ocr.batch.pictures import select
from cloudbase_ocr.core import formats

FILES = {
    "b.jpg": b"bb",
    "deep/a.png": b"a",
    "notes.txt": b"none",
    "__MACOSX/._b.jpg": b"x",
    "deep/.hidden.jpg": b"x",
    "inner.zip": b"x",
}


def made(path: Path) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("deep/", b"")
            for name, data in FILES.items():
                archive.writestr(name, data)
        return path
    mode = {".tar": "w", ".tgz": "w:gz", ".xz": "w:xz"}[path.suffix]
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]  # mypy knows literals only
        for name, data in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz", "x.tar.xz"])
def test_pictures_of_an_archive_are_read_in_its_order(tmp_path: Path, name: str) -> None:
    path = made(tmp_path / name)
    found = select([str(path)])
    assert [picture.name for picture in found.pictures] == [f"{path}/b.jpg", f"{path}/deep/a.png"]
    assert [picture.inner.as_posix() for picture in found.pictures] == ["b.jpg", "deep/a.png"]
    assert found.skipped == {".txt": 1, ".zip": 1}
    assert not found.single
    assert [item.read(formats, 1000) for item in items(found.pictures, formats)] == [b"bb", b"a"]


def test_a_member_that_is_damaged_is_an_error_of_its_own(tmp_path: Path) -> None:
    path = made(tmp_path / "x.zip")
    data = path.read_bytes()
    start = data.index(b"deep/a.png") + len("deep/a.png")
    path.write_bytes(data[:start] + b"\xff\xff" + data[start + 2 :])
    first, second = items(select([str(path)]).pictures, formats)
    assert first.read(formats, 1000) == b"bb"
    with pytest.raises(OSError, match="the archive is damaged or encrypted"):
        second.read(formats, 1000)


def test_what_unpacks_to_more_than_a_photo_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MOST_BYTES", 1)
    path = made(tmp_path / "bomb.zip")
    with pytest.raises(OSError, match="which is no photo"):
        archives.read(str(path), "b.jpg")
    assert archives.read(str(path), "deep/a.png") == b"a"
