"""Measures the servers side by side and prints the table; with ``--write`` also into docs/benchmarks.md."""

from __future__ import annotations

import http.client
import importlib.metadata
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench.servers.probes import PROBES, Running, out_of_descriptors, running
from tests.bench.servers.serve import SERVERS
from tests.bench.timing import machine

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"
SIZES = {"30 KB": (30_000, 200), "1.5 MB": (1_500_000, 60)}
ROUNDS = 7
INSIDE = {
    "ours": "yes; the socket is in the environment",
    "werkzeug": "yes; the socket is in the environment",
    "cheroot": "yes; no socket for faults",
    "waitress": "yes; no socket for faults",
    "gunicorn": "no: a parent and workers; not for Windows",
    "granian": "no: its WSGI runs in worker processes",
    "uvicorn": "yes; no socket for faults",
}
"""Whether it starts in a thread of another program, and lets connection faults reach the socket: from its documents."""


def main(arguments: list[str]) -> int:
    """Measure, print, and write if asked to."""
    names = [name for name in SERVERS if _version(name)]
    missing = sorted(set(SERVERS) - set(names))
    columns: dict[str, dict[str, str]] = {name: {"version": _version(name)} for name in names}
    for name in names:
        for title, probe in PROBES.items():
            with running(name) as server:
                columns[name][title] = probe(server)
        columns[name]["64 descriptors, all taken"] = out_of_descriptors(name)
        columns[name]["inside a process"] = INSIDE[name]
    for title, rates in _uploads(names).items():
        base = rates["werkzeug"]
        for name in names:
            ratio = statistics.median(mine / other for mine, other in zip(rates[name], base, strict=True))
            columns[name][f"uploads of {title}"] = f"{statistics.median(rates[name]):.0f}/s, {ratio:.2f}"
    rows = list(columns[names[0]])
    table = "\n".join(
        [
            f"Measured on {machine()} with `make bench-servers`. Ratios of uploads are to Werkzeug's server.",
            *([f"Not installed: {', '.join(missing)}."] if missing else []),
            "",
            f"| | {' | '.join(names)} |",
            f"| --- |{' --- |' * len(names)}",
            *(f"| {title} | {' | '.join(columns[name][title] for name in names)} |" for title in rows),
        ]
    )
    print(table)
    if arguments == ["--write"]:
        block = re.compile(r"(<!-- servers -->\n).*?(<!-- /servers -->)", re.DOTALL)
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(block.sub(lambda match: match[1] + table + "\n" + match[2], page), encoding="utf-8")
    return 0


def _version(name: str) -> str:
    package = "h11" if name == "ours" else name
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
    return f"h11 {version}" if name == "ours" else version


def _uploads(names: list[str]) -> dict[str, dict[str, list[float]]]:
    """Return uploads per second for each size and server, measured in turn."""
    found: dict[str, dict[str, list[float]]] = {}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(running(name)) for name in names}
        for title, (size, count) in SIZES.items():
            body = b"a" * size
            for server in servers.values():
                _rate(server, body, count)
            rounds = [
                {name: _rate(server, body, count) for name, server in servers.items()} for _ in range(ROUNDS)
            ]
            found[title] = {name: [one[name] for one in rounds] for name in names}
    return found


def _rate(server: Running, body: bytes, count: int) -> float:
    """Send `count` uploads, two at a time; return how many were answered per second."""
    left = threading.Semaphore(count)
    work = _worker(server, body, left)
    threads = [threading.Thread(target=work) for _ in range(2)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - began)


def _worker(server: Running, body: bytes, left: threading.Semaphore) -> Callable[[], None]:
    def work() -> None:
        while left.acquire(blocking=False):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request("POST", "/read", body, {"Connection": "close"})
            if connection.getresponse().read() != str(len(body)).encode():
                raise RuntimeError("an answer was wrong")
            connection.close()

    return work


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
