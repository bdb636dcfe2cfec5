"""The running web server of an HTTP function: started, waited for, asked, watched, ended."""

from __future__ import annotations

import http.client
import secrets
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.runtime import http_bootstrap
from cloudbase_ocr.runtime.errors import (
    FunctionTimedOut,
    InstanceExited,
    MemoryExceeded,
    ResultTooLarge,
    ServerNotStarted,
)
from cloudbase_ocr.runtime.http_messages import MAX_ANSWER_BYTES, HttpAnswer, end_to_end
from cloudbase_ocr.runtime.instance import INSTANCE
from cloudbase_ocr.runtime.logs import LogPipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudbase_ocr.runtime.errors import InvocationError
    from cloudbase_ocr.runtime.http_messages import HttpRequest
    from cloudbase_ocr.runtime.processes import Starter

_HOST = "127.0.0.1"
_MEGABYTE = 1024 * 1024
_KNOCK_SECONDS = 0.02
_WATCH_SECONDS = 0.1
_LOG_SECONDS = 1.0
_SETTLE_SECONDS = 0.005
_CHUNK = 64 * 1024
_SOCKETS = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENING = "0A"
_LOOPBACK = frozenset({"0100007F", "00000000000000000000000001000000"})
_IN_USE = ("address already in use", "eaddrinuse", "is in use by another program")


@dataclass(frozen=True)
class Command:
    """What starts a server: `words`, in folder `cwd`, with `env`, so that it listens on `port`."""

    words: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    port: int


class HttpInstance:
    """A process that serves HTTP on a port of its own, several requests at a time."""

    def __init__(self, command: Command, starter: Starter, *, memory: int) -> None:
        """Start it; :meth:`wait_until_listening` has to follow. `memory` is in MB.

        Raises:
            OSError: it cannot be started.
        """
        self.id = secrets.token_hex(8)
        self.port = command.port
        self._memory = memory
        self._peak = 0
        self._failure: InvocationError | None = None
        self._asking = 0
        self._changed = threading.Condition()
        self._ended = threading.Event()
        # A port that others use already cannot tell of this server.
        self._fixed_port_is_free = not _listens(http_bootstrap.PORT)
        env = {name: value.replace(INSTANCE, self.id) for name, value in command.env.items()}
        self._process = starter.start(command.words, cwd=command.cwd, env=env)
        with suppress(OSError):
            self._process.stdin.close()
        self._log = LogPipe(self._process.read, self._process.finish_reading)
        threading.Thread(target=self._watch, name="http-function-memory", daemon=True).start()

    def wait_until_listening(self, limit: float) -> None:
        """Wait `limit` seconds at most until the server takes connections.

        Raises:
            ServerNotStarted: it does not, or its process has ended; the hint says what to look at.
        """
        deadline = time.monotonic() + limit
        ports = [self.port, *([http_bootstrap.PORT] if self._fixed_port_is_free else [])]
        while self.usable():
            for port in ports:
                if _listens(port):
                    self.port = port
                    return
            if time.monotonic() > deadline:
                raise ServerNotStarted(
                    f"The request timed out in {int(limit * 1000)}ms.Please confirm your http server have enabled "
                    f"listening on port {http_bootstrap.PORT}.",
                    hint=self._nothing_listens(
                        f"{limit:g} s after its start nothing listens on port {self.port}"
                    ),
                )
            self._ended.wait(_KNOCK_SECONDS)
        self.kill()  # and with it comes the end of its log
        if self._failure is not None:
            raise self._failure
        raise ServerNotStarted(
            "ContainerStateExited", hint=self._nothing_listens("it ended before anything listened")
        )

    def ask(self, request: HttpRequest, extra: Mapping[str, str], limit: float, set_by: str) -> HttpAnswer:
        """Send a request, and return the answer as soon as its headers are there.

        A body whose length is announced is there, too; any other is read while it comes. `extra` are headers of the
        platform. `set_by` names the file that sets `limit`, in seconds.

        Raises:
            FunctionTimedOut: there is no answer in time; the process is gone.
            InstanceExited: the server has hung up, or speaks something else than HTTP.
            MemoryExceeded: its processes use more than they may; they are gone.
            ResultTooLarge: the body is larger than 6 MB.
        """
        self._begin()
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=limit)
        deadline = time.monotonic() + limit
        try:
            answer = self._exchange(connection, request, extra, deadline)
            body = None if answer.length is None else self._read(connection, answer, deadline)
        except TimeoutError:
            self._finish(connection)
            self.kill()
            raise FunctionTimedOut(
                f"Invoking task timed out after {limit:g} seconds",
                hint=f'the limit is "timeout" in {set_by}, in seconds; without it, it is 3 at WeChat.',
            ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._finish(connection)
            if isinstance(error, OSError):
                self.kill()  # it ends just now, or does not talk any more
            raise self._failure or InstanceExited(
                "User process exit when running",
                hint=f"its web server gave no answer of HTTP ({type(error).__name__}: {error}).",
            ) from error
        except BaseException:
            self._finish(connection)
            raise
        headers = end_to_end(answer.getheaders())
        if body is not None:
            self._finish(connection)
            return HttpAnswer(answer.status, headers, iter((body,)))
        return HttpAnswer(answer.status, headers, _chunks(answer), lambda: self._finish(connection))

    @property
    def is_for_this_machine_only(self) -> bool:
        """Whether it listens on 127.0.0.1, where the platform does not reach it; False where nobody knows."""
        suffix = f":{self.port:04X}"
        rows = [row.split() for name in _SOCKETS for row in _lines(name)]
        listening = [
            row[1].removesuffix(suffix) for row in rows if row[1].endswith(suffix) and row[3] == _LISTENING
        ]
        return bool(listening) and all(address in _LOOPBACK for address in listening)

    @property
    def peak(self) -> int:
        """The highest memory seen, in bytes."""
        return self._peak

    def usable(self) -> bool:
        """Tell whether it can be asked."""
        return not self._ended.is_set() and self._process.running()

    def take_log(self) -> bytes:
        """Return and forget what it has printed; what it prints after an answer belongs to the next one."""
        self._log.settle(_SETTLE_SECONDS)
        return self._log.take_all()

    def printed(self) -> bytes:
        """Return what it has printed since, and leave it there."""
        return self._log.so_far()

    def kill(self) -> None:
        """End it and everything it has started; what it had printed is still to be taken."""
        with self._changed:
            if self._ended.is_set():
                return
            self._ended.set()
            self._changed.notify_all()
        self._process.kill()
        self._log.wait(_LOG_SECONDS)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        request: HttpRequest,
        extra: Mapping[str, str],
        deadline: float,
    ) -> http.client.HTTPResponse:
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in (*end_to_end(request.headers), *extra.items()):
            if name.lower() != "content-length":
                connection.putheader(name, value)
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        _set_patience(connection.sock, deadline)
        return connection.getresponse()

    def _read(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, deadline: float
    ) -> bytes:
        if (answer.length or 0) > MAX_ANSWER_BYTES:
            raise ResultTooLarge(
                "The size of response exceeds the upper limit (6MB)",
                hint=f"the body has {answer.length} bytes. Store it, and answer with its address.",
            )
        _set_patience(connection.sock, deadline)
        return answer.read()

    def _begin(self) -> None:
        with self._changed:
            self._asking += 1
            self._changed.notify_all()

    def _finish(self, connection: http.client.HTTPConnection) -> None:
        connection.close()
        with self._changed:
            self._asking -= 1

    def _watch(self) -> None:
        """Look at its memory while it is asked; one that takes too much is ended."""
        while not self._ended.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._asking > 0 or self._ended.is_set())
            self._peak = max(self._peak, self._process.memory(self._peak))
            if self._peak > self._memory * _MEGABYTE:
                self._failure = MemoryExceeded(
                    f"Task memory exceeded {self._memory} MB",
                    hint='the limit is "memorySize", in MB; 256 when it is missing.',
                )
                self.kill()
            self._ended.wait(_WATCH_SECONDS)

    def _nothing_listens(self, what: str) -> str:
        printed = self.printed().decode("utf-8", "replace").strip()
        if any(text in printed.lower() for text in _IN_USE) and not self._fixed_port_is_free:
            return (
                f"{http_bootstrap.NAME}: its server wants port {http_bootstrap.PORT} whatever PORT says, and another "
                "program has that one here; let it read PORT, or end the other program"
            )
        last = f"; it printed at last: {printed.splitlines()[-1][:200]}" if printed else ""
        return (
            f"{http_bootstrap.NAME}: {what}; let the server listen on 0.0.0.0 and the port that PORT names, "
            f"{http_bootstrap.PORT} in the cloud{last}"
        )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((_HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _lines(name: str) -> list[str]:
    try:
        return Path(name).read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []  # not Linux


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((_HOST, port), timeout=1):
            return True
    except OSError:
        return False


def _set_patience(connection: socket.socket | None, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if connection is not None:  # the answer may have it alone by now
        connection.settimeout(left)


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    with suppress(OSError, http.client.HTTPException, ValueError):
        while chunk := answer.read1(_CHUNK):
            yield chunk
