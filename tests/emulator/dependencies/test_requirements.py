"""What of a requirements.txt counts, and what is told of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudbase_ocr.dependencies.errors import DependencyError
from cloudbase_ocr.dependencies.requirements import read_requirements


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(folder: Path, text: str | bytes, name: str = "f/requirements.txt") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path.parent


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n  # nothing\n", None])
def test_nothing_is_asked_for(tmp_path: Path, text: str | None) -> None:
    folder = tmp_path if text is None else write(tmp_path, text)
    assert not read_requirements(folder)


def test_lines_and_where_they_are(tmp_path: Path) -> None:
    text = "# ours\nPydantic_Core==2.1 \\\n  --hash=sha256:00\n--no-binary jieba\njieba  # words\nhttps://example.com/x.whl\n"
    found = read_requirements(write(tmp_path, text))
    assert found.text.splitlines() == [
        "Pydantic_Core==2.1 --hash=sha256:00",
        "--no-binary jieba",
        "jieba",
        "https://example.com/x.whl",
    ]
    assert [requirement.name for requirement in found.specified] == ["Pydantic_Core", "jieba"]
    assert found.place("pydantic-core==2.1") == "f/requirements.txt:3"
    assert found.place("jieba>=0.4") == "f/requirements.txt:5"
    assert found.place("somebody-elses") == "f/requirements.txt"


def test_files_that_it_names_count(tmp_path: Path) -> None:
    write(tmp_path, "jieba\n-r requirements.txt\n", "shared/base.txt")
    write(tmp_path, "idna<4\n", "shared/requirements.txt")
    folder = write(tmp_path, "-r ../shared/base.txt\n--constraint=../shared/requirements.txt\nrequests\n")
    found = read_requirements(folder)
    assert found.text.splitlines() == ["jieba", "idna<4", "requests"]
    assert found.place("jieba") == "shared/base.txt:1"
    assert len(found.files) == 3


def test_a_wheel_beside_it_counts_with_what_is_in_it(tmp_path: Path) -> None:
    folder = write(tmp_path, "./mine-1.0-py3-none-any.whl\n")
    write(tmp_path, "one", "f/mine-1.0-py3-none-any.whl")
    before = read_requirements(folder).text
    write(tmp_path, "other", "f/mine-1.0-py3-none-any.whl")
    assert read_requirements(folder).text != before


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("", True),
        ("# nothing\n", True),
        ("idna==3.10\nrequests[socks] == 2.32.5 ; python_version < '3.12'\n", True),
        ("idna==3.10 --hash=sha256:00\n", True),
        ("idna==3.10,!=3.9\n", False),
        ("idna @ https://example.com/idna.whl\n", False),
        ("idna>=3\n", False),
        ("idna==3.*\n", False),
        ("idna\n", False),
        ("--pre\nidna==3.10\n", False),
    ],
)
def test_which_count_as_pinned(tmp_path: Path, text: str, pinned: bool) -> None:
    assert read_requirements(write(tmp_path, text)).pinned is pinned


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("jieba\nfoo bar\n", "f/requirements.txt:2: 'foo bar' is no requirement: "),
        ("idna==\n", "f/requirements.txt:1: 'idna==' is no requirement: "),
        ("import jieba\n", "f/requirements.txt:1: 'import jieba' is no requirement: "),
        ("\n-r nowhere.txt\n", "f/requirements.txt:2: there is no file f/nowhere.txt. Correct the path"),
        ("-e ../shared\n", "f/requirements.txt:1: a package cannot be a link (-e)"),
        (b"idna\n\xff\xfe\n", "f/requirements.txt:2: is not UTF-8. Save it as UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, text: str | bytes, told: str) -> None:
    folder = write(tmp_path, text)
    with pytest.raises(DependencyError) as error:
        read_requirements(folder)
    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)


def test_a_mark_of_byte_order_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    assert read_requirements(write(tmp_path, b"\xef\xbb\xbfjieba\r\nidna\r\n")).text == "jieba\nidna"
