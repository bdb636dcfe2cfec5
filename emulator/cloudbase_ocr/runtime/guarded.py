"""Function processes on Linux: a guardian starts them, and nothing they start outlives them (see ``guardian.py``).

The emulator itself, which may be somebody's pytest, becomes no subreaper and gets no children but the guardian, no
signals, no zombies and no threads.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from array import array
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cloudbase_ocr.runtime.memory import TreeMemory
from cloudbase_ocr.runtime.processes import CHUNK, REAP_SECONDS, inherited_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Imported, and not run as a script, which would be compiled each time; and after the library's own modules.
_PROGRAM = f"import sys; sys.path.append({str(Path(__file__).parent)!r}); import guardian; guardian.main()"
_START_SECONDS = 20.0
_GONE = "the process that starts the functions was killed, and the one in its place, too; call again"
# The most that a pipe holds, unless an administrator allows more.
_PIPE_BYTES = 1024 * 1024


class GuardianGone(OSError):
    """Somebody has killed the guardian."""


class Guardian:
    """The guardian process of one runtime: started with its first function, and anew when it was killed."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._owner = os.getpid()
        self._closed = False

    def start(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> GuardedProcess:
        """Start a function.

        Raises:
            OSError: it cannot be started, or :meth:`close` was called.
        """
        request = _encode(command, cwd, env)
        try:
            return GuardedProcess(self._connection(), request)
        except GuardianGone:
            return GuardedProcess(self._connection(), request)

    def close(self) -> None:
        """End the guardian, and with it whatever may be left below it."""
        with self._lock:
            self._closed = True
            process = self._let_go()
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(REAP_SECONDS)

    def _connection(self) -> socket.socket:
        with self._lock:
            if self._closed:
                raise OSError("the emulator is shutting down")
            gone = self._process is None or self._owner != os.getpid() or self._process.poll() is not None
            if gone or self._requests is None:
                self._let_go()
                self._process, self._requests = _start_guardian()
                self._owner = os.getpid()
            return self._requests

    def _let_go(self) -> subprocess.Popen[bytes] | None:
        """Hang up; return the process, if it is ours: after a fork it is the parent's, and stays."""
        process, requests = self._process, self._requests
        self._process = self._requests = None
        ours = self._owner == os.getpid()
        if requests is not None:
            if ours:
                with suppress(OSError):
                    requests.shutdown(socket.SHUT_RDWR)
            requests.close()
        if process is not None and not ours:
            process.returncode = 0  # or it would warn that it was left alone
        return process if ours else None


class GuardedProcess:
    """A function that the guardian has started."""

    def __init__(self, requests: socket.socket, request: bytes) -> None:
        """Start it.

        Raises:
            GuardianGone: it was killed.
            OSError: the function cannot be started.
        """
        self._line, theirs = socket.socketpair()
        self._lock = threading.Lock()
        input_end, self._input_end = os.pipe()
        self._output, output_end = os.pipe()
        try:
            with theirs:
                descriptors = array("i", [theirs.fileno(), input_end, output_end])
                _ask(requests, descriptors)
            keeper = _start(self._line, request)
        except BaseException:
            self._line.close()
            os.close(self._input_end)
            os.close(self._output)
            raise
        finally:
            os.close(input_end)
            os.close(output_end)
        self.stdin: IO[bytes] = os.fdopen(self._input_end, "wb")
        self._memory = TreeMemory(keeper)
        self._everything_ended = False
        self._rest = _PIPE_BYTES  # to be read after that
        self._read_to_the_end = False

    def read(self) -> bytes:
        """Wait for what it prints; after :meth:`kill`, not for others who may have got hold of its output."""
        try:
            chunk = os.read(self._output, CHUNK) if self._rest > 0 else b""
        except BlockingIOError:
            return b""
        if self._everything_ended:
            os.set_blocking(self._output, False)
            self._rest -= len(chunk)
        return chunk

    def finish_reading(self) -> None:
        """Close its output."""
        with self._lock:
            self._read_to_the_end = True
            os.close(self._output)

    def running(self) -> bool:
        """Look whether the keeper has said something: it does so when the function ends, and never before."""
        try:
            self._line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def memory(self, known: int) -> int:
        """Add up what all of its processes use."""
        return self._memory.look(known)

    def kill(self) -> None:
        """Let the keeper kill everything."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_WR)
            self._line.settimeout(REAP_SECONDS)
            while self._line.recv(64):
                pass
        self._line.close()
        self._everything_ended = True
        with self._lock:
            if not self._read_to_the_end:
                self._wake_reader()

    def _wake_reader(self) -> None:
        """Write a line end to the output, after which nobody looks: the reader may wait for somebody who holds it."""
        with suppress(OSError):  # so full that the reader is awake
            writer = os.open(f"/proc/self/fd/{self._output}", os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(writer, b"\n")
            finally:
                os.close(writer)


def _start_guardian() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 - nothing comes from outside
                # Without site-packages, and whatever the environment says: it starts faster, and needs nothing.
                [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, str(theirs.fileno()), str(os.getpid())],
                cwd="/",
                env=inherited_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
    return process, ours


def _encode(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> bytes:
    pairs = [f"{name}={value}" for name, value in env.items()]
    parts = [os.fsencode(part) for part in (str(cwd), str(len(command)), *command, *pairs)]
    if any(b"\0" in part for part in parts):
        # As subprocess says it.
        raise ValueError("embedded null byte")
    body = b"\0".join(parts)
    return len(body).to_bytes(4, "big") + body


def _ask(requests: socket.socket, descriptors: array[int]) -> None:
    try:
        requests.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    except OSError as error:
        raise GuardianGone(_GONE) from error


def _start(line: socket.socket, request: bytes) -> int:
    """Send a request; return the keeper's process ID."""
    line.settimeout(_START_SECONDS)
    with suppress(BrokenPipeError):  # the answer says why
        line.sendall(request)
    answer = b""
    while not answer.endswith(b"\n"):
        try:
            # Not more than the answer: what follows it, perhaps at once, tells of the end.
            chunk = line.recv(1)
        except ConnectionResetError:
            chunk = b""
        if not chunk:
            raise GuardianGone(_GONE)
        answer += chunk
    line.settimeout(None)
    if answer.startswith(b"!"):
        number, _, name = answer[1:-1].partition(b" ")
        raise OSError(int(number), os.strerror(int(number)), os.fsdecode(name) or None)
    return int(answer)
