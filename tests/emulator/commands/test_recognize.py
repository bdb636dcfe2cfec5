"""``cloudbase-ocr recognize`` as a process: one picture, many, standard input, drawings, Ctrl-C and mistakes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from PIL import Image

from cloudbase_ocr.cli import main
from tests.bench.ocr.specimens.truths import truth_of
from tests.processes import started
from tests.quick import quick

SPECIMENS = Path(__file__).parents[3] / "emulator" / "cloudbase_ocr" / "specimens"
COMMAND = [sys.executable, "-m", "cloudbase_ocr", "recognize"]

needs_pty = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals for tests")


def run(*arguments: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], cwd=cwd, timeout=120, **{"capture_output": True, **options})


def opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        pixels: Image.Image = picture.convert("RGB")
        return pixels


def lines_of(output: bytes) -> list[Any]:
    return [json.loads(line) for line in output.decode().splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pictures of three documents, one that is broken, and files that are no pictures."""
    folder = tmp_path_factory.mktemp("recognize")
    (folder / "scans/deep").mkdir(parents=True)
    shutil.copy(SPECIMENS / "platenum.jpg", folder / "scans/a.jpg")
    shutil.copy(SPECIMENS / "bankcard.jpg", folder / "scans/c.jpg")
    opened(SPECIMENS / "idcard-back.jpg").save(folder / "scans/deep/d.png")
    (folder / "scans/b.jpg").write_bytes(b"no picture")
    (folder / "scans/notes.txt").write_text("none", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def read(folder: Path) -> subprocess.CompletedProcess[bytes]:
    """The whole folder, read in two processes, explained and drawn."""
    return run("auto", "scans", "--processes", "2", "--explain", "--draw", "drawn", cwd=folder)


@pytest.mark.check
def test_a_folder_gives_a_line_for_each_picture_in_order(read: subprocess.CompletedProcess[bytes]) -> None:
    entries = lines_of(read.stdout)
    assert [Path(entry["file"]).as_posix() for entry in entries] == [
        "scans/a.jpg",
        "scans/b.jpg",
        "scans/c.jpg",
        "scans/deep/d.png",
    ]
    assert [entry["method"] for entry in entries] == ["ocr.platenum", None, "ocr.bankcard", "ocr.idcard"]
    assert all(entry["guessed"] for entry in entries)
    known = [truth_of(name) for name in ("platenum", "bankcard", "idcard-back")]
    assert [entries[place]["wechat"] for place in (0, 2, 3)] == [
        {"errcode": 0, "errmsg": "ok", **fields} for fields in known
    ]


@pytest.mark.check
def test_what_is_no_picture_is_said_in_its_line_and_by_the_exit_code(
    read: subprocess.CompletedProcess[bytes],
) -> None:
    entry = lines_of(read.stdout)[1]
    assert entry["wechat"] == {"errcode": 101002, "errmsg": "decode image failed"}
    assert entry["reason"]
    assert read.returncode == 1
    assert b"/4" not in read.stderr, "no bar in a pipe"


@pytest.mark.check
def test_explained_lines_tell_certainty_place_and_times(read: subprocess.CompletedProcess[bytes]) -> None:
    entry = lines_of(read.stdout)[2]
    (number,) = [field for field in entry["fields"] if field["path"] == "number"]
    assert number["value"] == truth_of("bankcard")["number"]
    assert 0.5 < number["confidence"] <= 1
    assert {check["name"]: check["ok"] for check in number["checks"]}["checksum"] is True
    assert {tuple(corner) for quad in number["quads"] for corner in quad} == {("x", "y")}
    assert entry["candidates"][0]["method"] == "ocr.bankcard"
    assert 0 < entry["candidates"][0]["score"] <= 1
    assert entry["seconds"] >= sum(stage["seconds"] for stage in entry["stages"]) - 0.01
    assert entry["picture"]["width"] == 1280


@pytest.mark.check
def test_what_was_read_is_drawn_beside_each_other_and_the_rest_is_not(
    read: subprocess.CompletedProcess[bytes], folder: Path
) -> None:
    drawn = sorted(path.relative_to(folder / "drawn").as_posix() for path in (folder / "drawn").rglob("*.*"))
    assert drawn == ["a.jpg", "c.jpg", "deep/d.jpg"]
    entry = lines_of(read.stdout)[2]
    corner = entry["fields"][0]["quads"][0][0]
    before, after = opened(folder / "scans/c.jpg"), opened(folder / "drawn/c.jpg")
    assert before.size == after.size
    place = (corner["x"], corner["y"])
    assert before.getpixel(place) != after.getpixel(place)


@pytest.mark.check
def test_files_in_the_order_given_and_a_missing_one_stops_nothing(folder: Path) -> None:
    done = run("platenum", "scans/missing.jpg", "scans/c.jpg", "scans/a.jpg", "--processes", "1", cwd=folder)
    missing, other, plate = lines_of(done.stdout)
    assert missing == {
        "file": str(Path("scans/missing.jpg")),
        "error": f"{Path('scans/missing.jpg')}: No such file or directory. Check the path.",
    }
    assert other["wechat"]["errcode"] == 101001
    assert "guessed" not in plate
    assert plate["wechat"]["number"] == truth_of("platenum")["number"]
    assert done.returncode == 1
    complaint, counts, times = done.stderr.decode().splitlines()
    assert complaint == f"cloudbase-ocr: {missing['error']}"
    assert counts == (
        "cloudbase-ocr: 3 pictures: 1 read; 2 not (1 file not readable; 1 101001 certificate not found)"
    )
    assert re.fullmatch(
        r"cloudbase-ocr: [\d.]+ s, [\d.]+ pictures a second; the slowest took [\d.]+ s: scans.[ac]\.jpg",
        times,
    )


@pytest.mark.check
def test_standard_input_and_a_drawing_of_one_picture(folder: Path) -> None:
    picture = (SPECIMENS / "platenum.jpg").read_bytes()
    done = run("platenum", "-", "--draw", "one.png", "--lines", cwd=folder, input=picture)
    assert done.stdout.count(b"\n") == 1
    (entry,) = lines_of(done.stdout)
    assert (entry["file"], entry["wechat"]["number"]) == ("-", truth_of("platenum")["number"])
    assert opened(folder / "one.png").size == (1280, 960)
    assert done.returncode == 0


@pytest.mark.check
def test_auto_says_what_one_picture_is(folder: Path) -> None:
    answer = json.loads(run("auto", "scans/a.jpg", cwd=folder).stdout)
    lowest = answer.pop("lowest")
    assert lowest["field"] == "number"
    assert 0.9 < lowest["confidence"] <= 1
    assert answer == {
        "method": "ocr.platenum",
        "guessed": True,
        "wechat": {"errcode": 0, "errmsg": "ok", **truth_of("platenum")},
    }


@pytest.mark.check
def test_a_pattern_in_quotes_is_resolved(folder: Path) -> None:
    done = run("platenum", "scans/[a].*", cwd=folder)
    assert [Path(entry["file"]).name for entry in lines_of(done.stdout)] == ["a.jpg"]
    assert done.returncode == 0


@pytest.mark.check
@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console, this test's included")
def test_ctrl_c_leaves_whole_lines(folder: Path) -> None:
    pictures = ["scans/a.jpg"] * 60
    command = [*COMMAND, "platenum", *pictures, "--processes", "2"]
    with started(command, cwd=folder, stderr=subprocess.PIPE, start_new_session=True) as process:
        first = process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the processes that read as well
        # Not communicate(), which does not see what was read ahead with the first line.
        rest, errors = process.stdout.read(), process.stderr.read()
        process.wait(60)
    count = len(lines_of((first + rest).encode()))
    told = re.fullmatch(
        r"cloudbase-ocr: stopped after (\d+) of 60 pictures; the lines that were printed are whole\.\n",
        errors,
    )
    assert 1 <= count < len(pictures)
    assert told
    assert int(told[1]) in (count, count - 1), "a line may have left just before"
    assert process.returncode == 130


@pytest.mark.check
@needs_pty
def test_the_bar_is_on_the_terminal_and_not_in_the_output(folder: Path) -> None:
    terminal, end = os.openpty()
    done = run(
        "platenum",
        "scans/a.jpg",
        "scans/b.jpg",
        cwd=folder,
        capture_output=False,
        stdout=subprocess.PIPE,
        stderr=end,
    )
    os.close(end)
    shown = click.unstyle(os.read(terminal, 65536).decode())
    os.close(terminal)
    assert "] 0/2" in shown
    assert "] 2/2" in shown
    assert "cloudbase-ocr: 2 pictures: 1 read; 1 not (1 101002 decode image failed)\r\n" in shown
    assert [Path(entry["file"]).name for entry in lines_of(done.stdout)] == ["a.jpg", "b.jpg"]


@needs_pty
def test_standard_input_that_is_a_terminal_is_refused(folder: Path) -> None:
    terminal, end = os.openpty()
    done = run("platenum", "-", cwd=folder, stdin=end)
    os.close(end)
    os.close(terminal)
    assert done.returncode == 2
    assert b"nothing is piped there" in done.stderr


WRONG = {
    "method": (["passport", "scans/a.jpg"], "there is no OCR method 'passport'. Methods: idcard"),
    "no picture": (["idcard"], "PICTURE is missing. Name pictures"),
    "method in capitals": (["IDCARD", "scans/a.jpg"], "there is no OCR method 'IDCARD'; is idcard meant?"),
    "folder without pictures": (["idcard", "empty"], "empty has no picture"),
    "pattern without files": (["idcard", "scans/*.tiff"], "no file matches"),
    "one drawing of several": (["idcard", "scans", "--draw", "x.jpg"], "Name a folder"),
    "drawing over the picture": (
        ["idcard", "scans/a.jpg", "--draw", "scans/a.jpg"],
        "write over the picture",
    ),
    "font without drawing": (["idcard", "scans/a.jpg", "--font", "x.ttf"], "--draw OUT"),
    "font that is none": (
        ["idcard", "scans/a.jpg", "--draw", "x.jpg", "--font", "scans/notes.txt"],
        "is not a font file",
    ),
    "missing file": (["idcard", "nowhere.jpg"], "nowhere.jpg: No such file or directory. Check the path."),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_call_is_one_line_and_exit_code_2(
    folder: Path, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "empty").mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(main, ["recognize", *arguments])
    assert result.exit_code == 2
    told = [line for line in result.output.splitlines() if line.startswith(("cloudbase-ocr: ", "Error: "))]
    assert len(told) == 1
    assert words in told[0]


@pytest.mark.check
def test_a_drawing_that_cannot_be_written_is_said_and_the_answer_given(folder: Path) -> None:
    (folder / "file").write_bytes(b"")
    done = run("platenum", "scans/a.jpg", "--draw", "file/x.jpg", cwd=folder)
    assert json.loads(done.stdout)["number"] == truth_of("platenum")["number"]
    assert b"the drawing cannot be written" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("pictures", quick(["scans/a.jpg", "scans"], {"scans/a.jpg"}))
def test_without_the_engine_nothing_is_read_and_it_is_said_once(folder: Path, pictures: str) -> None:
    (folder / "broken").mkdir(exist_ok=True)
    (folder / "broken/openvino.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(folder / "broken"), os.environ.get("PYTHONPATH")]))
    done = run("platenum", pictures, cwd=folder, env={**os.environ, "PYTHONPATH": paths})
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "cloudbase-ocr: OpenVINO cannot be loaded (not here); run: pip install 'cloudbase-ocr[ocr]'\n"
    )


@pytest.mark.check
def test_a_reader_that_leaves_ends_it_without_a_traceback(folder: Path) -> None:
    command = [*COMMAND, "platenum", *["scans/a.jpg"] * 30, "--processes", "1"]
    with started(command, cwd=folder, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=60) == 1
    assert errors == ""


def test_the_command_starts_without_what_only_reading_needs() -> None:
    code = (
        "import sys, cloudbase_ocr.commands.recognize\n"
        "print(*sorted({'numpy', 'cv2', 'PIL', 'openvino'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "\n"


@pytest.mark.check
def test_the_words_of_the_service_market(folder: Path) -> None:
    one = run("bankcard", "scans/c.jpg", "--market", cwd=folder)
    assert one.returncode == 0
    reply = json.loads(one.stdout)
    assert list(reply) == ["errcode", "errmsg", "data"]
    number = json.loads(reply["data"])["bankcard_res"]["number"]
    assert number["text"] == truth_of("bankcard")["number"]
    assert number["pos"]["left_top"]["x"] > 0
    lines = run("idcard", "scans/c.jpg", "scans/b.jpg", "--market", cwd=folder)
    assert lines.returncode == 1
    first, second = lines_of(lines.stdout)
    assert json.loads(first["wechat"]["data"])["idcard_res"]["type"] == 2
    assert second["wechat"] == {"errcode": 9311003, "errmsg": ""}
