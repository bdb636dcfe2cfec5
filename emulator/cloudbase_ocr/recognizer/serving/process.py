"""One worker process seen from the emulator: started, asked, ended hard when it has to be."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.errors import EngineUnavailable, RecognitionError, TookTooLong, WorkerLost
from cloudbase_ocr.recognizer.serving import worker
from cloudbase_ocr.recognizer.serving.protocol import receive, send, unpacked, unpacked_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.recognizer.evidence import Explanation

_START_SECONDS = 120.0
_END_SECONDS = 5.0
# A worker stops by itself at the limit, between two stages; this much later it is killed.
GRACE = 1.0


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker is told at its start; `memory` is in megabytes, `limit` in seconds.

    `weights` is the folder with the networks of the user's choice; None for the default ones.
    """

    threads: int
    max_pixels: int
    limit: float | None
    memory: int | None
    weights: str | None = None


class NeverAsked(WorkerLost):
    """The process was gone before it had the picture, which another one can read."""


class WorkerProcess:
    """A child process that reads one picture at a time."""

    def __init__(self, settings: WorkerSettings) -> None:
        """Start it; it loads its engine meanwhile."""
        self._settings = settings
        self._replies: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._ready = self._late = False
        self.stage: str | None = None
        self._process = subprocess.Popen(  # noqa: S603 - the command is this interpreter
            command_of(worker.__name__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        threading.Thread(target=self._listen, name="recognizer-worker", daemon=True).start()
        with suppress(OSError):
            self._send(asdict(settings))

    @property
    def pid(self) -> int:
        """The process's ID."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Wait until its engine is loaded. Raises `EngineUnavailable`, or what else kept it from that."""
        if self._ready:
            return
        with self._killed_after(_START_SECONDS):
            reply = self._replies.get()
        if reply is None:
            raise EngineUnavailable(
                _("the worker process did not load the recognizer: {end}").format(end=self._end())
            )
        if "failed" in reply:
            self.kill()
            raise unpacked_error(reply["failed"])
        self._ready = True

    def explain(self, key: str | None, image: bytes, *, identify: bool) -> Explanation:
        """Read one picture. Raises what a recognizer raises, and `WorkerLost` when the process ended."""
        limit = self._settings.limit
        try:
            with self._killed_after(None if limit is None else limit + GRACE):
                try:
                    self._send({"key": key, "identify": identify}, image)
                except OSError as error:
                    lost = self._lost()
                    raise (NeverAsked(str(lost)) if isinstance(lost, WorkerLost) else lost) from error
                begun = False
                while (reply := self._replies.get()) is not None:
                    begun = True
                    if "done" in reply:
                        return unpacked(reply["done"])
                    if "failed" in reply:
                        raise unpacked_error(reply["failed"])
                    self.stage = reply.get("stage")
        finally:
            self.stage = None
        lost = self._lost()
        # A small picture fits into the pipe of a process that is dying: without a word it was not begun.
        raise NeverAsked(str(lost)) if isinstance(lost, WorkerLost) and not begun else lost

    def kill(self) -> None:
        """End it, now; may be called more than once, and from another thread than the one that asks."""
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def _send(self, message: dict[str, Any], data: bytes = b"") -> None:
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            raise BrokenPipeError
        send(pipe, message, data)

    @contextmanager
    def _killed_after(self, seconds: float | None) -> Iterator[None]:
        """Kill the process when what is inside takes longer; its pipes end then, and so does whoever waits for them."""
        if seconds is None:
            yield
            return
        timer = threading.Timer(seconds, self._kill_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _kill_late(self) -> None:
        self._late = True
        self._process.kill()

    def _lost(self) -> RecognitionError:
        """Return why there was no answer; the process is gone then."""
        end = self._end()
        if self._late:
            return TookTooLong(
                _(
                    "the picture took longer than the limit of {limit:g} s, and the worker process that read "
                    "it was ended; send a smaller one, or raise the limit"
                ).format(limit=self._settings.limit)
            )
        return WorkerLost(
            _("the worker process that read the picture ended: {end}; another one takes its place").format(
                end=end
            )
        )

    def _end(self) -> str:
        """End the process if it is not gone, and tell how it ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        code = self._process.poll()
        self.kill()
        if code is None or self._late:
            return _("it did not answer")
        if code == worker.OUT_OF_MEMORY:
            return _("it took more than {memory} MB of memory").format(memory=self._settings.memory)
        return how_ended(code)

    def _listen(self) -> None:
        pipe = self._process.stdout
        if pipe is not None:
            with pipe:
                while (message := receive(pipe)) is not None:
                    self._replies.put(message[0])
        self._replies.put(None)


def command_of(module: str) -> list[str]:
    """Return the command of a child process that runs the function `main` of a module."""
    # Runs before the working directory, which -c puts in front, can offer a module of its own.
    start = f"import sys; sys.path[:] = sys.argv[1:]; from {module} import main; main()"
    return [sys.executable, "-c", start, *sys.path]


def how_ended(code: int) -> str:
    """Return in words how a process ended, by its exit code."""
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
