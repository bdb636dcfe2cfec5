"""Kills the recorder and the emulator at random moments while they write, and counts what is lost.

Acknowledged is what a client got an answer for. After each kill every file has to parse, and everything that was
acknowledged in any round so far has to be there.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from pytest_httpserver import HTTPServer

from cloudbase_ocr.answers import load_fixtures
from cloudbase_ocr.state.stores.database import FILE_NAME
from tests import processes

LONGEST_SECONDS = 0.5
_LIFE = 1800.0  # of a process at most; clients send for minutes
_LINES = 40  # of text in each recorded reply, so that writing takes a while
_PLACES = {"pos": {"left_top": {"x": 1, "y": 1}, "right_bottom": {"x": 9, "y": 9}}}


@dataclass
class Result:
    """What happened: kills, answers that clients got, and what went wrong."""

    kills: int = 0
    acknowledged: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.kills} kills, {self.acknowledged} acknowledged writes, {len(self.problems)} problems"


def kill_recorder(times: int, folder: Path, seed: int) -> Result:
    """Kill ``cloudbase-ocr record`` while it records."""
    chance, result, names = random.Random(seed), Result(), set[str]()
    recording = folder / "recording"
    with live_api() as address:
        command = ["record", "--upstream", address, "--mode", "new", "--to", str(recording)]
        for round_ in range(times):

            def send(url: str, number: int, round_: int = round_) -> str:
                picture = f"\xff\xd8 {round_} {number}".encode("latin-1")
                method = ("comm", "idcard")[number % 2]
                answer = requests.post(
                    f"{url}/cv/ocr/{method}", files={"img": ("a.jpg", picture)}, timeout=10
                )
                answer.raise_for_status()
                return f"{method}/{hashlib.sha256(picture).hexdigest()[:16]}"

            names |= _round([*command, "--keys", str(folder / "keys")], send, chance, result)
            _check_recording(recording, names, result)
    result.acknowledged = len(names)
    return result


def kill_emulator(times: int, folder: Path, seed: int) -> Result:
    """Kill ``cloudbase-ocr serve --state`` while it stores files and gives tokens, and read all of it at the end."""
    chance, result, done = random.Random(seed), Result(), set[str]()
    state = folder / "state"
    command = ["serve", "--no-recognizer", "--quota-per-day", "0", "--state", str(state)]
    for round_ in range(times):

        def send(url: str, number: int, round_: int = round_) -> str:
            name = f"{round_}-{number}.bin"
            if number % 3 == 0:
                query = {"grant_type": "client_credential", "appid": f"wx{name}", "secret": "s"}
                token = requests.get(url + "/cgi-bin/token", params=query, timeout=10).json()["access_token"]
                return f"token {token}"
            data = _content(name)
            requests.post(f"{url}/_emulator/files?name={name}", data=data, timeout=10).raise_for_status()
            return f"file {name}"

        done |= _round(command, send, chance, result)
        _check_state(state, done, result)
    _check_by_api(command, done, result)
    result.acknowledged = len(done)
    return result


@contextmanager
def live_api() -> Iterator[str]:
    """Serve an API that finds many lines of text in every picture."""
    item = {"text": "编号 1234567 某某", **_PLACES}
    reply = {"errcode": 0, "errmsg": "ok", "items": [item] * _LINES, "img_size": {"w": 9, "h": 9}}
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server.expect_request(re.compile("/cv/ocr/comm")).respond_with_json(reply)
        server.expect_request(re.compile("/cv/ocr/idcard")).respond_with_json(
            {"errcode": 101001, "errmsg": "no"}
        )
        yield server.url_for("").rstrip("/")


@contextmanager
def started(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a command of cloudbase-ocr on a free port; give its process and address."""
    words = [sys.executable, "-m", "cloudbase_ocr", *command, "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with processes.started(words, seconds=_LIFE, stderr=subprocess.STDOUT, env=environment) as process:
        printed = []
        for line in process.stdout:
            printed.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        else:
            raise RuntimeError(f"{command[0]} did not start: {''.join(printed)}")
        if "set aside" in "".join(printed) or "renamed" in "".join(printed):
            raise RuntimeError("".join(printed))
        # What it prints after its address must not fill the pipe.
        reader = threading.Thread(target=process.stdout.read)
        reader.start()
        try:
            yield process, found[0]
        finally:
            process.kill()
            reader.join()


def _round(
    command: list[str], send: Callable[[str, int], str], chance: random.Random, result: Result
) -> set[str]:
    """Start, let two clients send until the kill, and return what was acknowledged."""
    acknowledged: set[str] = set()
    numbers, writing = itertools.count(), threading.Event()
    with started(command) as (process, url):

        def work() -> None:
            try:
                while True:
                    acknowledged.add(send(url, next(numbers)))
                    writing.set()
            except requests.RequestException:
                return  # killed

        clients = [threading.Thread(target=work) for _ in range(2)]
        for client in clients:
            client.start()
        writing.wait(30)
        time.sleep(chance.uniform(0, LONGEST_SECONDS))
        process.kill()
        for client in clients:
            client.join()
        result.kills += 1
    return acknowledged


def _check_recording(folder: Path, names: set[str], result: Result) -> None:
    try:
        found = {fixture.name for fixture in load_fixtures([folder])} if folder.is_dir() else set()
    except ValueError as error:
        result.problems.append(f"a file does not parse: {error}")
        return
    result.problems += [f"lost: {name}" for name in sorted(names - found)]


def _check_state(folder: Path, done: set[str], result: Result) -> None:
    if not folder.is_dir():
        result.problems += [f"lost: {name}" for name in done]
        return
    if list(folder.glob("*set-aside*")):
        result.problems.append("the emulator found its file damaged")
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        keys = {
            json.loads(key)[1]
            for (key,) in connection.execute("SELECT key FROM rows WHERE store='files'")
            if key
        }
        tokens = " ".join(
            text for (text,) in connection.execute("SELECT value FROM rows WHERE store='tokens'")
        )
    except (sqlite3.Error, TypeError) as error:
        # Killed before its first table: then nothing was acknowledged either.
        verdict, keys, tokens = ("ok" if not done else str(error)), set(), ""
    finally:
        connection.close()
    if verdict != "ok":
        result.problems.append(verdict)
    for what in sorted(done):
        kind, _, name = what.partition(" ")
        if (name not in keys) if kind == "file" else (name not in tokens):
            result.problems.append(f"lost: {what}")


def _check_by_api(command: list[str], done: set[str], result: Result) -> None:
    with started(command) as (_, url):
        for what in sorted(done):
            kind, _, name = what.partition(" ")
            if kind == "token":
                query = {"access_token": name, "img_url": "mock://idcard"}
                answer = requests.post(f"{url}/cv/ocr/idcard", params=query, timeout=10).json()
                if answer["errcode"]:
                    result.problems.append(f"a token of before gives {answer['errcode']}")
    # Bytes are compared in the file: the API gives files by signed URLs only.
    state = Path(command[command.index("--state") + 1])
    connection = sqlite3.connect(state / FILE_NAME)
    for key, data in connection.execute("SELECT key, data FROM rows WHERE store='files' AND key <> ''"):
        name = json.loads(key)[1]
        if f"file {name}" in done and data != _content(name):
            result.problems.append(f"other bytes: {name}")
    connection.close()


def _content(name: str) -> bytes:
    return random.Random(name).randbytes(30_000)
