"""One instance: a process that has loaded one function and answers one event at a time."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.runtime.channel import Channel, ChannelClosed, Listener
from cloudbase_ocr.runtime.debugger import NOT_DEBUGGED, Debugger
from cloudbase_ocr.runtime.errors import (
    FunctionFailed,
    FunctionTimedOut,
    InstanceExited,
    InvocationError,
    LoadFailed,
    LoadTimedOut,
    MemoryExceeded,
    ResultTooLarge,
)
from cloudbase_ocr.runtime.logs import LogPipe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cloudbase_ocr.runtime.processes import Starter

_MEGABYTE = 1024 * 1024
_LOG_SECONDS = 1.0


@dataclass(frozen=True)
class InstanceSpec:
    """How to start an instance: a command that speaks the protocol of bootstrap.py, in any language.

    `boot` is what the process reads from standard input; `init_limit` is in seconds, `memory` in MB. `set_by` tells
    which file sets a limit, by the limit's key. While the `debugger` is attached, no limit holds.
    """

    command: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    boot: Mapping[str, Any]
    memory: int
    init_limit: float
    set_by: Mapping[str, str] = field(default_factory=dict)
    debugger: Debugger = NOT_DEBUGGED


@dataclass
class Outcome:
    """What one call gave: either `result` (JSON text) or `error`. `memory` is the highest seen, in bytes."""

    result: str | None = None
    error: InvocationError | None = None
    printed: bytes = b""
    duration: float = 0.0
    memory: int = 0


INSTANCE = "{instance}"
"""Stands for the instance's own ID in the values of its environment variables."""


class Instance:
    """A running process with its connection and its log."""

    def __init__(self, spec: InstanceSpec, starter: Starter) -> None:
        """Start the process; :meth:`load` has to follow."""
        self.id = secrets.token_hex(8)
        self.alive = True
        self._killed = False
        self._spec = spec
        self._mark = f"\x00{secrets.token_hex(8)}\x00\n"
        self._peak = 0
        self._channel: Channel | None = None
        self._listener = Listener()
        env = {name: value.replace(INSTANCE, self.id) for name, value in spec.env.items()}
        try:
            self._process = starter.start(spec.command, cwd=spec.cwd, env=env)
        except BaseException:
            self._listener.close()
            raise
        self._log = LogPipe(self._process.read, self._process.finish_reading)

    def load(self) -> None:
        """Wait until the function is imported.

        Raises:
            LoadFailed: it cannot be imported, or has no such handler.
            LoadTimedOut: importing took longer than `init_limit`.
            InstanceExited: the process ended meanwhile.
        """
        deadline = time.monotonic() + self._spec.init_limit + self._spec.debugger.start_seconds
        try:
            self._write_boot()
            self._channel = self._listener.accept(deadline, self.usable)
            message = self._receive(self._channel, deadline, self._spec.init_limit)
            if message.get("type") == "debugger":
                message = self._let_debugger_in(self._channel, message)
        except TimeoutError:
            raise LoadTimedOut(
                f"Initializing function timed out after {self._spec.init_limit:g} seconds",
                hint="importing the handler's module takes too long. The limit is the emulator's own choice.",
            ) from None
        except ChannelClosed:
            raise InstanceExited(
                "User process exit when running",
                hint="the process ended while it imported the handler's module.",
            ) from None
        finally:
            self._listener.close()
            if not self.alive and self._channel is not None:
                # Killed by another thread while this one was waiting for the connection.
                self._channel.close()
        if message.get("type") != "ready":
            raise LoadFailed(str(message.get("message")))

    def call(
        self,
        request_id: str,
        event: bytes,
        context: Mapping[str, Any],
        limit: float,
        failing: InvocationError | None = None,
    ) -> Outcome:
        """Send one event and wait `limit` seconds for its result; after a fault the process is gone.

        `failing` ends the call as soon as the event is sent, and kills the process.
        """
        outcome = Outcome()
        self._peak = 0
        started = time.monotonic()
        try:
            message = self._exchange(request_id, event, context, limit, failing)
            outcome.duration = time.monotonic() - started
            self._read(message, outcome)
        except InvocationError as error:
            outcome.duration = time.monotonic() - started
            outcome.error = error
        except TimeoutError:
            outcome.duration = limit
            outcome.error = FunctionTimedOut(
                f"Invoking task timed out after {limit:g} seconds",
                hint=f'the limit is "timeout" in {self._file("timeout")}, in seconds; without it, it is 3 at WeChat.',
            )
        except ChannelClosed:
            outcome.duration = time.monotonic() - started
            outcome.error = InstanceExited(
                "User process exit when running",
                hint="the function ended its own process (sys.exit, os._exit, a crash).",
            )
        if isinstance(outcome.error, (FunctionFailed, ResultTooLarge, type(None))):
            self._look_at_memory()
            outcome.printed = self._log.take(self._mark.encode(), _LOG_SECONDS)
        else:
            outcome.printed = self.kill()
        outcome.memory = self._peak
        return outcome

    def printed(self) -> bytes:
        """Return what the call under way has printed so far."""
        return self._log.so_far()

    def kill(self) -> bytes:
        """End the process and everything it started; return what it had printed."""
        self.alive = False
        if self._killed:
            return b""
        self._killed = True
        # Before it is gone: a debugger that is told to come back must find the next one.
        self._spec.debugger.closed()
        # First of all: a process that sees its connection close ends itself, and its children would get away.
        self._process.kill()
        self._listener.close()
        if self._channel is not None:
            self._channel.close()
        if not self._process.stdin.closed:
            _close_quietly(self._process.stdin)
        return self._log.take_rest(_LOG_SECONDS)

    def usable(self) -> bool:
        """Tell whether it can take another event."""
        # The connection tells of an end at once; the process is a moment later seen to be gone.
        return self.alive and self._process.running() and (self._channel is None or self._channel.is_quiet())

    def _write_boot(self) -> None:
        boot = {
            "host": self._listener.host,
            "port": self._listener.port,
            "token": self._listener.token,
            "log_mark": self._mark,
            **self._spec.boot,
        }
        try:
            self._process.stdin.write(json.dumps(boot).encode() + b"\n")
            self._process.stdin.close()
        except OSError as error:
            raise ChannelClosed from error

    def _exchange(
        self,
        request_id: str,
        event: bytes,
        context: Mapping[str, Any],
        limit: float,
        failing: InvocationError | None,
    ) -> dict[str, Any]:
        if self._channel is None:
            raise ChannelClosed
        deadline = time.monotonic() + limit
        head = json.dumps({"type": "invoke", "id": request_id, "context": context}).encode()
        # The event is JSON text already: put it in as it is, and do not serialise 6 MB twice.
        self._channel.send(head[:-1] + b', "event": ' + event + b"}", deadline)
        if failing is not None:
            raise failing
        message = self._receive(self._channel, deadline, limit)
        if message.get("id") != request_id:
            raise ChannelClosed
        return message

    def _receive(self, channel: Channel, deadline: float, limit: float) -> dict[str, Any]:
        """Wait for the next message; a deadline that passes while a debugger is attached is `limit` seconds later."""
        while True:
            try:
                return channel.receive(deadline, self._watch_memory)
            except TimeoutError:  # noqa: PERF203 - once in a time limit
                if not self._spec.debugger.attached:
                    raise
                deadline = time.monotonic() + limit

    def _let_debugger_in(self, channel: Channel, message: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a process that awaits debuggers before it loads its function; return what it says next."""
        limit = self._spec.init_limit
        wait = self._spec.debugger.opened(int(message["port"]), self.usable)
        channel.send(json.dumps({"type": "go", "wait": wait}).encode(), time.monotonic() + limit)
        return self._receive(channel, time.monotonic() + limit, limit)

    def _read(self, message: dict[str, Any], outcome: Outcome) -> None:
        kind = message.get("type")
        if kind == "result" and isinstance(message.get("result"), str):
            outcome.result = message["result"]
        elif kind == "error":
            outcome.error = FunctionFailed(
                "user code exception caught",
                stack=str(message.get("stack")),
                hint=str(message.get("message")),
            )
        elif kind == "too_large":
            outcome.error = ResultTooLarge(
                "The size of response exceeds the upper limit (6MB)",
                hint=f"the result has {message.get('size')} bytes. Store it, and return a fileID or a URL.",
            )
        else:
            raise ChannelClosed
        if message.get("spent"):
            self.alive = False

    def _watch_memory(self) -> None:
        self._look_at_memory()
        if self._peak > self._spec.memory * _MEGABYTE and not self._spec.debugger.attached:
            raise MemoryExceeded(
                f"Task memory exceeded {self._spec.memory} MB",
                hint=f'the limit is "memorySize" in {self._file("memorySize")}, in MB; 256 when it is missing.',
            )

    def _file(self, key: str) -> str:
        return self._spec.set_by.get(key, "config.json")

    def _look_at_memory(self) -> None:
        self._peak = max(self._peak, self._process.memory(self._peak))


def _close_quietly(stream: Any) -> None:
    try:
        stream.close()
    except OSError:
        # What was still to be written to a process that is gone.
        return
