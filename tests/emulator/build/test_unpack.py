"""What of a wheel gets into a package, and that nothing of it gets anywhere else."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudbase_ocr.build import BuildError, Options, build
from cloudbase_ocr.build.overlay import _write
from cloudbase_ocr.build.unpack import stays_inside, unpack
from tests.emulator.build.conftest import WriteFunction

LEAVING = [
    "../outside.py",
    "/outside.py",
    "//outside.py",
    "a/../../outside.py",
    "a//outside.py",
    "a/./outside.py",
    "c:\\outside.py",
    "c:outside.py",
    "a\\..\\..\\outside.py",
    "a/.. /outside.py",
    "a/.../outside.py",
    "a.py:stream",
    "a\nb.py",
]
ODD = (
    st.lists(
        st.sampled_from(
            ["", ".", "..", "...", ". .", "a", "b.py", "c:", "\\", "..\\", "~", "\n", "tests", "名"]
        ),
        min_size=1,
        max_size=6,
    )
    .map("/".join)
    .filter(bool)
)  # zipfile writes no member without a name


def wheel_with(folder: Path, *members: str) -> Path:
    wheel = folder / "evil-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for member in members:
            archive.writestr(member, "boo")
    return wheel


@pytest.mark.parametrize("folder", ["", "evil-1.0.data/purelib/", "evil-1.0.data/platlib/", "x.dist-info/"])
@pytest.mark.parametrize("path", LEAVING)
def test_a_wheel_cannot_write_outside_the_package(folder: str, path: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"leaves the package or names no file in it\. Do not use"):
        unpack(wheel_with(tmp_path, folder + path))


@pytest.mark.parametrize("path", ["evil-1.0.data", "evil-1.0.data/purelib"])
def test_a_data_folder_that_is_a_file_is_refused_in_words(path: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="names no file in it"):
        unpack(wheel_with(tmp_path, path))


@pytest.mark.parametrize("damage", [b"no zip at all", b"PK\x05\x06" + bytes(18), None])
def test_a_wheel_that_cannot_be_read_is_told_or_is_empty(damage: bytes | None, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path, "a.py")
    data = wheel.read_bytes()
    # Without `damage` a byte of the content is another one, so that its checksum does not fit.
    wheel.write_bytes(data.replace(b"boo", b"bad", 1) if damage is None else damage)
    if damage is not None and damage.startswith(b"PK"):
        assert unpack(wheel).files == {}
        return
    with pytest.raises(BuildError, match="is no readable wheel"):
        unpack(wheel)


@settings(max_examples=300, deadline=None)
@given(ODD)
@example("evil-1.0.data/purelib//abs.py")
@example("evil-1.0.data/purelib/../../x")
@example("evil-1.0.data/purelib/evil-1.0.data/purelib//abs.py")
@example("evil-1.0.data")
def test_whatever_a_member_is_called_it_is_refused_or_lies_inside(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "deep" / "package"
        root.mkdir(parents=True)
        for name in (path, f"evil-1.0.data/purelib/{path}"):
            try:
                found = unpack(wheel_with(Path(folder), name))
            except BuildError:
                continue
            for relative, content in found.files.items():
                assert (root / relative).resolve().is_relative_to(root)
                _write(root, relative, content, "evil 1.0")
        outside = [each for each in Path(folder).rglob("*") if each.is_file() and root not in each.parents]
        assert [each.name for each in outside] in ([], ["evil-1.0-py3-none-any.whl"])


@settings(max_examples=300, deadline=None)
@given(ODD)
def test_the_writer_looks_for_itself(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "deep" / "package"
        root.mkdir(parents=True)
        with suppress(BuildError):
            _write(root, path, b"boo", "evil 1.0")
        assert [each for each in Path(folder).rglob("*") if each.is_file() and root not in each.parents] == []


def test_the_writer_refuses_an_absolute_path_and_a_name_that_is_taken(tmp_path: Path) -> None:
    root = tmp_path / "package"
    root.mkdir()
    with pytest.raises(BuildError, match="leads out of the package"):
        _write(root, str(tmp_path / "OUTSIDE"), b"boo", "evil 1.0")
    _write(root, "a/b.py", b"1", "good 1.0")
    with pytest.raises(BuildError, match=r"good 1\.0: 'a' cannot be written into the package"):
        _write(root, "a", b"2", "good 1.0")
    assert not (tmp_path / "OUTSIDE").exists()


@pytest.mark.parametrize("path", ["a.py", "a/b.py", "名字/图.py", "a b/c d.txt", "..a/b..py"])
def test_ordinary_names_stay(path: str) -> None:
    assert stays_inside(path)


@pytest.mark.check
def test_build_with_an_evil_wheel_writes_nothing_and_says_why(
    root: Path, write: WriteFunction, tmp_path: Path
) -> None:
    outside = tmp_path / "OUTSIDE"
    wheel = tmp_path / "evil-1.0-py3-none-any.whl"
    metadata = "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"evil-1.0.data/purelib/{outside}", "boo")
        archive.writestr("evil-1.0.dist-info/METADATA", metadata)
        archive.writestr("evil-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("evil-1.0.dist-info/RECORD", "")
    write("mine", "def main(e, c):\n    pass\n", requirements_dot_txt=f"evil @ {wheel.as_uri()}\n")
    with pytest.raises(BuildError, match=r"evil 1\.0: the wheel holds .*leaves the package"):
        build(root, (), tmp_path / "dist", Options(cache=tmp_path / "wheels"))
    assert not outside.exists()


def test_wheel_parts_go_where_pip_would_put_them(tmp_path: Path) -> None:
    wheel = tmp_path / "some_thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("thing/__init__.py", "thing/tests/test_x.py", "thing/data.json", "thing/py.typed"):
            archive.writestr(name, "1")
        archive.writestr("some_thing-1.0.data/purelib/extra.py", "2")
        archive.writestr("some_thing-1.0.data/scripts/run", "3")
        archive.writestr("some_thing-1.0.dist-info/licenses/LICENSE", "MIT")
        archive.writestr("some_thing-1.0.dist-info/RECORD", "")
    found = unpack(wheel)
    assert sorted(found.files) == ["extra.py", "thing/__init__.py", "thing/data.json"]
    assert (found.title, found.licences, found.metadata) == ("some-thing 1.0", [b"MIT"], {})
