"""How `serve` and `record` end: in order at the first signal, at once at the second."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr import specimens
from tests.emulator import served
from tests.processes import Process, started, stop
from tests.quick import quick

SERVE = [*served.SERVE, "--quota-per-day", "0"]
SIGNALS = [name for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
SECONDS = 20.0


@contextmanager
def serving(*options: str, command: list[str] = SERVE, **more: Any) -> Iterator[tuple[Process, str]]:
    """Start a command that serves; give the process and its address."""
    with started([*command, *options], stderr=subprocess.STDOUT, **more) as process:
        yield process, line_of(process, "Ctrl-C").split(" at ")[1].split()[0]


def line_of(process: Process, text: str) -> str:
    """Return the next line that holds a text."""
    while text not in (line := process.stdout.readline()):
        assert line, "it ended"
    return line


class Asking(threading.Thread):
    """A request on its way; `answer` and `error` tell what came of it."""

    def __init__(self, method: str, url: str, **options: Any) -> None:
        super().__init__()
        self._request = (method, url, options)
        self.answer: requests.Response | None = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        method, url, options = self._request
        try:
            self.answer = requests.request(method, url, timeout=SECONDS, **options)
        except requests.RequestException as error:
            self.error = error


def add_latency(url: str, milliseconds: int) -> None:
    added = requests.post(
        url + "/_emulator/faults",
        json={"type": "latency", "ms": milliseconds, "method": "ocr.idcard"},
        timeout=10,
    )
    assert added.ok, added.text


def ask_slowly(url: str, count: int) -> list[Asking]:
    """Send calls that a latency holds, and return when all of them are under way."""
    calls = [
        Asking("POST", f"{url}/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard")
        for _ in range(count)
    ]
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        faults = requests.get(url + "/_emulator/faults", timeout=10).json()["faults"]
        if faults[0]["hits"] == count:
            return calls
    raise AssertionError("the calls did not arrive")


@pytest.mark.parametrize("name", quick(SIGNALS, {"SIGTERM"}))
def test_requests_under_way_are_answered(name: str) -> None:
    with serving() as (process, url):
        add_latency(url, 700)
        calls = ask_slowly(url, 4)
        process.send_signal(getattr(signal, name))
        line_of(process, "waiting for ")
        refused = requests.get(url + "/_emulator/health", timeout=10)
        rest = process.stdout.read()
        for call in calls:
            call.join(SECONDS)
    assert refused.status_code == 503
    assert [call.answer.json()["errcode"] for call in calls if call.answer] == [0] * 4
    assert rest.endswith("stopped\n")
    assert process.returncode == 0


@pytest.mark.check
@pytest.mark.parametrize("workers", ["0", "2"])
def test_pictures_being_read_are_answered(workers: str) -> None:
    command = [part for part in SERVE if part != "--no-recognizer"]
    picture = Path(specimens.__file__).with_name("idcard-front.jpg").read_bytes()
    with serving("--recognizer-workers", workers, command=command) as (process, url):
        address = url + "/cv/ocr/idcard?access_token=mock://wx1"
        # The first one loads the engine.
        assert requests.post(address, files={"img": ("a.jpg", picture)}, timeout=60).json()["errcode"] == 0
        calls = [
            Asking("POST", address, files={"img": ("a.jpg", picture + bytes([number]))})
            for number in range(8)
        ]
        end = time.monotonic() + SECONDS
        arrived = 0
        while arrived < 8:
            assert time.monotonic() < end
            queue = requests.get(url + "/_emulator/recognizer", timeout=10).json()["queue"]
            arrived = queue["reading"] + queue["waiting"] + sum(call.answer is not None for call in calls)
        process.send_signal(signal.SIGTERM)
        for call in calls:
            call.join(60)
        process.wait(60)
    answered = [call.answer.json()["errcode"] for call in calls if call.answer is not None and call.answer.ok]
    assert answered == [0] * 8, [str(call.error) for call in calls]


@pytest.mark.check
def test_an_answer_that_takes_too_long_is_given_up_and_told() -> None:
    with serving("--shutdown-seconds", "0.2") as (process, url):
        add_latency(url, 10_000)
        (call,) = ask_slowly(url, 1)
        began = time.monotonic()
        rest = stop(process)
        assert time.monotonic() - began < 5
        call.join(SECONDS)
    assert call.error is not None
    assert "1 request not answered in time" in rest
    assert process.returncode == 0


@pytest.mark.check
def test_a_second_signal_ends_at_once() -> None:
    with serving() as (process, url):
        add_latency(url, 10_000)
        (call,) = ask_slowly(url, 1)
        process.send_signal(signal.SIGINT)
        line_of(process, "waiting for ")
        began = time.monotonic()
        stop(process, signal.SIGINT)
        assert time.monotonic() - began < 3
        call.join(SECONDS)
    assert process.returncode == 128 + signal.SIGINT


@pytest.mark.check
def test_streams_and_held_faults_end_at_once() -> None:
    with serving() as (process, url):
        requests.post(url + "/_emulator/faults", json={"type": "timeout", "method": "ocr.menu"}, timeout=10)
        with requests.get(url + "/_emulator/journal/stream", stream=True, timeout=10) as stream:
            held = Asking("POST", url + "/cv/ocr/menu?access_token=mock://wx1&img_url=mock://menu")
            end = time.monotonic() + SECONDS
            while requests.get(url + "/_emulator/faults", timeout=10).json()["faults"][0]["hits"] == 0:
                assert time.monotonic() < end
            began = time.monotonic()
            stop(process)
            assert time.monotonic() - began < 5
            assert stream.content.startswith(b": the journal")
        held.join(SECONDS)
    assert isinstance(held.error, requests.ConnectionError)
    assert process.returncode == 0


FUNCTION = """
import time
import wxcloud as cloud
cloud.init()
def main(event, context):
    open(event["mark"], "w").close()
    time.sleep(0.5)
    return cloud.openapi.ocr.idcard({"imgUrl": "mock://idcard"})
"""


@pytest.mark.check
def test_a_function_under_way_may_still_ask_the_emulator(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "slow"
    folder.mkdir(parents=True)
    (folder / "index.py").write_text(FUNCTION)
    (folder / "config.json").write_text('{"permissions": {"openapi": ["ocr.idcard"]}}')
    mark = tmp_path / "begun"
    with serving("--functions", str(folder.parent)) as (process, url):
        call = Asking("POST", url + "/v1/functions/slow", json={"mark": str(mark)})
        end = time.monotonic() + SECONDS
        while not mark.exists():
            assert time.monotonic() < end, (call.answer and call.answer.text, call.error)
        stop(process)
        call.join(SECONDS)
    assert call.answer is not None, call.error
    assert "openapi.ocr.idcard:ok" in call.answer.text


@pytest.mark.check
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
def test_what_nohup_ignores_stays_ignored() -> None:
    command = ["nohup", *SERVE]
    with serving(command=command, stdin=subprocess.DEVNULL) as (process, url):
        process.send_signal(signal.SIGHUP)
        assert requests.get(url + "/_emulator/health", timeout=10).ok
        assert "stopped" in stop(process)


@pytest.mark.parametrize("name", quick(SIGNALS, {"SIGINT"}))
def test_the_recorder_ends_in_order(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cloudbase_ocr", "record", "--port", "0", "--mode", "none"]
    options = ["--to", str(tmp_path / "kept"), "--keys", str(tmp_path / "keys")]
    with serving(*options, command=command) as (process, _):
        assert stop(process, getattr(signal, name)).endswith("stopped\n")
    assert process.returncode == 0


ELSEWHERE = """
import signal, sys, threading
from cloudbase_ocr.commands.ending import ended_by_signals
from cloudbase_ocr.server import Listener

# The other thread gets the interpreter when this one waits in the system, and not before.
sys.setswitchinterval(60)
listener = Listener(lambda environ, start: [], "127.0.0.1", 0)
selector, waits = listener._connections._selector, threading.Event()
select = selector.select

def selecting(timeout=None):
    waits.set()
    return select(timeout)

def end():
    waits.wait()
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

selector.select = selecting
threading.Thread(target=end, daemon=True).start()
with ended_by_signals(listener, 5):
    listener.serve_forever()
print("ended")
"""
"""The signal reaches another thread than the one that waits, as one does that comes just before the wait."""


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows sends no signal to a thread")
def test_a_signal_that_interrupts_nothing_ends_it_all_the_same() -> None:
    with started([sys.executable, "-c", ELSEWHERE], seconds=SECONDS) as process:
        assert process.stdout.read() == "ended\n"
