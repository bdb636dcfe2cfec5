"""``python -m tests.soak [TIMES] [--write]``: kill the recorder and the emulator, and let eight clients send pictures.

Both are killed 100 times (or TIMES), and what is lost is counted. Then 1,000 calls of functions that crash, hang and
fork may leave no process, nor may the kills of their emulators. The clients send for two minutes, once to a recognizer
in the emulator's process and once to two workers; every picture has to be answered, and memory has to stay flat. With
``--write`` the figures of functions and clients go to docs/robustness.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.soak import page
from tests.soak.clients import CLIENTS, SECONDS, load
from tests.soak.functions import CALLS, HEAD, ROUNDS, crash_functions
from tests.soak.kills import kill_emulator, kill_recorder

_HEAD = """| Read in | Time | Pictures answered | Not with success | Median | Slowest | Memory at first | At the end |
| --- | --- | --- | --- | --- | --- | --- | --- |"""
_HOW: dict[str, list[str]] = {
    "the emulator's process": [],
    "two workers": ["--recognizer-workers", "2"],
}


def main() -> int:
    """Run everything; return 1 when something was lost, not answered, or grew."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("times", nargs="?", type=int, default=100, help="kills of each")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long the clients send")
    parser.add_argument("--write", action="store_true", help="write docs/robustness.md")
    arguments = parser.parse_args()
    problems = _kills(arguments.times)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # where functions may write
        crashes = crash_functions(CALLS, ROUNDS, Path(folder), seed=arguments.times)
    problems += _told("functions", str(crashes), crashes.problems)
    rows = [_HEAD]
    for how, options in _HOW.items():
        result = load(options, seconds=arguments.seconds)
        rows.append(result.row(how))
        problems += _told(f"{CLIENTS} clients, {how}", rows[-1], result.problems)
    if arguments.write:
        page.write("functions", f"{HEAD}\n{crashes.row()}")
        page.write("clients", "\n".join(rows))
    return 1 if problems else 0


def _kills(times: int) -> int:
    problems = 0
    for title, run in (("record", kill_recorder), ("serve --state", kill_emulator)):
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            result = run(times, Path(folder), seed=times)
        problems += _told(title, f"{result} ({time.monotonic() - start:.0f} s)", result.problems)
    return problems


def _told(title: str, outcome: str, problems: list[str]) -> int:
    print(f"{title}: {outcome}", flush=True)
    for problem in problems:
        print("  " + problem)
    return len(problems)


if __name__ == "__main__":
    sys.exit(main())
