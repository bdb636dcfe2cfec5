"""Clients that send pictures side by side: every one has to be answered, and memory has to stay flat."""

from __future__ import annotations

import itertools
import json
import os
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from cloudbase_ocr.specimens.catalog import SPECIMENS, Specimen
from tests.soak.kills import started

CLIENTS = 8
SECONDS = 120.0
# Memory may wander this much between the first ten seconds and the last.
GROWTH, SLACK_MB = 0.05, 20.0
_TIMEOUT = 120
_EDGE = 10.0
_LOOK_SECONDS = 0.5


@dataclass
class Load:
    """What the clients got: answers by errcode, seconds of each, memory in MB at (seconds since the start)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    duration: float = 0.0

    @property
    def first_mb(self) -> float:
        """Memory in the first seconds after every specimen was read once, when all that is needed was loaded."""
        begin = self.memory[0][0] if self.memory else 0.0
        return statistics.median([mb for at, mb in self.memory if at <= begin + _EDGE] or [0.0])

    @property
    def last_mb(self) -> float:
        """Memory in the last seconds."""
        end = self.memory[-1][0] if self.memory else 0.0
        return statistics.median([mb for at, mb in self.memory if at >= end - _EDGE] or [0.0])

    def check(self) -> None:
        """Add what is not as it must be to the problems."""
        self.problems += [
            f"{count} answers with {code}" for code, count in self.outcomes.items() if code != "0"
        ]
        if self.last_mb > self.first_mb * (1 + GROWTH) + SLACK_MB:
            self.problems.append(f"memory grew from {self.first_mb:.0f} to {self.last_mb:.0f} MB")

    def row(self, how: str) -> str:
        """A row of the table in docs/robustness.md."""
        median, slowest = statistics.median(self.seconds), max(self.seconds)
        cells = (
            how,
            f"{self.duration:.0f} s",
            str(sum(self.outcomes.values())),
            str(sum(count for code, count in self.outcomes.items() if code != "0")),
            f"{median:.1f} s",
            f"{slowest:.1f} s",
            f"{self.first_mb:.0f} MB",
            f"{self.last_mb:.0f} MB",
        )
        return f"| {' | '.join(cells)} |"


def load(
    options: list[str],
    *,
    clients: int = CLIENTS,
    seconds: float | None = SECONDS,
    rounds: int | None = None,
    specimens: Sequence[Specimen] = SPECIMENS,
) -> Load:
    """Serve with these options; let each client send specimens in turn for so long, or so many of them."""
    result, lock = Load(), threading.Lock()
    unread = {each.name for each in specimens}
    over, pause = threading.Event(), threading.Event()
    command = ["serve", "--quota-per-day", "0", *options]
    with started(command) as (process, url):
        _wait_until_ready(url)
        start = time.monotonic()

        def send(number: int) -> None:
            turns = itertools.islice(itertools.cycle(specimens), number, None)
            for turn in itertools.count():
                if over.is_set() or (rounds is not None and turn >= rounds):
                    return
                begun = time.monotonic()
                specimen = next(turns)
                outcome = _ask(url, specimen)
                with lock:
                    unread.discard(specimen.name)
                    result.outcomes[outcome] += 1
                    result.seconds.append(time.monotonic() - begun)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        end = None if seconds is None else start + seconds
        while any(thread.is_alive() for thread in threads):
            if not unread:
                result.memory.append((time.monotonic() - start, tree_mb(process.pid)))
            if end is not None and time.monotonic() >= end:
                over.set()
            pause.wait(_LOOK_SECONDS)
        result.duration = time.monotonic() - start
    result.check()
    return result


def tree_mb(pid: int) -> float:
    """Return the resident memory of a process and its children, in MB; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(tree_mb(child) for child in children)


def _wait_until_ready(url: str) -> None:
    """Wait for the engine, as somebody would who measures: by asking. Ends after two minutes at most."""
    pause = threading.Event()
    for _ in range(240):
        state = requests.get(f"{url}/_emulator/recognizer", timeout=_TIMEOUT).json()
        if state["state"] == "ready":
            return
        if state["state"] == "failed":
            raise RuntimeError(state["message"])
        pause.wait(0.5)
    raise RuntimeError("the recognizer is not ready after two minutes")


def _ask(url: str, specimen: Specimen) -> str:
    """Send a specimen; return the errcode, or what is wrong with the answer."""
    query = {"access_token": f"mock://wx-load-{specimen.key}"}
    files = {"img": ("photo.jpg", specimen.picture)}
    try:
        answer = requests.post(f"{url}/cv/ocr/{specimen.key}", params=query, files=files, timeout=_TIMEOUT)
        reply: dict[str, Any] = answer.json()
    except (requests.RequestException, json.JSONDecodeError) as error:
        return type(error).__name__
    return str(reply["errcode"]) if answer.status_code == 200 else f"HTTP {answer.status_code}"
