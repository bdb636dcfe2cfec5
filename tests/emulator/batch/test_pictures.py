"""Which pictures files, folders, patterns and standard input name, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudbase_ocr.batch.pictures import NoPictureError, select


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
        (["empty"], r"empty has no picture \(.bmp, .gif, .jpeg, .jpg, .png, .webp\)"),
        (["scans/*.tiff"], "no file matches"),
        (["-", "-"], "can be named once"),
    ],
)
def test_what_names_no_picture_is_refused(folder: Path, given: list[str], words: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(NoPictureError, match=words):
        select(given)
