"""The command as a user runs it: a process of its own, its output, its exit code, a full disk."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.answers import load_fixtures
from tests import processes
from tests.emulator.commands.in_process import run_here
from tests.emulator.record.conftest import PERSON, Live
from tests.quick import quick

ONE, TWO = b"\xff\xd8\xff one", b"\xff\xd8\xff two"


@dataclass
class Running:
    """A running command: its address, and after its end its output and exit code."""

    url: str
    process: subprocess.Popen[str]
    output: str = ""

    def send(self, picture: bytes) -> requests.Response:
        """Send a picture of an ID card."""
        return requests.post(f"{self.url}/cv/ocr/idcard", files={"img": ("a.jpg", picture)}, timeout=20)


@contextmanager
def recording(
    tmp_path: Path, *arguments: str, before: str = "", stop: int = signal.SIGINT
) -> Iterator[Running]:
    """Run ``cloudbase-ocr record``; `before` is Python that runs first in its process."""
    code = f"{before}\nfrom cloudbase_ocr.cli import main\nmain(prog_name='cloudbase-ocr')"
    command = [sys.executable, "-c", code, "record", "--port", "0", "--keys", str(tmp_path / "keys")]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    if before:
        # Coverage could not write to a full disk either, and says so.
        environment.pop("COVERAGE_PROCESS_CONFIG", None)
    with processes.started(
        [*command, *arguments], stderr=subprocess.STDOUT, cwd=tmp_path, env=environment
    ) as process:
        first = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert address, first + process.stdout.read()
        running = Running(address[0], process)
        yield running
        running.output = first + processes.stop(process, stop)
    assert "Traceback" not in running.output


@pytest.mark.parametrize("stop", quick([signal.SIGINT, signal.SIGTERM], {signal.SIGTERM}))
def test_once_records_and_then_replays_without_the_service(live: Live, tmp_path: Path, stop: int) -> None:
    with recording(tmp_path, "--upstream", live.url, stop=stop) as first:
        recorded = first.send(ONE)
    assert recorded.json() == live.reply
    assert first.process.returncode == 0
    assert "mode once (known pictures are replayed, others recorded)" in first.output
    assert f"recorded idcard/{hashlib.sha256(ONE).hexdigest()[:16]}" in first.output
    assert first.output.endswith("stopped\n")
    with recording(tmp_path) as second:
        replayed = second.send(ONE).json()
    assert (
        "mode once (replay only, nothing is sent on); service: nowhere; recordings: 1 recorded"
        in second.output
    )
    assert replayed["errcode"] == 0
    assert replayed["name"] != PERSON["name"]
    assert len(live.asked) == 1


@pytest.mark.check
def test_the_same_person_is_the_same_invented_person_in_a_later_run(live: Live, tmp_path: Path) -> None:
    for picture in (ONE, TWO):
        with recording(tmp_path, "--upstream", live.url, "--mode", "new") as running:
            running.send(picture)
    one, two = (fixture.reply for fixture in load_fixtures([tmp_path / "recordings"]))
    assert one == two
    (key,) = (tmp_path / "keys").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
    written = (tmp_path / "recordings" / "idcard.yaml").read_text("utf-8")
    assert f"(key {key.name})" in written
    assert key.read_text().strip() not in written
    key.unlink()
    with recording(tmp_path, "--upstream", live.url, "--mode", "all") as running:
        running.send(ONE)
    assert f"the key of this recording ({key.name}) is not on this machine" in running.output


@pytest.mark.check
def test_diff_ends_with_a_summary_and_an_exit_code(live: Live, tmp_path: Path) -> None:
    with recording(tmp_path, "--upstream", live.url) as running:
        running.send(ONE)
    with recording(tmp_path, "--upstream", live.url, "--mode", "diff") as equal:
        equal.send(ONE)
        equal.send(TWO)
    assert equal.process.returncode == 0
    assert "1 equal, 0 different, 1 not compared\nstopped\n" in equal.output
    live.reply = {**live.reply, "gender": "女"}
    with recording(tmp_path, "--upstream", live.url, "--mode", "diff") as different:
        different.send(ONE)
    assert different.process.returncode == 1
    assert "  gender: recorded '男', live '女'\n" in different.output
    assert "0 equal, 1 different, 0 not compared\nstopped\n" in different.output


@pytest.mark.check
def test_keeping_personal_data_or_pictures_warns(live: Live, tmp_path: Path) -> None:
    arguments = ("--upstream", live.url, "--keep-personal-data", "--keep-images", "--to", "mine")
    with recording(tmp_path, *arguments) as running:
        running.send(ONE)
    assert "WARNING: personal data is written" in running.output
    assert "WARNING: the pictures are kept" in running.output
    assert "欧阳铁柱" in (tmp_path / "mine" / "idcard.yaml").read_text("utf-8")
    assert len(list((tmp_path / "mine" / "images").iterdir())) == 1
    assert not (tmp_path / "keys").exists()


@pytest.mark.check
@pytest.mark.skipif(os.name != "posix", reason="the limit on the size of files is a matter of POSIX")
def test_a_full_disk_loses_nothing_and_stops_nothing(live: Live, tmp_path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))"
    with recording(tmp_path, "--upstream", live.url, "--mode", "new", before=limit) as running:
        pictures = [b"\xff\xd8" + bytes([number]) for number in range(8)]
        answers = [running.send(picture).json() for picture in pictures]
        replayed = running.send(pictures[0]).json()
    assert answers == [live.reply] * 8, "every client gets the service's answer"
    assert replayed["errcode"] == 0
    assert replayed["name"] != PERSON["name"]
    assert running.output.count("NOT recorded: File too large. What was recorded before is intact.") >= 4
    written = running.output.count(": recorded idcard/")
    assert written >= 2
    assert len(load_fixtures([tmp_path / "recordings"])) == written
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["idcard.yaml"]


def refused(tmp_path: Path, *arguments: str) -> str:
    """Run the command, which ends by itself with exit code 2; return what it says."""
    result = subprocess.run(
        [sys.executable, "-m", "cloudbase_ocr", "record", "--port", "0", "--keys", "keys", *arguments],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert result.returncode == 2, result.stdout
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


@pytest.mark.check
def test_two_recorders_do_not_write_into_one_folder(live: Live, tmp_path: Path) -> None:
    with recording(tmp_path, "--upstream", live.url, "--mode", "new") as first:
        message = refused(tmp_path, "--upstream", live.url, "--mode", "all")
        assert (
            f"another process ({first.process.pid}) writes into recordings. Stop it, or name another folder."
            in message
        )
        assert first.send(ONE).json() == live.reply
        with recording(tmp_path, "--mode", "none") as reader:
            assert reader.send(ONE).json()["errcode"] == 0, "reading is for everybody"
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["idcard.yaml"]


@pytest.mark.check
def test_a_killed_recorder_leaves_no_lock(live: Live, tmp_path: Path) -> None:
    with recording(tmp_path, "--upstream", live.url, "--mode", "new", stop=signal.SIGTERM) as first:
        first.process.kill()
        first.process.wait(timeout=20)
    assert (tmp_path / "recordings" / ".lock").exists()
    with recording(tmp_path, "--upstream", live.url, "--mode", "new") as second:
        assert second.send(ONE).json() == live.reply


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is no service to ask. Name it: --upstream https://api.weixin.qq.com"),
        (("--upstream", "api.weixin.qq.com"), "is no address of a service"),
        (("--upstream", "https://u:p@example.com"), "may hold neither a password nor a query"),
        (("--mode", "none", "--to", "file"), "is no folder"),
        (("--mode", "none", "--to", "broken"), "is not YAML"),
    ],
)
def test_wrong_calls_end_with_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "idcard.yaml").write_text("- [")
    monkeypatch.chdir(tmp_path)
    result = run_here(capsys, "record", "--port", "0", "--keys", "keys", *arguments)
    assert result.returncode == 2, result.stdout
    assert len(result.stderr.strip().splitlines()) == 1
    assert message in result.stderr
