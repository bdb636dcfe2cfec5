"""Calls functions that crash, hang, hog and fork, kills the emulator in between, and counts what is left of them."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests import leftovers
from tests.leftovers import left, recorded, wait_until
from tests.soak.kills import started

CALLS = 1000
ROUNDS = 20
PARALLEL = 6
_TIMEOUT = 60

KINDS = {
    "exits": "os._exit(3)",
    "aborts": "fork()\n    os.abort()",
    "segfaults": "daemon()\n    ctypes.string_at(0)",
    "killed": "fork(session=True)\n    os.kill(os.getpid(), signal.SIGKILL)",
    "stops": "daemon()\n    os.kill(os.getpid(), signal.SIGSTOP)",
    "spins": "fork()\n    daemon()\n    spin()",
    "sleeps": "time.sleep(600)",
    "hogs": "daemon()\n    x = []\n    while True:\n        x.append(b'x' * 5_000_000)",
    "hogs_below": "os.fork()\n    x = []\n    while True:\n        x.append(b'x' * 5_000_000)",
    "closes": "daemon()\n    os.closerange(0, 100)",
    "trees": """[(os.fork(), record()) for _ in range(3)]
    os.getpid() == ME and os._exit(1)
    time.sleep(600)""",
    "daemons": "for _ in range(3):\n        daemon()\n    os._exit(0)",
}
"""What the body of each function is; none of them lives on."""


@dataclass
class Result:
    """What happened: answers by errCode, processes that were started, kills of the emulator, and what was left when."""

    answers: Counter[str] = field(default_factory=Counter)
    processes: int = 0
    kills: int = 0
    left_after_calls: int = 0
    left_after_kills: int = 0
    problems: list[str] = field(default_factory=list)
    duration: float = 0.0

    def __str__(self) -> str:
        """One line for people."""
        calls = sum(self.answers.values())
        return f"{calls} calls, {self.processes} processes, {self.kills} kills, {len(self.problems)} problems"

    def row(self) -> str:
        """A row of the table in docs/robustness.md."""
        cells = (
            str(sum(self.answers.values())),
            f"{self.duration:.0f} s",
            str(self.processes),
            str(self.left_after_calls),
            str(self.kills),
            str(self.left_after_kills),
        )
        return f"| {' | '.join(cells)} |"


HEAD = """| Calls | Time | Processes started | Left after their calls | Kills of the emulator | Left 2 s after a kill |
| --- | --- | --- | --- | --- | --- |"""


def crash_functions(calls: int, rounds: int, folder: Path, seed: int = 0) -> Result:
    """Call so many functions, in so many emulators; each emulator is killed while it has calls under way."""
    chance, result = random.Random(seed), Result()
    root, place = folder / "functions", folder / "place"
    place.mkdir()
    _write_functions(root, place)
    command = ["serve", "--no-recognizer", "--functions", str(root)]
    begun = time.monotonic()
    for _ in range(rounds):
        _round(command, calls // rounds, place, chance, result)
    result.duration = time.monotonic() - begun
    result.processes = recorded(place)
    result.problems += [
        f"{count} answers with {code}" for code, count in result.answers.items() if code[0] != "-"
    ]
    if count := result.left_after_calls + result.left_after_kills:
        result.problems.append(f"{count} processes are left")
    return result


def _round(command: list[str], calls: int, place: Path, chance: random.Random, result: Result) -> None:
    with started(command) as (process, url), ThreadPoolExecutor(PARALLEL) as threads:
        _call(url, "exits")  # what every emulator with a guardian has
        before = _open(process.pid)
        names = list(itertools.islice(itertools.cycle(KINDS), calls))
        chance.shuffle(names)
        result.answers.update(threads.map(lambda name: _call(url, name), names))
        result.left_after_calls += len(left(place))
        if not wait_until(lambda: _grown(process.pid, before) == [], 10):
            result.problems += _grown(process.pid, before)
        under_way = [threads.submit(_call, url, name) for name in ("spins", "trees", "sleeps", "daemons")]
        threading.Event().wait(chance.uniform(0.1, 0.6))
        process.kill()
        result.kills += 1
        if not wait_until(lambda: not left(place)):
            result.left_after_kills += len(left(place))
        for call in under_way:
            call.result()


def _write_functions(root: Path, place: Path) -> None:
    for name, body in KINDS.items():
        (root / name).mkdir(parents=True)
        text = f"ME = os.getpid()\n\ndef main(event, context):\n    {body}\n"
        (root / name / "index.py").write_text(leftovers.code(place, text), encoding="utf-8")
        config = {"timeout": 1, "memorySize": 128}
        (root / name / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _call(url: str, name: str) -> str:
    """Call a function; return the errCode, or what is wrong with the answer."""
    try:
        answer = requests.post(f"{url}/_emulator/invoke", json={"name": name, "data": {}}, timeout=_TIMEOUT)
        reply: dict[str, Any] = answer.json()
    except (requests.RequestException, json.JSONDecodeError) as error:
        return type(error).__name__
    return str(reply.get("errCode", reply)) if answer.status_code == 200 else f"HTTP {answer.status_code}"


def _open(pid: int) -> tuple[int, ...]:
    """Count the threads and the descriptors of a process."""
    return tuple(len(list(Path(f"/proc/{pid}/{what}").iterdir())) for what in ("task", "fd"))


def _grown(pid: int, before: tuple[int, ...]) -> list[str]:
    names = ("threads", "descriptors")
    return [
        f"{was} {name} became {now}"
        for name, was, now in zip(names, before, _open(pid), strict=True)
        if now > was
    ]
