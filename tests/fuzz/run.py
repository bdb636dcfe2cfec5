"""Sends mutated requests and judges what comes back."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import Seeds
from tests.fuzz.targets import Target, Usage

HANG_SECONDS = 5.0
RESET = b"POST /_emulator/reset HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
_TURNING = (
    "/_emulator/faults",
    "/_emulator/fail",
    "/_emulator/scenarios",
    "/_emulator/reply",
    "/_emulator/clock",
)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_MOST_FAILURES = 20


@dataclass
class Tally:
    """What happened to the requests of one part: statuses, the slowest in seconds, harm, and what the server used."""

    name: str
    routes: int = 0
    sent: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    harm: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    usage: dict[int, Usage] = field(default_factory=dict)

    def fail(self, kind: str, request: bytes) -> None:
        """Count harm, and keep the first requests that did it."""
        self.harm[kind] += 1
        if len(self.failures) < _MOST_FAILURES:
            self.failures.append(f"{kind}: {request[:300]!r}")


def run(
    name: str,
    target: Target,
    seeds: Seeds,
    routes: Sequence[tuple[str, str]],
    count: int,
    random: Random,
    *,
    reset: Callable[[], object],
    passes_on: bool = False,
) -> Tally:
    """Send `count` mutated requests, route by route in turn; `reset` brings back what a fresh start has.

    A server that `passes_on` may answer 502 and 504: what it asks has failed.
    """
    tally = Tally(name, len(set(routes)))
    marks = {count * tenth // 10 for tenth in (1, 4, 7, 10)}
    began = time.monotonic()
    for number in range(count):
        rule, method = routes[number % len(routes)]
        request = mutated(seeds.seed(rule, method), random)
        _judge(target, request, tally, passes_on=passes_on)
        if rule.startswith(_TURNING):
            reset()
        if number + 1 in marks:
            reset()
            tally.usage[number + 1] = _settled(target)
    tally.sent, tally.seconds = count, time.monotonic() - began
    tally.harm["traceback in the log"] += target.tracebacks()
    tally.harm += Counter()  # leaves out what is zero
    return tally


def exchange(port: int, request: bytes) -> tuple[bytes, bool]:
    """Send a request, close the sending side, and return what comes back, and whether it came in time."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG_SECONDS) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        try:
            while piece := connection.recv(65536):
                answer += piece
        except TimeoutError:
            return answer, False
        except ConnectionError:
            return answer, True
    return answer, True


def _judge(target: Target, request: bytes, tally: Tally, *, passes_on: bool) -> None:
    began = time.monotonic()
    try:
        answer, in_time = exchange(target.port, request)
    except OSError:
        tally.fail("not reached", request)
        return
    tally.slowest = max(tally.slowest, time.monotonic() - began)
    if not in_time:
        tally.fail(f"no end within {HANG_SECONDS:.0f} s", request)
        return
    final = re.sub(rb"\AHTTP/1\.1 100 Continue\r\n\r\n", b"", answer)
    status = _STATUS.match(final)
    if status is None:
        # Nothing but empty lines asks for nothing.
        if request.strip(b"\r\n"):
            tally.fail("no answer", request)
        return
    code = int(status[1])
    tally.statuses[code] += 1
    if code >= 500 and not (passes_on and code in {502, 504}):
        tally.fail(f"status {code}", request)


def _settled(target: Target) -> Usage:
    """Return what the server uses when its threads have had time to end: at least, of a few looks."""
    looks = []
    for _ in range(4):
        looks.append(target.usage())
        time.sleep(0.5)
    return min(looks, key=lambda usage: (usage.threads, usage.descriptors))
