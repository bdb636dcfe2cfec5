"""What a server has to do, each asked over a raw socket of a server in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SLOW = 1000
SECONDS = 15.0
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n"
FRAMES = {
    "chunk extensions": (
        HEAD % (b"/read", b"Transfer-Encoding: chunked\r\n") + b"3;a=b\r\nabc\r\n0\r\n\r\n",
        True,
    ),
    "trailers": (
        HEAD % (b"/read", b"Transfer-Encoding: chunked\r\n") + b"3\r\nabc\r\n0\r\nX: 1\r\n\r\n",
        True,
    ),
    "an empty line in front": (b"\r\n" + HEAD % (b"/read", b"Content-Length: 3\r\n") + b"abc", True),
    "two lengths": (HEAD % (b"/read", b"Content-Length: 3\r\nContent-Length: 4\r\n") + b"abcd", False),
    "xchunked": (HEAD % (b"/read", b"Transfer-Encoding: xchunked\r\n") + b"0\r\n\r\n", False),
    "no HTTP": (b"\x16\x03\x01\x02\x00garbage\r\n\r\n", False),
}


@dataclass(frozen=True)
class Running:
    """A server in its process."""

    process: subprocess.Popen[bytes]
    port: int

    def connect(self) -> socket.socket:
        """Return a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def ask(self, data: bytes) -> bytes:
        """Send raw bytes, and return the answer, as far as one comes."""
        received = b""
        with suppress(OSError), self.connect() as connection:
            connection.settimeout(3)
            connection.sendall(data)
            while b"\r\n\r\n" not in received and (piece := connection.recv(65536)):
                received += piece
        return received


@contextmanager
def running(name: str, descriptors: int = 0) -> Iterator[Running]:
    """Start a server; with at most so many `descriptors`, if it says so."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.bench.servers.serve", name, str(port)]
    if descriptors:
        command = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    server = Running(process, port)
    try:
        end = time.monotonic() + SECONDS
        while not server.ask(HEALTH):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{name} did not start")
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(SECONDS)


def expects(server: Running) -> str:
    """How soon 100 Continue comes, and how often."""
    with server.connect() as connection:
        connection.settimeout(2)
        connection.sendall(HEAD % (b"/read", b"Content-Length: 3\r\nExpect: 100-continue\r\n"))
        began = time.monotonic()
        try:
            first = connection.recv(4096)
        except TimeoutError:
            first = b""
        took = time.monotonic() - began
        connection.sendall(b"abc")
        with suppress(TimeoutError):
            while b" 200 " not in first and (piece := connection.recv(4096)):
                first += piece
    count = first.count(b"100 Continue")
    return f"{count} time{'s' * (count != 1)}, {took * 1000:.0f} ms" if took < 2 else "not before the body"


def _health(server: Running) -> str:
    """How soon health is answered, at best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.monotonic()
        if server.ask(HEALTH).startswith(b"HTTP/1.1 200"):
            best = min(best, time.monotonic() - began)
    return f"{best * 1000:.0f} ms" if best < float("inf") else "none in 3 s"


def _among(server: Running, data: bytes) -> str:
    with ExitStack() as stack, suppress(OSError):
        for _ in range(SLOW):
            stack.enter_context(server.connect()).sendall(data)
        return _health(server)
    return "refuses connections"


def dribbling_heads(server: Running) -> str:
    """Health while 1,000 connections have sent half a head."""
    return _among(server, b"POST /read HTTP/1.1\r\nHo")


def dribbling_bodies(server: Running) -> str:
    """Health while 1,000 connections send bodies that the application does not want."""
    return _among(server, HEAD % (b"/unread", b"Content-Length: 1000\r\n") + b"a")


def frames(server: Running) -> str:
    """Which rules of RFC 9112 it keeps: what is legal gets 200, what is not gets 4xx or 501."""
    wrong = []
    for name, (data, legal) in FRAMES.items():
        answer = server.ask(data)
        good = answer.startswith(b"HTTP/1.1 200") if legal else answer[9:10] == b"4" or answer[9:12] == b"501"
        if not good:
            wrong.append(name)
    return "all" if not wrong else "not: " + ", ".join(wrong)


def over_the_bound(server: Running) -> str:
    """Whether 40 MB that the application leaves unread are answered, and not cut."""
    size = 40_000_000
    try:
        with server.connect() as connection:
            connection.sendall(HEAD % (b"/unread", b"Content-Length: %d\r\n" % size))
            for _ in range(size // 1_000_000):
                connection.sendall(b"a" * 1_000_000)
            return "answered" if connection.recv(4096).startswith(b"HTTP/1.1 200") else "cut"
    except OSError:
        return "cut"


def sigterm(server: Running) -> str:
    """How many of four requests under way are answered after SIGTERM."""
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(server.ask(HEAD % (b"/slow", b"")))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    # Long enough for all four to be inside, and short enough for none to be over.
    threading.Event().wait(0.4)
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(SECONDS)
    return f"{sum(answer.startswith(b'HTTP/1.1 200') for answer in answers)} of 4"


def out_of_descriptors(name: str) -> str:
    """How much of a core it uses when its descriptors are used up by idle connections, and whether it still answers."""
    with running(name, descriptors=64) as server, ExitStack() as stack:
        for _ in range(100):
            with suppress(OSError):
                stack.enter_context(server.connect())
        before = _processor_time(server.process.pid)
        began = time.monotonic()
        answer = _health(server)
        threading.Event().wait(max(0.0, 2 - (time.monotonic() - began)))
        used = (_processor_time(server.process.pid) - before) / (time.monotonic() - began)
    return f"{used:.0%} of a core, health {answer}"


def _processor_time(leader: int) -> float:
    """Return the seconds of processor that a session's processes have used."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


PROBES: dict[str, Callable[[Running], str]] = {
    "100 Continue": expects,
    f"health beside {SLOW:,} half heads": dribbling_heads,
    f"health beside {SLOW:,} unwanted bodies": dribbling_bodies,
    "RFC 9112": frames,
    "40 MB unread": over_the_bound,
    "SIGTERM with 4 under way": sigterm,
}
