"""What the journal tells of reading, over real sockets: times and confidence there, and never in WeChat's JSON."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from cloudbase_ocr.recognizer import WorkerRecognizer
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.specimens.catalog import specimen
from wxcloud.contract import METHODS

BUSY = "system error"


def picture(name: str) -> bytes:
    found = specimen(name)
    assert found is not None
    return found.picture


def post(server: Server, key: str, image: bytes) -> dict[str, Any]:
    parameters = {"access_token": "mock://wx-journal"}
    url = f"{server.url}/cv/ocr/{key}"
    answer = requests.post(url, params=parameters, files={"img": ("card.jpg", image)}, timeout=120)
    found: dict[str, Any] = answer.json()
    return found


def latest(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{server.url}/_emulator/journal/latest", timeout=10).json()
    return found


def state(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{server.url}/_emulator/recognizer", timeout=10).json()
    return found


def wait_for(condition: Callable[[], object], what: str) -> None:
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail(what)


@pytest.mark.check
def test_rows_have_stages_and_confidence_and_the_reply_has_neither() -> None:
    with running(Settings(port=0, hints=False)) as server:
        reply = post(server, "platenum", picture("platenum"))
        assert set(reply) == {"errcode", "errmsg", "number"}
        reading = latest(server)["reading"]
        assert {"decode", "plates"} <= {stage["name"] for stage in reading["stages"]}
        assert all(stage["seconds"] >= 0 for stage in reading["stages"])
        assert set(reading["fields"]) == {"number"}
        assert 0.5 < reading["fields"]["number"] == reading["confidence"] <= 1

        assert post(server, "menu", picture("menu"))["errcode"] == 0
        assert list(latest(server)["reading"]["fields"]) == ["content"]

        assert post(server, "idcard", picture("platenum"))["errcode"] == 101001
        reading = latest(server)["reading"]
        assert (reading["fields"], reading["confidence"]) == ({}, None)
        assert {"decode", "text"} <= {stage["name"] for stage in reading["stages"]}

        post(server, "idcard", b"no picture")
        assert latest(server)["reading"]["seconds"] >= 0


@pytest.mark.check
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_beyond_the_queue_is_minus_one_with_the_reason_in_the_journal() -> None:
    """The worker is stopped, so that what waits keeps waiting until it goes on."""
    settings = Settings(port=0, hints=False, recognizer_workers=1, recognizer_threads=1, recognizer_queue=1)
    with running(settings) as server, ThreadPoolExecutor(2) as pool:
        assert post(server, "platenum", picture("platenum"))["errcode"] == 0
        recognizer = server.emulator.recognizer
        assert isinstance(recognizer, WorkerRecognizer)
        (pid,) = recognizer.pids
        os.kill(pid, signal.SIGSTOP)
        try:
            waiting = [pool.submit(post, server, "platenum", picture("platenum")) for _ in range(2)]
            wait_for(
                lambda: state(server)["queue"] == {"reading": 1, "waiting": 1, "size": 1}, "nobody waits"
            )
            reply = post(server, "platenum", picture("platenum"))
            assert (reply["errcode"], reply["errmsg"]) == (-1, BUSY)
            (note,) = latest(server)["notes"]
            assert "1 being read and 1 waiting is all that the recognizer takes" in note
        finally:
            os.kill(pid, signal.SIGCONT)
        assert [answer.result()["errcode"] for answer in waiting] == [0, 0]
        assert state(server)["queue"] == {"reading": 0, "waiting": 0, "size": 1}


@pytest.mark.check
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_crash_costs_one_answer_and_the_emulator_lives_on() -> None:
    with (
        running(Settings(port=0, hints=False, recognizer_workers=1)) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        recognizer = server.emulator.recognizer
        assert isinstance(recognizer, WorkerRecognizer)
        recognizer.warm()
        assert state(server)["workers"] == 1
        answer = pool.submit(post, server, "driving", picture("driving-both"))
        wait_for(lambda: state(server)["stage"] == "text", "the picture is not read")
        os.kill(recognizer.pids[0], signal.SIGSEGV)
        reply = answer.result()
        assert (reply["errcode"], reply["errmsg"]) == (-1, BUSY)
        assert "ended: SIGSEGV; another one takes its place" in latest(server)["notes"][0]
        assert post(server, "platenum", picture("platenum"))["errcode"] == 0
        driving = next(method for method in METHODS if method.key == "driving")
        (used,) = requests.get(
            f"{server.url}/_emulator/quota",
            params={"appid": "wx-journal", "method": driving.permission},
            timeout=10,
        ).json()["quotas"]
        assert used["used"] == 0


def test_a_picture_over_its_time_is_minus_one_with_the_reason() -> None:
    with running(Settings(port=0, hints=False, recognizer_limit=0.001)) as server:
        reply = post(server, "comm", picture("printed-text"))
        assert (reply["errcode"], reply["errmsg"]) == (-1, BUSY)
        assert "longer than the limit of 0.001 s" in latest(server)["notes"][0]
