"""Runs every command of the page on many pictures, in order; looks at the manifest for Kubernetes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudbase_ocr.batch import cluster, parts, storage
from cloudbase_ocr.commands.recognize import recognize
from cloudbase_ocr.core import formats
from tests import needs
from tests.docs.page_blocks import blocks, read, shell_lines
from tests.s3_server import put, s3_server

PAGES = ["docs/batch.md", "docs/batch.zh-CN.md"]
LINES = shell_lines(PAGES[0])
CARD = Path(__file__).parents[2] / "emulator/cloudbase_ocr/specimens/idcard-front.jpg"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder `scans` with a card and a broken picture, and an archive of it."""
    (tmp_path / "scans").mkdir()
    shutil.copy(CARD, tmp_path / "scans/card.jpg")
    (tmp_path / "scans/broken.jpg").write_bytes(b"no picture")
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
        for path in (tmp_path / "scans").iterdir():
            archive.write(path, path.name)
    return tmp_path


def run(line: str, folder: Path, **variables: str) -> None:
    """Run a command as a shell would; one of the two pictures is broken, so it ends with 1, unless that is done."""
    command = line.replace("cloudbase-ocr", f"{shlex.quote(sys.executable)} -m cloudbase_ocr")
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == (0 if "--resume" in line else 1), done.stderr
    assert done.stdout == ""


def codes(text: str) -> list[int]:
    return sorted(json.loads(line)["wechat"]["errcode"] for line in text.splitlines())


@pytest.mark.check
@pytest.mark.skipif(os.name == "nt", reason="find and the pipe are those of POSIX")
def test_the_commands_of_one_machine(folder: Path) -> None:
    lines = [line for line in LINES if "--ray" not in line]
    assert len(lines) == 6
    for line in lines:
        if "--resume" in line:
            with (folder / "cards.jsonl").open("r+b") as file:  # as a power cut leaves it
                file.truncate(file.seek(0, os.SEEK_END) - 9)
        run(line, folder)
    for name in ("cards", "look", "listed", "archive"):
        found = codes((folder / f"{name}.jsonl").read_text(encoding="utf-8"))
        assert found == ([101002] if name == "look" else [0, 101002]), name
    assert len((folder / "cards.csv").read_text(encoding="utf-8-sig").splitlines()) == 3


@pytest.mark.check
def test_the_command_of_a_cluster(folder: Path) -> None:
    pytest.importorskip("ray", reason=needs.RAY)
    (line,) = [line for line in LINES if "--ray local" in line and "s3:" not in line]
    run(line, folder)
    manifest = json.loads((folder / "cards/manifest.json").read_bytes())
    (part,) = manifest["parts"]
    assert codes((folder / "cards" / part["file"]).read_text(encoding="utf-8")) == [0, 101002]


@pytest.mark.check
def test_the_command_for_s3(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason=needs.RAY)
    with s3_server(monkeypatch) as address:
        for bucket in ("photos", "results"):
            put(address, bucket)
        for path in (folder / "scans").iterdir():
            put(address, f"photos/2026/{path.name}", path.read_bytes())
        (line,) = [line for line in LINES if "s3:" in line]
        run(line.replace("http://127.0.0.1:5000", address), folder)
        written = storage.read("s3://results/2026/part-000000.jsonl").decode()
    assert codes(written) == [0, 101002]
    assert json.loads(written.splitlines()[1])["file"] == "s3://photos/2026/card.jpg"


def test_both_languages_show_the_same_commands_and_the_same_manifest() -> None:
    for language in ("sh", "yaml", "dockerfile"):
        english, chinese = ([block.text for block in blocks(page, language)] for page in PAGES)
        assert english == chinese


def test_options_are_those_of_the_command() -> None:
    known = {option for parameter in recognize.params for option in parameter.opts}
    for line in LINES:
        assert {word for word in shlex.split(line) if word.startswith("--")} <= known, line


def test_figures_on_both_pages_are_those_of_the_code() -> None:
    lines, minute, task, dots = parts._MOST_LINES, parts._MOST_SECONDS, cluster._A_TASK, formats._DPI
    english, chinese = map(read, PAGES)
    assert minute == 60
    assert f"parts of {lines:,} lines or one minute each" in english
    assert f"每 {lines:,} 行或每分钟一个文件" in chinese
    assert f"hands out {task} pictures at a time" in english
    assert f"每次分发 {task} 张" in chinese
    assert f"drawn at {dots} dots an inch" in english
    assert f"每英寸 {dots} 点" in chinese


def test_what_was_measured_is_the_same_in_both_languages() -> None:
    def figures(page: str) -> list[list[str]]:
        (block,) = re.findall(r"<!-- measured -->\n(.*?)<!-- /measured -->", read(page), re.DOTALL)
        return [re.findall(r"\d[\d.,]*", line) for line in block.splitlines() if line.startswith("| ")][2:]

    assert figures(PAGES[0]) == figures(PAGES[1])
    assert len(figures(PAGES[0])) == 3


def test_the_manifest_is_one_of_kuberay_s_and_its_command_is_ours() -> None:
    (block,) = blocks(PAGES[0], "yaml")
    job: Any = yaml.safe_load(block.text)
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    command = recognize.make_context("recognize", shlex.split(job["spec"]["entrypoint"])[2:])
    assert (command.params["ray"], command.params["resume"]) == ("auto", True)
    nodes = job["spec"]["rayClusterSpec"]
    (workers,) = nodes["workerGroupSpecs"]
    cores = int(workers["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"])
    assert command.params["processes"] == workers["maxReplicas"] * cores
    assert f"FROM rayproject/ray:{nodes['rayVersion']}-" in read(PAGES[0])
