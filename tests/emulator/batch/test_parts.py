"""An output of parts: those that the manifest names are whole, and it goes on where it was, in folders and in S3."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.batch import parts, storage
from cloudbase_ocr.batch.output import OutputError
from cloudbase_ocr.batch.parts import FORMATS, Parts
from tests.emulator.batch.test_output import failed, left, line
from tests.s3_server import put, s3_server
from wxcloud.contract import by_key

PLATE = by_key("platenum")


def opened(folder: str, *, form: str = "jsonl", resume: bool = False, **options: Any) -> Parts:
    return Parts(folder, PLATE, {"method": "ocr.platenum", **options}, form=form, resume=resume)


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.check)])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "folder":
        yield str(tmp_path / "out") + "/"
        return
    with s3_server(monkeypatch) as address:
        put(address, "bucket")
        yield "s3://bucket/out/"


def manifest(folder: str) -> Any:
    return json.loads(
        storage.read(f"{folder}manifest.json")
        if "://" in folder
        else Path(folder, "manifest.json").read_bytes()
    )


@pytest.mark.parametrize("form", FORMATS)
def test_parts_go_on_where_they_were(folder: str, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="run: pip install 'cloudbase-ocr[tables]'")
    monkeypatch.setattr(parts, "_MOST_LINES", 2)
    output = opened(folder, form=form)
    for each in (line("a.jpg"), failed("b.jpg"), line("c.pdf", page=1, pages=2)):
        output.write(each)
    output.write(line("sure.jpg"), kept=False)
    output.write(line("lost.jpg"))  # gathered, and the process killed
    assert [(part["kind"], part["lines"]) for part in manifest(folder)["parts"]] == [
        ("lines", 2),
        ("lines", 1),
        ("left out", 1),
    ]
    output._unlock()
    again = opened(folder, form=form, resume=True)
    assert left(again, "a.jpg", "b.jpg", "c.pdf", "sure.jpg", "lost.jpg") == ["b.jpg", "c.pdf", "lost.jpg"]
    for each in (line("b.jpg"), line("c.pdf", page=2, pages=2), line("lost.jpg")):
        again.write(each)
    again.close()
    whole = opened(folder, form=form, resume=True)
    assert left(whole, "a.jpg", "b.jpg", "c.pdf", "sure.jpg", "lost.jpg") == []
    names = [part["file"] for part in manifest(folder)["parts"] if part["kind"] == "lines"]
    stand = sorted(entry["file"] for name in names for entry in whole._entries(name))
    assert stand == ["a.jpg", "b.jpg", "c.pdf", "c.pdf", "lost.jpg"]
    whole.close()


def test_a_folder_is_neither_written_over_nor_mixed(tmp_path: Path) -> None:
    folder = f"{tmp_path}/out/"
    output = opened(folder)
    with pytest.raises(OutputError, match="another process"):
        opened(folder, resume=True)
    output.write(line("a.jpg"))
    output.close()
    with pytest.raises(OutputError, match=r"has an output\. Add --resume"):
        opened(folder)
    with pytest.raises(OutputError, match="explain None instead of True"):
        opened(folder, resume=True, explain=True)
    if os.name == "posix":
        modes = {stat.S_IMODE(path.stat().st_mode) for path in Path(folder).iterdir()}
        assert modes == {0o600}


def test_a_part_is_closed_after_a_minute(tmp_path: Path) -> None:
    now = [0.0]
    output = Parts(f"{tmp_path}/out/", PLATE, {}, clock=lambda: now[0])
    output.write(line("a.jpg"))
    assert manifest(f"{tmp_path}/out/")["parts"] == []
    now[0] = 61
    output.write(line("b.jpg"))
    assert [part["lines"] for part in manifest(f"{tmp_path}/out/")["parts"]] == [2]
    output.close()


@pytest.mark.check
@pytest.mark.parametrize("folder", ["s3"], indirect=True)
def test_pictures_in_s3_are_listed_and_read(folder: str) -> None:
    from cloudbase_ocr.batch.pictures import select

    for name in ("b.jpg", "a/c.png", "notes.txt", ".hidden.jpg"):
        storage.write(f"s3://bucket/in/{name}", name.encode())
    found = select(["s3://bucket/in/"])
    assert [(picture.name, picture.inner.as_posix()) for picture in found.pictures] == [
        ("s3://bucket/in/a/c.png", "a/c.png"),
        ("s3://bucket/in/b.jpg", "b.jpg"),
    ]
    assert [picture.read() for picture in found.pictures] == [b"a/c.png", b"b.jpg"]
    assert found.skipped == {".txt": 1}
    with pytest.raises(OSError, match="No such file"):
        select(["s3://bucket/in/gone.jpg"]).pictures[0].read()
    with pytest.raises(FileNotFoundError, match="nowhere"):
        select(["s3://nowhere/"])
