"""The journal on disk and as a stream: complete after kill -9, harmless on a broken disk."""

from __future__ import annotations

import json
import logging
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from cloudbase_ocr.cli import main
from cloudbase_ocr.control.journal_stream import MAX_STREAMS
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests.emulator.control.journal_client import invoke, latest, write_functions
from tests.emulator.control.ocr_client import ask
from tests.processes import started


def read(path: Path) -> list[dict[str, Any]]:
    """Return all entries of a journal, and see that nothing in the file is broken."""
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    return [json.loads(line) for line in lines]


@contextmanager
def process(path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run an emulator in a process of its own; give the process and the URL."""
    command = [
        sys.executable,
        "-m",
        "cloudbase_ocr",
        "serve",
        "--port",
        "0",
        "--no-recognizer",
        "--quota-per-day",
        "0",
    ]
    with started([*command, "--journal", str(path)], stderr=subprocess.DEVNULL) as emulator:
        yield emulator, emulator.stdout.readline().split(" at ")[1].split(" ")[0]


def call(url: str) -> int:
    query = {"access_token": "mock://wx1", "img_url": "mock://idcard"}
    return int(requests.post(url + "/cv/ocr/idcard", params=query, timeout=10).json()["errcode"])


def test_every_entry_is_a_row_that_leads_to_its_tree(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    folder = write_functions(tmp_path)
    with running(Settings(port=0, recognizer=False, functions=folder, journal=path)) as server:
        invoke(server, "plain", {"calls": 2})
        tree = latest(server)
        found = read(path)
    assert [entry["kind"] for entry in found] == ["wechat", "wechat", "function", "call_function"]
    assert {entry["root"] for entry in found} == {tree["id"]}
    children = tree["children"][0].pop("children")
    assert found[:2] == [
        {key: value for key, value in child.items() if key != "children"} for child in children
    ]


@pytest.mark.check
def test_nothing_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    answered = 0
    for calls in (5, 31, 60):
        with process(path) as (started, url):
            enough = threading.Event()
            counts = [0] * 3

            def work(
                number: int,
                url: str = url,
                counts: list[int] = counts,
                enough: threading.Event = enough,
                calls: int = calls,
            ) -> None:
                try:
                    while call(url) == 0:
                        counts[number] += 1
                        if sum(counts) >= calls:
                            enough.set()
                except (requests.RequestException, ValueError):
                    return

            threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
            for thread in threads:
                thread.start()
            assert enough.wait(60)
            os.kill(started.pid, signal.SIGKILL)
            for thread in threads:
                thread.join(30)
        answered += sum(counts)
        with process(path) as (_, url):  # cuts off half a line, if there is one, and goes on
            assert call(url) == 0
            answered += 1
            assert answered <= len(read(path)) <= answered + 9


def test_half_a_line_is_cut_off_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = b'{"id":"1"}\n' * 10_000
    for rest in (b"", b'{"id":', b"x" * 200_000):
        path.write_bytes(whole + rest)
        with running(Settings(port=0, recognizer=False, journal=path)):
            assert path.read_bytes() == whole
    path.write_bytes(b"no line end at all")
    with running(Settings(port=0, recognizer=False, journal=path)):
        assert path.read_bytes() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_ends_the_file_and_no_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "journal.jsonl"
    path.symlink_to("/dev/full")
    with running(Settings(port=0, recognizer=False, journal=path)) as server:
        assert [ask(server, "wx1").json()["errcode"] for _ in range(3)] == [0, 0, 0]
        assert latest(server)["outcome"]["code"] == 0
    (line,) = [entry for entry in caplog.records if entry.name == "cloudbase_ocr.journal"]
    assert line.levelno == logging.WARNING
    assert "No space left" in line.getMessage()
    assert str(path) in line.getMessage()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("journal.txt", "holds JSON lines; let its name end in .jsonl or .ndjson"),
        ("journal", "holds JSON lines"),
        ("none/journal.jsonl", "No such file or directory"),
        ("calls.sqlite", "JSON lines only; name a file that ends in .jsonl"),
        ("CALLS.DB", "JSON lines only"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, name: str, message: str) -> None:
    answer = CliRunner().invoke(main, ["serve", "--port", "0", "--journal", str(tmp_path / name)])
    assert answer.exit_code == 2
    assert message in answer.output
    assert answer.output.startswith("cloudbase-ocr: --journal")
    assert answer.output.count("\n") == 1


def test_a_journal_of_a_former_release_is_read_as_its_refusal_says(tmp_path: Path) -> None:
    sqlite = shutil.which("sqlite3")
    old, entry = tmp_path / "calls.sqlite", '{"id":"1","name":"甲"}'
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("create table entries (id text not null, entry text not null)")
        connection.execute("insert into entries values ('1', ?)", (entry,))
    before = old.read_bytes()
    answer = CliRunner().invoke(main, ["serve", "--port", "0", "--journal", str(old)])
    _, program, said = answer.output.strip().partition("sqlite3 ")
    arguments, _, target = said.partition(" > ")
    assert (program, target, old.read_bytes()) == ("sqlite3 ", "journal.jsonl", before)
    if sqlite is None:  # the statement itself is SQL, whoever runs it
        with closing(sqlite3.connect(old)) as connection:
            found = [row[0] for row in connection.execute(shlex.split(arguments)[1])]
        assert found == [entry]
    else:
        done = subprocess.run([sqlite, *shlex.split(arguments)], capture_output=True, timeout=30, check=True)
        assert done.stdout.decode().splitlines() == [entry]


def test_the_stream_tells_every_entry_when_it_ends(tmp_path: Path) -> None:
    with running(Settings(port=0, recognizer=False, functions=write_functions(tmp_path))) as server:
        with requests.get(server.url + "/_emulator/journal/stream", stream=True, timeout=20) as stream:
            assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
            lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
            assert next(lines) == ": the journal"
            answer = invoke(server, "plain", {})
            entries: list[dict[str, Any]] = []
            ids: list[str] = []
            for line in lines:
                if line.startswith("id: "):
                    ids.append(line[4:])
                if line.startswith("data: "):
                    entries.append(json.loads(line[6:]))
                    if not entries[-1]["parent"]:
                        break
        assert [entry["kind"] for entry in entries] == ["wechat", "function", "call_function"]
        assert ids == [entry["id"] for entry in entries]
        assert ids[1] == answer["requestID"]


def test_streams_are_bounded_and_freed(capfd: pytest.CaptureFixture[str]) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        url = server.url + "/_emulator/journal/stream"
        open_ones = [requests.get(url, stream=True, timeout=20) for _ in range(MAX_STREAMS)]
        refused = requests.get(url, timeout=10)
        assert (refused.status_code, "close one" in refused.json()["error"]) == (503, True)
        for stream in open_ones:
            stream.close()
        for _ in range(500):  # an entry finds out who has gone
            ask(server, "wx1")
            again = requests.get(url, stream=True, timeout=20)
            again.close()
            if again.status_code == 200:
                break
        assert again.status_code == 200
        assert requests.get(url, params={"personal_data": "x"}, timeout=10).status_code == 400
    assert "Traceback" not in capfd.readouterr().err


def test_a_reader_that_stops_reading_holds_nothing_up_and_is_told_what_it_missed() -> None:
    from cloudbase_ocr.control.journal_stream import Reader
    from cloudbase_ocr.journal.entries import Entry

    reader = Reader()
    for number in range(1500):
        reader.take(Entry(str(number), "wechat", "x"))
    first = reader.next(1)
    assert first is not None
    assert first.id == "0"
    assert reader.lost() == 500
    assert reader.lost() == 0


def test_a_stream_ends_with_the_emulator() -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        stream = requests.get(server.url + "/_emulator/journal/stream", stream=True, timeout=20)
        lines = stream.iter_lines(chunk_size=1)
        next(lines)
    assert [line for line in lines if line] == []
    stream.close()
