"""``recognize`` with many pictures: output files, going on after kills, filters, formats, and what goes wrong."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

from cloudbase_ocr.cli import main
from cloudbase_ocr.core.formats import is_installed
from tests.leftovers import wait_until
from tests.processes import started

SPECIMENS = Path(__file__).parents[3] / "emulator/cloudbase_ocr/specimens"
COMMAND = [sys.executable, "-m", "cloudbase_ocr", "recognize"]

needs_formats = pytest.mark.skipif(
    not (is_installed("HEIC") and is_installed("PDF")),
    reason="what reads HEIC and PDF is not installed; run: pip install 'cloudbase-ocr[formats]'",
)


def run(*arguments: str, cwd: Path, seconds: float = 110, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, timeout=seconds, capture_output=True, encoding="utf-8", **options
    )


def lines_of(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def word(text: str) -> bytes:
    """A small picture with a word on it."""
    picture = Image.new("L", (96, 32), 255)
    ImageDraw.Draw(picture).text((4, 4), text, fill=0, font_size=20)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plate, a blank sheet, a file that is none, a note, and what phones and scanners write, where it can be made."""
    folder = tmp_path_factory.mktemp("many")
    scans = folder / "scans"
    scans.mkdir()
    shutil.copy(SPECIMENS / "platenum.jpg", scans / "a.jpg")
    Image.new("RGB", (200, 150), "white").save(scans / "blank.png")
    (scans / "broken.jpg").write_bytes(b"no picture")
    (scans / "notes.txt").write_bytes(b"")
    sheets = [Image.open(io.BytesIO(word(text))) for text in ("one", "two")]
    sheets[0].save(scans / "sheets.tiff", save_all=True, append_images=sheets[1:])
    if is_installed("PDF"):
        sheets[0].save(scans / "sheets.pdf", save_all=True, append_images=sheets[1:])
    if is_installed("HEIC"):
        import_heif = pytest.importorskip("pillow_heif")
        import_heif.from_pillow(Image.open(SPECIMENS / "platenum.jpg")).save(scans / "phone.heic")
    return folder


@pytest.mark.check
@needs_formats
def test_every_format_has_its_lines_and_the_summary_counts_them(folder: Path) -> None:
    done = run("auto", "scans", "--output", "out.jsonl", cwd=folder)
    entries = lines_of((folder / "out.jsonl").read_text(encoding="utf-8"))
    shown = [
        (Path(entry["file"]).name, entry.get("page"), entry["method"], entry["wechat"]["errcode"])
        for entry in entries
    ]
    assert shown == [
        ("a.jpg", None, "ocr.platenum", 0),
        ("blank.png", None, None, 101001),
        ("broken.jpg", None, None, 101002),
        ("phone.heic", None, "ocr.platenum", 0),
        *(("sheets.pdf", page, "ocr.printedText", 0) for page in (1, 2)),
        *(("sheets.tiff", page, "ocr.printedText", 0) for page in (1, 2)),
    ]
    assert entries[0]["wechat"]["number"] == entries[3]["wechat"]["number"]
    assert [entry["wechat"]["items"][0]["text"] for entry in entries[4:]] == ["one", "two"] * 2
    assert {entry.get("pages") for entry in entries[4:]} == {2}
    assert entries[0]["lowest"]["field"] == "number"
    assert "nothing was found" in entries[1]["reason"]
    counts, times = done.stderr.splitlines()
    assert counts.startswith("cloudbase-ocr: 8 pictures: 6 read")
    assert "2 not (1 101001 certificate not found; 1 101002 decode image failed); skipped: 1 .txt" in counts
    assert "pictures a second; the slowest took" in times
    assert (done.returncode, done.stdout) == (1, "")


HIDDEN = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name in ("pillow_heif", "pypdfium2") else found(name, *more)
from cloudbase_ocr.cli import main
main(sys.argv[1:])
"""


@pytest.mark.check
def test_without_the_extra_they_are_counted_and_named_and_read_later_on(folder: Path) -> None:
    scans = folder / "phones"
    scans.mkdir()
    (scans / "broken.jpg").write_bytes(b"no picture")
    for number in range(7):
        (scans / f"{number}.heic").write_bytes(b"\0\0\0\x18ftypheic")
    command = [sys.executable, "-c", HIDDEN, "recognize", "auto", "phones", "--output", "phones.jsonl"]
    done = subprocess.run(command, cwd=folder, timeout=60, capture_output=True, encoding="utf-8")
    first, *_ = done.stderr.splitlines()
    assert first.startswith("cloudbase-ocr: 7 HEIC left out (")
    assert first.endswith("4.heic and 2 more): run pip install 'cloudbase-ocr[formats]'")
    assert first.count(".heic") == 5
    assert done.returncode == 1
    if is_installed("HEIC"):
        again = run("auto", "phones", "--output", "phones.jsonl", "--resume", cwd=folder)
        assert (
            "7 pictures: 0 read; 7 not (7 101002 decode image failed); 1 stood in the output" in again.stderr
        )


def has_bytes(path: Path, count: int) -> bool:
    return path.exists() and path.stat().st_size >= count


@pytest.mark.check
def test_after_ten_kills_every_picture_stands_once(tmp_path: Path) -> None:
    dice = random.Random(4)
    names = [f"{number:03}.png" for number in range(240)]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(word(str(number)) if number % 6 == 0 else b"no picture")
    (tmp_path / "list").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    output = tmp_path / "out.jsonl"
    command = [*COMMAND, "printedText", "--from", "list", "--output", "out.jsonl", "--resume", "--quiet"]
    for kill in range(10):
        before = output.stat().st_size if output.exists() else 0
        more = dice.randrange(1, 2000)
        with started(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
            grown = partial(has_bytes, output, before + more)
            assert wait_until(grown, seconds=60), f"kill {kill}"
            process.kill()
            process.wait(30)
        with output.open("ab") as file:  # what a power cut may leave
            file.write(b'{"file": "half'[: dice.randrange(14)])
    assert len(lines_of(output.read_text(encoding="utf-8").rpartition("\n")[0])) < len(names)
    done = run(*command[len(COMMAND) :], cwd=tmp_path)
    assert done.stderr == ""
    entries = lines_of(output.read_text(encoding="utf-8"))
    assert Counter(entry["file"] for entry in entries) == Counter(names)
    read = {entry["file"]: entry["wechat"].get("items") for entry in entries}
    assert [name for name, items in read.items() if items is not None] == names[::6]


@pytest.mark.check
def test_only_what_a_person_should_look_at(folder: Path) -> None:
    options = ("--only-doubtful", "--output", "look.csv", "--resume")
    done = run("auto", "scans/a.jpg", "scans/broken.jpg", "scans/blank.png", *options, cwd=folder)
    rows = (folder / "look.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [Path(row.partition(",")[0]).name for row in rows] == ["file", "broken.jpg", "blank.png"]
    assert "3 pictures: 1 read" in done.stderr
    again = run("auto", "scans/a.jpg", "scans/broken.jpg", "scans/blank.png", *options, cwd=folder)
    assert "0 pictures: 0 read; 0 not; 3 stood in the output already" in again.stderr
    assert again.returncode == 0
    strict = run("auto", "scans/a.jpg", "--only-doubtful", "--min-confidence", "1", cwd=folder)
    (entry,) = lines_of(strict.stdout)
    assert entry["doubtful"] is True
    assert "1 read, 1 of them doubtful" in strict.stderr
    assert strict.returncode == 0


@pytest.mark.check
@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_tables_are_made_at_the_end(folder: Path, suffix: str) -> None:
    pytest.importorskip("openpyxl", reason="run: pip install 'cloudbase-ocr[tables]'")
    pytest.importorskip("pyarrow", reason="run: pip install 'cloudbase-ocr[tables]'")
    done = run(
        "auto", "scans/broken.jpg", "scans/sheets.tiff", "--output", f"out{suffix}", "--quiet", cwd=folder
    )
    assert done.stderr == ""
    assert (folder / f"out{suffix}").stat().st_size > 1000
    assert len(lines_of((folder / f"out{suffix}.jsonl").read_text(encoding="utf-8"))) == 3


@pytest.mark.check
def test_an_archive_and_a_list_on_standard_input(folder: Path) -> None:
    with zipfile.ZipFile(folder / "scans.zip", "w") as archive:
        for name in ("sheets.tiff", "broken.jpg"):
            archive.write(folder / "scans" / name, name)
    listed = "scans/broken.jpg\nscans.zip\n\ngone.jpg\n"
    done = run("printedText", "--from", "-", cwd=folder, input=listed)
    entries = lines_of(done.stdout)
    assert [(entry["file"], entry.get("page")) for entry in entries] == [
        (str(Path("scans/broken.jpg")), None),
        ("scans.zip/sheets.tiff", 1),
        ("scans.zip/sheets.tiff", 2),
        ("scans.zip/broken.jpg", None),
        ("gone.jpg", None),
    ]
    assert [entry["wechat"]["items"][0]["text"] for entry in entries[1:3]] == ["one", "two"]
    assert (
        done.stderr.splitlines()[0] == "cloudbase-ocr: gone.jpg: No such file or directory. Check the path."
    )
    assert "2 not (" not in done.stderr
    assert done.returncode == 1


@pytest.mark.check
def test_pages_of_one_file_are_drawn_beside_each_other(folder: Path) -> None:
    run("printedText", "scans/sheets.tiff", "--draw", "drawn.png", cwd=folder)
    drawn = sorted(path.name for path in folder.glob("drawn-*"))
    assert drawn == ["drawn-page1.png", "drawn-page2.png"]


@pytest.mark.check
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("pictures", [["scans/a.jpg"], ["scans/broken.jpg", "scans/blank.png"]])
def test_an_output_that_is_full_is_one_line(folder: Path, pictures: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "platenum", *pictures, "--quiet"],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            encoding="utf-8",
        )
    assert done.stderr == (
        "cloudbase-ocr: the output cannot be written (No space left on device). Make room, or write elsewhere.\n"
    )
    assert done.returncode == 1


def without_special_rights() -> list[str]:
    """What stands before a command that may not pass over the modes of files, as root may."""
    if os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip(
            "root may read every folder, and setpriv is not installed; run as another user: make check"
        )
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


@pytest.mark.check
@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of POSIX")
def test_folders_and_files_without_rights_are_one_line_each_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "scans/closed").mkdir(parents=True)
    for name in ("a", "b"):
        (tmp_path / f"scans/{name}.png").write_bytes(word(name))
    (tmp_path / "scans/closed").chmod(0)
    (tmp_path / "scans/b.png").chmod(0)
    command = [*without_special_rights(), *COMMAND, "printedText", "scans", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, timeout=110, capture_output=True, encoding="utf-8")
    (tmp_path / "scans/closed").chmod(0o700)
    folder, file = done.stderr.splitlines()
    assert folder.endswith("closed: the folder cannot be read (Permission denied). Check its rights.")
    assert file == "cloudbase-ocr: scans/b.png: Permission denied. Check the path."
    read, failed = lines_of(done.stdout)
    assert (read["wechat"]["errcode"], "wechat" in failed, done.returncode) == (0, False, 1)


@pytest.mark.check
def test_a_folder_that_vanishes_is_one_line_a_picture_and_the_others_go_on(tmp_path: Path) -> None:
    for name in ("kept", "gone"):
        (tmp_path / name).mkdir()
    for number in range(40):
        (tmp_path / f"gone/{number:02}.png").write_bytes(b"no picture")
    (tmp_path / "gone/00.png").write_bytes(word("word"))
    (tmp_path / "kept/a.png").write_bytes(word("a"))
    command = [*COMMAND, "printedText", "gone", "kept", "--output", "out.jsonl", "--processes", "1"]
    with started(command, cwd=tmp_path, stderr=subprocess.PIPE, seconds=110) as process:
        assert wait_until(lambda: (tmp_path / "out.jsonl").exists(), seconds=60)
        (tmp_path / "gone").rename(tmp_path / "moved")
        told = process.stderr.read().splitlines()
        code = process.wait(60)
    entries = lines_of((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert len(entries) == 41
    lost = [entry["file"] for entry in entries if "wechat" not in entry]
    assert lost
    assert told[: len(lost)] == [
        f"cloudbase-ocr: {name}: No such file or directory. Check the path." for name in lost
    ]
    assert f"{len(lost)} file not readable" in told[-2]
    assert (entries[-1]["file"], entries[-1]["wechat"]["errcode"]) == (str(Path("kept/a.png")), 0)
    assert code == 1


WRONG = {
    "resume without output": (["--resume"], "--resume goes on with a file; name it with --output FILE."),
    "unknown format": (
        ["--output", "out.txt"],
        "let it end in one of .jsonl, .csv, .parquet, .xlsx, or in /.",
    ),
    "output exists": (["--output", "there.jsonl"], "there.jsonl exists. Add --resume"),
    "folder of the output": (["--output", "none/out.jsonl"], "the output cannot be written (No such file"),
}


@pytest.mark.parametrize(("options", "words"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_call_is_one_line_and_exit_code_2(
    folder: Path, options: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "there.jsonl").write_text("{}\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(main, ["recognize", "auto", "scans", *options])
    assert result.exit_code == 2
    (told,) = [line for line in result.output.splitlines() if line.startswith("cloudbase-ocr: ")]
    assert words in told
