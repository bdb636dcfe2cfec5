"""``--debug-port``: a port of 127.0.0.1 for each function, where VS Code, PyCharm or Chrome attach to its process.

Python functions are debugged by debugpy, Node.js functions by their own inspector. Each process opens a port of its own
for that; the one that is told to people stays the same while processes come and go.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _
from cloudbase_ocr.runtime.debug_sessions import LOOPBACK, AdapterSession, InspectorSession, Session
from cloudbase_ocr.runtime.debugger import NOT_DEBUGGED, Debugger, Debugging
from cloudbase_ocr.runtime.languages import NODE, PYTHON, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudbase_ocr.runtime.function_folders import FunctionInfo

LOGGER_NAME = "cloudbase_ocr.debug"
RETURN_SECONDS = 10.0
"""How long the next process waits for a debugger whose process has ended: it has to connect again by itself."""

_REMEDY = "pip install 'cloudbase-ocr[debug]'"
_HIGHEST_PORT = 65535
_LOOK_SECONDS = 0.25
_SPEAKS = {PYTHON: "debugpy", NODE: "Node.js inspector"}


class DebugPorts(Debugging):
    """A port for each function: the first one named, and those after it, in the order of the functions' names."""

    def __init__(self, first: int, *, wait: bool = False, only: str | None = None) -> None:
        """Open nothing yet.

        With `first` 0 each function gets a free port. With `wait` a process that starts waits for its debugger. `only`
        is the one function that is debugged; without it, all are.
        """
        self._first = first
        self._wait = wait
        self._only = only
        self._lock = threading.Lock()
        self._ports: dict[str, DebugPort] = {}
        self._refused: set[str] = set()
        self._closed = False

    def prepare(self, functions: Sequence[FunctionInfo]) -> None:
        """Open the ports of all functions there are.

        Raises:
            ValueError: one is taken, or debugpy is not installed.
        """
        try:
            for info in functions:
                if info.runnable and self._only in (None, info.name):
                    self._open(info)
        except BaseException:
            self.close()
            raise

    def of(self, info: FunctionInfo) -> Debugger:
        """Return the port of a function; one that came later gets the next one, if that is free."""
        if self._only not in (None, info.name):
            return NOT_DEBUGGED
        with self._lock:
            if self._closed or info.name in self._refused:
                return NOT_DEBUGGED
            try:
                port = self._ports.get(info.name) or self._open(info)
            except ValueError as error:
                self._refused.add(info.name)
                logging.getLogger(LOGGER_NAME).warning("%s is not debugged: %s", info.name, error)
                return NOT_DEBUGGED
        port.language = info.language
        return port

    def lines(self) -> list[str]:
        """Return a line for each port."""
        return [port.line for port in self._ports.values()]

    def close(self) -> None:
        """Close all ports and hang up."""
        with self._lock:
            self._closed = True
            ports = list(self._ports.values())
        for port in ports:
            port.close()

    def _open(self, info: FunctionInfo) -> DebugPort:
        if info.language is PYTHON:
            _debugpy()
        number = self._first and self._first + len(self._ports)
        port = DebugPort(info.name, info.language, number, wait=self._wait)
        self._ports[info.name] = port
        return port


class DebugPort(Debugger):
    """The port of one function, which has one process at a time as long as there is a port."""

    start_seconds = 60.0

    def __init__(self, name: str, language: Language, number: int, *, wait: bool) -> None:
        """Listen; 0 is any free port.

        Raises:
            ValueError: the port is taken, or there is no such port.
        """
        if number > _HIGHEST_PORT:
            raise ValueError(
                _("--debug-port: the ports end at {highest_port}, before that of {name}; begin lower").format(
                    highest_port=_HIGHEST_PORT, name=name
                )
            )
        try:
            self._socket = socket.create_server((LOOPBACK, number))
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise ValueError(
                _(
                    "--debug-port: port {number} of {loopback}, for {name}, cannot be listened on ({why}); "
                    "choose another first port, or 0 for free ones"
                ).format(number=number, loopback=LOOPBACK, name=name, why=why)
            ) from error
        self.number: int = self._socket.getsockname()[1]
        self.language = language
        self._name = name
        self._wait = wait
        self._process: int | None = None
        self._returns_until = 0.0
        self._closing = False
        self._sessions: set[Session] = set()
        self._changed = threading.Condition()
        threading.Thread(target=self._accept, name="debug-port", daemon=True).start()

    @property
    def line(self) -> str:
        """Where it is, in one line."""
        return f"debug {self._name}: {LOOPBACK}:{self.number} ({_SPEAKS[self.language]})"

    @property
    def attached(self) -> bool:
        """Whether a debugger has connected and goes on."""
        with self._changed:
            return any(session.attached for session in self._sessions)

    @property
    def expected(self) -> bool:
        """Whether one is attached, comes back after the end of its process, or is always waited for."""
        return self.attached or self._is_awaited()

    def instances(self, usual: int) -> int:  # noqa: ARG002 - a debugger stops one process
        """Return 1."""
        return 1

    def command(self, command: Sequence[str]) -> tuple[str, ...]:
        """Let Node.js open its inspector, and say nothing of it in the function's log."""
        if self.language is NODE:
            return (command[0], f"--inspect={LOOPBACK}:0", "--inspect-publish-uid=http", *command[1:])
        # debugpy warns of modules that it cannot stop in.
        return (command[0], "-X", "frozen_modules=off", *command[1:])

    def boot(self) -> Mapping[str, Any]:
        """Name debugpy's folder, which is on no search path of the function."""
        return {"debug": {"debugpy": None if self.language is NODE else str(_debugpy())}}

    def opened(self, port: int, still_wanted: Callable[[], bool]) -> bool:
        """Connect every debugger that is there, and wait for one that is expected."""
        with self._changed:
            self._process = port
            sessions = list(self._sessions)
        for session in sessions:
            session.connect(port)
        if not self.attached and self._wait:
            logging.getLogger(LOGGER_NAME).warning(
                "%s waits for a debugger at %s:%d (%s)",
                self._name,
                LOOPBACK,
                self.number,
                _SPEAKS[self.language],
            )
        with self._changed:
            while not self.attached and self._is_awaited() and still_wanted():
                self._changed.wait(_LOOK_SECONDS)
            return self.attached

    def closed(self) -> None:
        """Ask debuggers to come back to the next process."""
        with self._changed:
            self._process = None
            sessions = list(self._sessions)
            if self.attached:
                self.bereft()
        for session in sessions:
            session.drop()

    def close(self) -> None:
        """Stop listening, and hang up for good."""
        self._closing = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.closed()
        with self._changed:
            waiting = [session for session in self._sessions if session.attached]
        for session in waiting:
            session.end()

    @property
    def goes_on(self) -> bool:
        """Whether there will be another process of the function."""
        return not self._closing

    def introduced(self) -> None:
        """Let the process that waits for a debugger go on."""
        with self._changed:
            self._returns_until = 0.0
            self._changed.notify_all()

    def bereft(self) -> None:
        """Let the next process wait for the debugger."""
        with self._changed:
            self._returns_until = time.monotonic() + RETURN_SECONDS

    def rejected(self, session: Session, port: int) -> None:
        """Connect the session to the process that has come meanwhile, if one has."""
        with self._changed:
            process = self._process
        if process not in (None, port):
            session.connect(process)

    def ended(self, session: Session) -> None:
        """Forget the session."""
        with self._changed:
            self._sessions.discard(session)
            self._changed.notify_all()

    def _is_awaited(self) -> bool:
        return self.goes_on and (self._wait or time.monotonic() < self._returns_until)

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._socket.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                session = self._session(client)
                with self._changed:
                    self._sessions.add(session)
                    process = self._process
                session.start()
                if process is not None:
                    session.connect(process)

    def _session(self, client: socket.socket) -> Session:
        if self.language is NODE:
            return InspectorSession(client, self)
        return AdapterSession(client, self)


def _debugpy() -> Path:
    """Return the folder of debugpy.

    Raises:
        ValueError: it is not installed.
    """
    spec = importlib.util.find_spec("debugpy")
    if spec is None or spec.origin is None:
        raise ValueError(
            _("--debug-port needs debugpy, which is not installed; run: {remedy}").format(remedy=_REMEDY)
        )
    return Path(spec.origin).parent
