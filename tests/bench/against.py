"""Whether this tree answers as cheaply as an older one: ``python -m tests.bench.against FOLDER``, its checkout.

Calls from a fixture, with the state in memory and in SQLite. Both trees run at the same time, under this interpreter,
and are measured in turn: the processor time that a server takes for a call, which other work on the machine hardly
changes, unlike calls a second. Linux only.
"""

from __future__ import annotations

import os
import random
import re
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests import processes
from tests.bench import rates
from tests.bench.timing import Pair, in_turn, machine, milliseconds

ROUNDS = 15
SIZE, REQUESTS = "30 KB", 150
STATES = {"memory": (), "SQLite": ("--state", "state")}

_SERVE = ["-m", "cloudbase_ocr", "serve", "--port", "0", "--no-recognizer", "--quota-per-day", "0"]
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def main(arguments: list[str]) -> int:
    """Measure and print."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "emulator").is_dir():
        print(__doc__)
        return 2
    print(f"Measured on {machine()}; load before: {os.getloadavg()[0]:.1f}.")
    trees = [Path(__file__).parents[2], Path(arguments[0]).resolve()]
    for state, options in STATES.items():
        pair = _measure(trees, options)
        ours, theirs = milliseconds(pair.our_median), milliseconds(pair.peer_median)
        print(
            f"state in {state}: {ours} of processor time a call, there {theirs}; here / there {pair.ratio:.2f}"
        )
    return 0


def _measure(trees: list[Path], options: tuple[str, ...]) -> Pair:
    image = random.Random(1).randbytes(rates.SIZES[SIZE])
    with ExitStack() as stack:
        measured = []
        for tree in trees:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            words = [str(folder / word) if word == "state" else word for word in options]
            fixture = str(rates.write_fixtures(folder, [image]))
            path = os.pathsep.join((str(tree / "emulator"), str(tree / "functions")))
            command = [sys.executable, *_SERVE, "--fixture", fixture, *words]
            process = stack.enter_context(
                processes.started(
                    command,
                    seconds=600,
                    env=os.environ | {"PYTHONPATH": path},
                    stderr=stack.enter_context((folder / "log").open("w")),
                )
            )
            found = re.search(r":(\d+)", process.stdout.readline())
            assert found, (folder / "log").read_text()
            measured.append(partial(_seconds_a_call, process.pid, int(found[1]), image))
        ours, theirs = measured
        return in_turn(ours, theirs, ROUNDS)


def _seconds_a_call(pid: int, port: int, image: bytes) -> float:
    before = _processor_seconds(pid)
    rates.rate(port, image, REQUESTS, rates.NAME)
    return (_processor_seconds(pid) - before) / REQUESTS


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
