"""HEIC, TIFF and PDF are decoded in processes of their own: what crashes or hangs there costs one picture."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from cloudbase_ocr.batch.decoding import Decoders
from cloudbase_ocr.recognizer import NotAnImage, TookTooLong, WorkerLost
from tests.leftovers import wait_until

CRASHING = '''
"""Stands for PDFium: crashes, hangs or is damaged where the file says so, as a broken library does."""
import os, sys, time
from PIL import Image, ImageDraw

class PdfiumError(Exception):
    pass

def act(data, where):
    if where + b" crashes" in data:
        os.abort()
    if where + b" ends" in data:
        sys.stdout.close()
        os._exit(7)
    if where + b" hangs" in data:
        time.sleep(600)

class PdfDocument:
    def __init__(self, data):
        self._data = data
        act(data, b"counting")

    def __len__(self):
        return 3

    def __getitem__(self, number):
        act(self._data, b"page %d" % (number + 1))
        return Page()

    def close(self):
        pass

class Page:
    def get_size(self):
        return 24, 8

    def render(self, scale):
        return self

    def to_pil(self):
        picture = Image.new("L", (96, 32), 255)
        ImageDraw.Draw(picture).text((4, 4), "page", fill=0, font_size=20)
        return picture
'''


@pytest.fixture
def crashing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a PDF library that crashes, which processes that are started from now on import."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library/pypdfium2.py").write_text(CRASHING, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def decoders() -> Iterator[Decoders]:
    with Decoders(60) as decoders:
        yield decoders


def sheets(*colours: str) -> bytes:
    stream = io.BytesIO()
    first, *others = (Image.new("RGB", (60, 40), colour) for colour in colours)
    first.save(stream, "TIFF", save_all=True, append_images=others)
    return stream.getvalue()


def colour(data: bytes) -> object:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.getpixel((5, 5))


def test_it_does_what_decoding_in_this_process_does(decoders: Decoders) -> None:
    data = sheets("red", "blue")
    assert decoders.count_pages(data) == 2
    assert [colour(decoders.readable(data, page, 10_000)) for page in (1, 2)] == [(255, 0, 0), (0, 0, 255)]
    assert decoders.readable(b"\xff\xd8\xff", None, 1000) == b"\xff\xd8\xff"
    with pytest.raises(NotAnImage, match="the TIFF data is damaged or cut short"):
        decoders.readable(data[:60], 1, 10_000)
    assert len(decoders._idle) == 1


def test_a_crash_costs_one_picture(crashing: Path, decoders: Decoders) -> None:
    broken = b"%PDF-1.4 page 2 crashes"
    assert decoders.count_pages(broken) == 3
    assert decoders.readable(broken, 1, 10_000).startswith(b"BM")
    with pytest.raises(WorkerLost, match=r"the process that decoded the picture ended: (SIGABRT|exit code)"):
        decoders.readable(broken, 2, 10_000)
    assert decoders.readable(broken, 3, 10_000).startswith(b"BM")
    with pytest.raises(WorkerLost, match="exit code 7"):
        decoders.count_pages(b"%PDF-1.4 counting ends")


@pytest.mark.check
def test_what_hangs_is_ended_and_others_go_on_meanwhile(crashing: Path) -> None:
    with Decoders(5) as decoders, ThreadPoolExecutor(2) as threads:
        hanging = threads.submit(decoders.count_pages, b"%PDF-1.4 counting hangs")
        assert decoders.count_pages(sheets("red")) == 1
        assert not hanging.done()
        with pytest.raises(TookTooLong, match="longer than the limit of 5 s"):
            hanging.result(60)


def test_one_that_was_killed_while_nobody_asked_is_replaced(decoders: Decoders) -> None:
    assert decoders.count_pages(sheets("red")) == 1
    (idle,) = decoders._idle
    idle._process.kill()
    assert wait_until(lambda: idle._process.poll() is not None, seconds=30)
    assert decoders.count_pages(sheets("red", "blue")) == 2


def test_processes_end_with_the_block_those_that_come_late_too() -> None:
    with Decoders(60) as decoders:
        decoders.count_pages(sheets("red"))
        (child,) = decoders._idle
    assert child._process.poll() is not None
    decoders.count_pages(sheets("red"))
    assert decoders._idle == []


@pytest.mark.check
def test_many_pictures_are_read_beside_a_library_that_crashes(tmp_path: Path, crashing: Path) -> None:
    from tests.emulator.commands.test_many import lines_of, run, word

    scans = tmp_path / "scans"
    scans.mkdir()
    for name, text in {"a.pdf": "counting crashes", "b.pdf": "page 2 crashes", "c.pdf": "fine"}.items():
        (scans / name).write_bytes(b"%PDF-1.4 " + text.encode())
    (scans / "d.png").write_bytes(word("word"))
    search = os.pathsep.join([str(crashing), os.environ.get("PYTHONPATH", "")])
    done = run("printedText", "scans", cwd=tmp_path, env={**os.environ, "PYTHONPATH": search})
    shown = [
        (Path(entry["file"]).name, entry.get("page"), entry["wechat"]["errcode"])
        for entry in lines_of(done.stdout)
    ]
    assert shown == [
        ("a.pdf", None, -1),
        *(("b.pdf", page, -1 if page == 2 else 0) for page in (1, 2, 3)),
        *(("c.pdf", page, 0) for page in (1, 2, 3)),
        ("d.png", None, 0),
    ]
    assert "8 pictures: 6 read; 2 not (2 -1 system error)" in done.stderr
    assert done.returncode == 1


@pytest.mark.check
def test_in_python_a_crash_is_the_error_of_its_page(crashing: Path) -> None:
    from cloudbase_ocr import Recognizer

    outcomes = list(Recognizer().recognize_many([b"%PDF-1.4 page 2 crashes"], "printedText", processes=1))
    assert [(outcome.page, type(outcome.error)) for outcome in outcomes] == [
        (1, type(None)),
        (2, WorkerLost),
        (3, type(None)),
    ]
