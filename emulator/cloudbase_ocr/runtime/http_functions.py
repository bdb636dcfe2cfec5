"""HTTP functions: one web server for each, started by the first request, anew after an edit, ended with the runtime.

In the cloud the platform starts more of them when many ask at a time. Here one answers all requests, so that what it
keeps in memory is there for the next one (ruling R36).
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.runtime import http_bootstrap
from cloudbase_ocr.runtime.errors import FunctionNotRunnable, InvocationError
from cloudbase_ocr.runtime.http_instance import Command, HttpInstance, free_port
from cloudbase_ocr.runtime.injected import IN_MID_CALL
from cloudbase_ocr.runtime.instance import Outcome
from cloudbase_ocr.runtime.pool import PoolState, shutting_down

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from cloudbase_ocr.runtime.function_folders import FunctionInfo
    from cloudbase_ocr.runtime.http_messages import HttpAnswer, HttpRequest
    from cloudbase_ocr.runtime.injected import Injected
    from cloudbase_ocr.runtime.layers import Layers
    from cloudbase_ocr.runtime.processes import Starter

_LOCAL_ONLY = "{name} listens on 127.0.0.1, where the platform does not reach it; let it listen on 0.0.0.0"
_logger = logging.getLogger("cloudbase_ocr.functions")

START_LIMIT = 30.0
"""Seconds until the server has to listen (documented: functions from images; for others a guess)."""


@dataclass(frozen=True)
class Start:
    """How to start a function's server, and `version`, which is another one after an edit.

    `interpreters` are absolute paths of what stands for the platform's.
    """

    env: Mapping[str, str]
    layers: Layers
    interpreters: tuple[str, ...]
    version: Hashable


class HttpFunctions:
    """The servers of one runtime. Thread-safe."""

    def __init__(self, starter: Starter, start_limit: float = START_LIMIT) -> None:
        """Start nothing yet; `start_limit` is in seconds."""
        self._starter = starter
        self._start_limit = start_limit
        self._servers: dict[str, tuple[HttpInstance, Hashable]] = {}
        # One start at a time: whoever begins to listen on port 9000 meanwhile is the one that was started.
        self._starting = threading.Lock()
        self._coming: HttpInstance | None = None
        self._lock = threading.Lock()
        self._tools: tempfile.TemporaryDirectory[str] | None = None
        self._closed = False

    def answer(
        self,
        info: FunctionInfo,
        request: HttpRequest,
        extra: Mapping[str, str],
        start: Start,
        limit: float,
        injected: Injected,
        working: Callable[[HttpInstance], None],
    ) -> tuple[HttpAnswer | None, Outcome, float]:
        """Let the function answer; return the answer, what came of the call, and what a start took in seconds.

        `extra` are headers of the platform, `limit` is in seconds. `working` is told who answers.
        """
        failing = injected.error(info.memory, limit)
        outcome, init, answer = Outcome(error=failing), 0.0, None
        if failing is not None and injected.ending not in IN_MID_CALL:
            return None, outcome, init
        if injected.cold:
            self.end(info.name)
        server, init, unstarted = self._server(info, start, injected.starting)
        if unstarted is not None:
            return None, Outcome(error=unstarted, printed=server.take_log()), init
        working(server)
        if failing is not None:
            server.kill()
        else:
            begun = time.monotonic()
            try:
                answer = server.ask(request, extra, limit, info.config.set_by.get("timeout", "config.json"))
            except InvocationError as error:
                outcome.error = error
            outcome.duration = time.monotonic() - begun
        outcome.printed, outcome.memory = server.take_log(), server.peak
        return answer, outcome, init

    def state(self, name: str) -> PoolState:
        """Count the processes of a function: one or none."""
        with self._lock:
            server, _ = self._servers.get(name, (None, None))
        return PoolState(int(server is not None and server.usable()), 0, 0, 1)

    def end(self, *names: str) -> None:
        """End the servers of these functions; without names, all."""
        with self._lock:
            servers = [
                self._servers.pop(name) for name in names or tuple(self._servers) if name in self._servers
            ]
        for server, _ in servers:
            server.kill()

    def close(self) -> None:
        """End all of them, and start no other. May be called more than once."""
        with self._lock:
            self._closed = True
            coming = self._coming
        if coming is not None:
            coming.kill()
        self.end()
        with self._starting:
            if self._tools is not None:
                self._tools.cleanup()
                self._tools = None

    def _server(
        self, info: FunctionInfo, start: Start, starting: Callable[[], None]
    ) -> tuple[HttpInstance, float, InvocationError | None]:
        """Return the server of a function as it is now, how long its start took, and why it did not come up."""
        if (server := self._usable(info.name, start.version)) is not None:
            return server, 0.0, None
        with self._starting:
            if (server := self._usable(info.name, start.version)) is not None:
                return server, 0.0, None
            self.end(info.name)
            begun = time.monotonic()
            starting()
            server = self._start(info, start)
            try:
                self._await(server)
                server.wait_until_listening(self._start_limit)
                if server.is_for_this_machine_only:
                    _logger.warning(_LOCAL_ONLY.format(name=info.name))
                self._keep(info.name, server, start.version)
            except InvocationError as error:
                server.kill()
                return server, time.monotonic() - begun, error
            finally:
                self._coming = None
            return server, time.monotonic() - begun, None

    def _await(self, server: HttpInstance) -> None:
        """Note a server that comes up, so that it can be ended meanwhile."""
        with self._lock:
            if self._closed:
                raise shutting_down()
            self._coming = server

    def _keep(self, name: str, server: HttpInstance, version: Hashable) -> None:
        with self._lock:
            if self._closed:
                raise shutting_down()
            self._servers[name] = server, version

    def _usable(self, name: str, version: Hashable) -> HttpInstance | None:
        with self._lock:
            if self._closed:
                raise shutting_down()
            server, known = self._servers.get(name, (None, None))
        return server if server is not None and known == version and server.usable() else None

    def _start(self, info: FunctionInfo, start: Start) -> HttpInstance:
        port = free_port()
        tools = self._tools_for(start.interpreters)
        env = {**start.env, "PORT": str(port), "PATH": _path(tools, start)}
        try:
            words = start.layers.command(http_bootstrap.command(info.path, tools, port))
            return HttpInstance(Command(words, info.path, env, port), self._starter, memory=info.memory)
        except (OSError, ValueError) as error:
            raise FunctionNotRunnable(f"Function {info.name} cannot run: {error}") from error

    def _tools_for(self, interpreters: tuple[str, ...]) -> Path:
        if self._tools is None:
            self._tools = tempfile.TemporaryDirectory(prefix="cloudbase-ocr-", ignore_cleanup_errors=True)
        folder = Path(self._tools.name) / f"{hash(interpreters):x}"
        if not folder.is_dir():
            folder.mkdir()
            http_bootstrap.make_tools(folder, interpreters)
        return folder


def _path(tools: Path, start: Start) -> str:
    return os.pathsep.join([str(tools), *filter(None, [start.env.get("PATH")])])
