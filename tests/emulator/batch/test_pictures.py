"""Which pictures files, folders, patterns and standard input name, and in which order."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from cloudbase_ocr.batch.pictures import NoPictureError, select

NOBODY = 65534


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with pictures in it."""
    for name in (
        "b.jpg",
        "A.PNG",
        "deep/er/c.webp",
        "notes.txt",
        "._b.jpg",
        ".thumbnails/t.jpg",
        "odd[1].jpg",
    ):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*given: str) -> list[str]:
    return [picture.name for picture in select(given).pictures]


def test_a_folder_gives_the_pictures_below_it_by_path(folder: Path) -> None:
    found = select(["scans"])
    assert [Path(picture.name).as_posix() for picture in found.pictures] == [
        "scans/A.PNG",
        "scans/b.jpg",
        "scans/deep/er/c.webp",
        "scans/odd[1].jpg",
    ]
    assert [picture.inner.as_posix() for picture in found.pictures][2] == "deep/er/c.webp"
    assert not found.single


def test_files_stay_in_the_order_given_whatever_they_are_called(folder: Path) -> None:
    given = [str(Path("scans") / name) for name in ("notes.txt", "b.jpg", "missing.jpg", "b.jpg")]
    assert names(*given) == given


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("scans/*.jpg", ["b.jpg", "odd[1].jpg"]),
        ("scans/**/*.webp", ["c.webp"]),
        ("scans/[ab].jpg", ["b.jpg"]),
        ("scans/?.jpg", ["b.jpg"]),
        ("scans/odd[1].jpg", ["odd[1].jpg"]),
    ],
)
def test_patterns_are_resolved_unless_a_file_is_called_so(
    folder: Path, pattern: str, found: list[str]
) -> None:
    for written in (pattern, str(folder / pattern)):
        assert [Path(name).name for name in names(written)] == found


def test_only_one_file_named_as_such_is_single(folder: Path) -> None:
    assert select(["scans/b.jpg"]).single
    assert select(["-"]).single
    assert not select(["scans/b.jpg", "-"]).single
    assert not select(["scans/b*.jpg"]).single


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            ["empty"],
            r"empty has no picture \(.bmp, .gif, .heic, .heif, .jpeg, .jpg, .pdf, .png, .tif, .tiff, ",
        ),
        (["empty.zip"], r"empty.zip holds no picture"),
        (["scans/*.avif"], "no file matches"),
        (["-", "-"], "can be named once"),
    ],
)
def test_what_names_no_picture_is_refused(folder: Path, given: list[str], words: str) -> None:
    (folder / "empty").mkdir()
    zipfile.ZipFile(folder / "empty.zip", "w").close()
    with pytest.raises(NoPictureError, match=words):
        select(given)


def test_what_is_skipped_is_counted_by_kind_and_hidden_files_are_not(folder: Path) -> None:
    (folder / "scans/deep/README").write_bytes(b"")
    found = select(["scans"])
    assert found.skipped == {".txt": 1, "no suffix": 1}
    assert found.troubles == []


def test_without_the_extra_pictures_of_phones_and_scanners_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("x.HEIC", "y.heif", "z.pdf", "t.tiff"):
        (folder / "scans" / name).write_bytes(b"")
    monkeypatch.setattr("cloudbase_ocr.core.formats.is_installed", lambda name: name == "TIFF")
    found = select(["scans"])
    shown = {name: [Path(each).name for each in files] for name, files in found.not_installed.items()}
    assert shown == {"HEIC": ["x.HEIC", "y.heif"], "PDF": ["z.pdf"]}
    assert "t.tiff" in {picture.inner.name for picture in found.pictures}


def test_a_list_names_files_and_folders_and_no_patterns(folder: Path) -> None:
    found = select([], ["scans/deep", "scans/odd[1].jpg", "scans/*.jpg"])
    assert [Path(picture.name).as_posix() for picture in found.pictures] == [
        "scans/deep/er/c.webp",
        "scans/odd[1].jpg",
        "scans/*.jpg",
    ]
    assert not select([], ["scans/b.jpg"]).single
    with pytest.raises(NoPictureError, match="the list names no picture"):
        select([], [])


@pytest.mark.skipif(os.name == "nt", reason="rights are a matter of POSIX")
def test_a_folder_without_rights_is_said_and_the_others_are_read(folder: Path) -> None:
    root = not os.geteuid()  # who may read every folder
    folder.chmod(0o755)
    (folder / "scans/deep").chmod(0)
    if root:
        os.seteuid(NOBODY)
    try:
        found = select(["scans"])
    finally:
        if root:
            os.seteuid(0)
        (folder / "scans/deep").chmod(0o700)
    assert len(found.pictures) == 3
    assert len(found.troubles) == 1
    assert "deep: the folder cannot be read (Permission denied). Check its rights." in found.troubles[0]


def test_a_damaged_archive_is_said_and_the_others_are_read(folder: Path) -> None:
    (folder / "bad.zip").write_bytes(b"PK no archive")
    found = select(["bad.zip", "scans/b.jpg"])
    assert [picture.name for picture in found.pictures] == [str(Path("scans/b.jpg"))]
    assert found.troubles == ["bad.zip: the archive cannot be read (File is not a zip file). Check it."]
