"""An output file: whole lines whatever happens, gone on with where it was, private, and never two writers."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.batch.lines import FAILED, READ, Line
from cloudbase_ocr.batch.output import LinesFile, OutputError, OutputFull
from cloudbase_ocr.batch.parts import Parts
from cloudbase_ocr.batch.pictures import Picture
from tests.emulator.commands.test_many import run
from wxcloud.contract import by_key

PLATE = by_key("platenum")
OPTIONS = {"method": "ocr.platenum", "explain": False}
SUFFIXES = pytest.mark.parametrize("suffix", [".jsonl", ".csv"])


def line(file: str, **more: Any) -> Line:
    entry = {
        "file": file,
        "method": "ocr.platenum",
        "wechat": {"errcode": 0, "errmsg": "ok", "number": "云A12345"},
    }
    return Line({**entry, **more}, READ, False, True, 0.1)


def failed(file: str) -> Line:
    return Line({"file": file, "error": f"{file}: gone"}, FAILED, False, False, None)


def opened(path: Path, *, resume: bool = False, **options: Any) -> LinesFile:
    return LinesFile(path, PLATE, {**OPTIONS, **options}, resume=resume)


def names(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".jsonl":
        return [json.loads(each)["file"] for each in text.splitlines()]
    return [row["file"] for row in csv.DictReader(io.StringIO(text))]


def left(output: LinesFile | Parts, *files: str) -> list[str]:
    return [picture.name for picture in output.done.left(Picture(file, Path(file)) for file in files)]


@SUFFIXES
def test_a_torn_line_is_dropped_and_its_picture_is_read_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    output = opened(path)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        output.write(line(name))
    output.close()
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for cut in (1, 2, 9, len(last) - 1):
        path.write_bytes(whole[:-cut])
        output = opened(path, resume=True)
        assert left(output, "a.jpg", "b.jpg", "c.jpg", "d.jpg") == ["c.jpg", "d.jpg"], cut
        output.write(line("c.jpg"))
        output.close()
        assert path.read_bytes() == whole, cut


@SUFFIXES
def test_what_could_not_be_opened_is_tried_again_and_stands_once(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    output = opened(path)
    for each in (line("a.jpg"), failed("b.jpg"), line("c.jpg")):
        output.write(each)
    output.close()
    output = opened(path, resume=True)
    assert left(output, "a.jpg", "b.jpg", "c.jpg") == ["b.jpg"]
    output.write(line("b.jpg"))
    output.close()
    assert names(path) == ["a.jpg", "c.jpg", "b.jpg"]
    assert sorted(each.name for each in tmp_path.iterdir()) == [f"out{suffix}", f"out{suffix}.run"]


def test_pages_are_done_one_by_one_and_a_name_that_stands_twice_twice(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    output = opened(path)
    for page in (1, 3):
        output.write(line("a.pdf", page=page, pages=3))
    output.write(line("b.jpg"))
    output.close()
    output = opened(path, resume=True)
    found = list(output.done.left(Picture(name, Path(name)) for name in ("a.pdf", "b.jpg", "b.jpg")))
    assert [(picture.name, picture.skip) for picture in found] == [
        ("a.pdf", frozenset({1, 3})),
        ("b.jpg", frozenset()),
    ]
    output.write(line("a.pdf", page=2, pages=3))
    output.close()
    output = opened(path, resume=True)
    assert left(output, "a.pdf") == []
    output.close()


def test_what_is_left_out_of_the_output_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    output = opened(path)
    output.write(line("sure.jpg"), kept=False)
    output.write(line("doubtful.jpg"))
    output.close()
    with path.with_name("out.jsonl.run").open("ab") as run:
        run.write(b'{"file": "torn')
    output = opened(path, resume=True)
    assert left(output, "sure.jpg", "doubtful.jpg", "torn.jpg") == ["torn.jpg"]
    output.write(line("torn.jpg"), kept=False)
    output.close()
    output = opened(path, resume=True)
    assert left(output, "sure.jpg", "torn.jpg") == []
    output.close()
    assert names(path) == ["doubtful.jpg"]


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    path = tmp_path / "out.jsonl"
    output = opened(path)
    output.write(line("a.jpg"))
    output.close()
    return path


def test_an_output_is_neither_written_over_nor_mixed(begun: Path) -> None:
    before = begun.read_bytes()
    with pytest.raises(OutputError, match=r"out\.jsonl exists\. Add --resume"):
        opened(begun)
    with pytest.raises(OutputError, match=r"was written with explain False instead of True\. Use the same"):
        opened(begun, resume=True, explain=True)
    begun.with_name("out.jsonl.run").unlink()
    with pytest.raises(OutputError, match="is missing or damaged"):
        opened(begun, resume=True)
    assert begun.read_bytes() == before


@SUFFIXES
def test_what_is_no_output_of_ours_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    opened(path).close()
    path.write_text("name,number\nx,1\n", encoding="utf-8")
    with pytest.raises(OutputError, match="line 1: this is no line of ours"):
        opened(path, resume=True)


def test_two_runs_do_not_write_one_output(begun: Path) -> None:
    output = opened(begun, resume=True)
    with pytest.raises(OutputError, match="another process writes"):
        opened(begun, resume=True)
    output.close()
    opened(begun, resume=True).close()


@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of POSIX")
def test_output_and_its_record_are_private(begun: Path) -> None:
    for path in (begun, begun.with_name("out.jsonl.run")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if os.name == "nt" or os.geteuid() or subprocess.run(mount, capture_output=True, timeout=30).returncode:
        pytest.skip("a small disk is mounted by root only; run as root: make test")
    yield folder
    subprocess.run(["umount", str(folder)], check=True, timeout=30)


def fill(output: LinesFile) -> int:
    """Write lines until the disk is full; return how many were written."""
    written = itertools.count()

    def write_all() -> None:
        while True:
            output.write(line(f"{next(written)}.jpg"))

    with pytest.raises(OutputFull, match=r"No space left on device\); its lines are whole\. Make room"):
        write_all()
    return next(written) - 1


@SUFFIXES
def test_a_full_disk_leaves_whole_lines_to_go_on_from(small_disk: Path, suffix: str) -> None:
    path = small_disk / f"out{suffix}"
    output = opened(path)
    count = fill(output)
    output.close()
    assert names(path) == [f"{number}.jpg" for number in range(count)]
    output = opened(path, resume=True)
    assert left(output, f"{count - 1}.jpg", f"{count}.jpg") == [f"{count}.jpg"]
    output.close()


def test_names_that_are_no_text_are_known_again(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.jpg")
    path = tmp_path / "out.jsonl"
    output = opened(path)
    output.write(line(name))
    output.close()
    output = opened(path, resume=True)
    assert left(output, name) == []
    output.close()


@pytest.mark.check
def test_a_run_that_fills_the_disk_goes_on_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    scans = [f"{number:03}.png" for number in range(200)]
    for name in scans:
        (tmp_path / name).write_bytes(b"no picture")
    call = ("printedText", ".", "--output", "disk/out.jsonl", "--quiet")
    full = run(*call, cwd=tmp_path)
    assert full.stderr == (
        "cloudbase-ocr: disk/out.jsonl: the output cannot be written (No space left on device); its lines are whole. "
        "Make room, and go on with --resume.\n"
    )
    assert full.returncode == 1
    before = names(small_disk / "out.jsonl")
    assert 0 < len(before) < len(scans)
    subprocess.run(["mount", "-o", "remount,size=1m", str(small_disk)], check=True, timeout=30)
    assert run(*call, "--resume", cwd=tmp_path).stderr == ""
    assert names(small_disk / "out.jsonl") == scans
