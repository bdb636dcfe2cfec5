"""One connection of a debugger, relayed to the process that it debugs.

VS Code and PyCharm connect whenever they like; a process lives from an edit of its function to the next. So debuggers
connect to the emulator, which passes everything on to the process that is there, or as soon as there is one. When it
ends, a debugger that speaks the Debug Adapter Protocol is asked to start over, breakpoints and all (the event
``terminated`` with ``restart``), and a debugger of Node.js finds its connection closed and comes back by itself.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 5.0
# A debugger that was told of the end hangs up itself; one that does not is hung up on.
_LEAVE_SECONDS = 5.0
_MAX_MESSAGE_BYTES = 64 * 1024 * 1024


class Owner(Protocol):
    """Whose sessions they are."""

    @property
    def goes_on(self) -> bool:
        """Whether there will be another process."""

    def introduced(self) -> None:
        """Take note that a session turns out to be a debugger's."""

    def bereft(self) -> None:
        """Take note that the process of a debugger is gone."""

    def rejected(self, session: Session, port: int) -> None:
        """Take note that nobody answered a session at a process's `port`, and that it waits again."""

    def ended(self, session: Session) -> None:
        """Take note that a session is over."""


class Session:
    """Bytes in both directions, as they come; subclasses know the protocol."""

    def __init__(self, client: socket.socket, owner: Owner) -> None:
        """Take over the connection of `client`."""
        self._client = client
        self._owner = owner
        self._process: socket.socket | None = None
        self._unanswered: list[bytes] = []
        self._answered = False
        self._lock = threading.Lock()
        self._over = False
        self._known = False  # not only somebody who looks what is there
        self._let_go = False

    @property
    def attached(self) -> bool:
        """Whether it is the connection of a debugger that goes on."""
        return self._known and not self._let_go

    def start(self) -> None:
        """Begin to read what the debugger sends; what comes before there is a process is kept for it."""
        threading.Thread(target=self._from_client, name="debugger", daemon=True).start()

    def connect(self, port: int) -> None:
        """Pass everything on to the process that awaits debuggers at `port`; one that has ended is passed over."""
        try:
            process = socket.create_connection((LOOPBACK, port), timeout=_CONNECT_SECONDS)
        except OSError:
            return
        process.settimeout(None)
        with self._lock:
            taken = self._over or self._process is not None
            if not taken:
                self._process = process
                with suppress(OSError):  # the thread that reads from it sees its end
                    process.sendall(b"".join(self._unanswered))
        if taken:
            process.close()
        else:
            threading.Thread(
                target=self._from_process, args=(process, port), name="debugged", daemon=True
            ).start()

    def drop(self) -> None:
        """End it if its process is gone, without waiting; one that has none yet goes on waiting for it."""
        with self._lock:
            process = self._process
            self._let_go = self._answered
        if process is not None:
            # The thread that reads from it says goodbye: it alone writes to the debugger.
            _shut_down(process)

    def end(self) -> None:
        """Hang up on both sides."""
        with self._lock:
            over, self._over = self._over, True
        if not over:
            for connection in filter(None, (self._client, self._process)):
                _shut_down(connection)
                connection.close()
            self._owner.ended(self)

    def chunks(self, connection: socket.socket) -> Iterator[bytes]:
        """Give what comes in, in pieces that may be passed on one at a time."""
        while chunk := connection.recv(_CHUNK):
            yield chunk

    def asked(self, chunk: bytes) -> bool:
        """Look at what the debugger sends; return whether it goes on."""
        raise NotImplementedError

    def passes(self, chunk: bytes) -> bool:  # noqa: ARG002 - all of it
        """Say whether the debugger gets what the process sends."""
        return True

    def goodbye(self) -> bytes:
        """Return what a debugger is sent when its process is gone."""
        return b""

    def introduce(self) -> None:
        """Count as a debugger from now on."""
        if not self._known:
            self._known = True
            self._owner.introduced()

    def _from_client(self) -> None:
        with suppress(OSError, ValueError):
            for chunk in self.chunks(self._client):
                if not self.asked(chunk):
                    break
                with self._lock:
                    if not self._answered:
                        self._unanswered.append(chunk)
                    process = self._process
                if process is not None:
                    with suppress(OSError):  # gone; the debugger may still have to say that it leaves
                        process.sendall(chunk)
        self.end()

    def _from_process(self, process: socket.socket, port: int) -> None:
        with suppress(OSError, ValueError):
            for chunk in self.chunks(process):
                with self._lock:
                    self._answered = True
                    self._unanswered.clear()
                if self.passes(chunk):
                    self._client.sendall(chunk)
        if self._waits_again(process):
            self._owner.rejected(self, port)
        else:
            self._leave()

    def _waits_again(self, process: socket.socket) -> bool:
        """Tell whether the process was about to end when it was asked, so that it is for the next one to answer."""
        with self._lock:
            if self._answered or self._over:
                return False
            self._process = None
        process.close()
        return True

    def _leave(self) -> None:
        if self.attached:
            self._owner.bereft()
        self._let_go = True
        farewell = self.goodbye()
        if not farewell:
            self.end()
            return
        with suppress(OSError):
            self._client.sendall(farewell)
        leave = threading.Timer(_LEAVE_SECONDS, self.end)
        leave.daemon = True
        leave.start()


class InspectorSession(Session):
    """Node.js: HTTP requests that ask what is there, and WebSockets, which are debuggers."""

    def asked(self, chunk: bytes) -> bool:
        """See whether it becomes a WebSocket."""
        if b"upgrade: websocket" in chunk.lower():
            self.introduce()
        return True


class AdapterSession(Session):
    """Python: the Debug Adapter Protocol, JSON behind a header with its length."""

    def __init__(self, client: socket.socket, owner: Owner) -> None:
        """Ask the debugger to start over at the end if its owner goes on."""
        super().__init__(client, owner)
        self._sequence = 0
        self._leaving = False

    @property
    def attached(self) -> bool:
        """Not any more when it has said that it leaves."""
        return super().attached and not self._leaving

    def chunks(self, connection: socket.socket) -> Iterator[bytes]:
        """Give whole messages.

        Raises:
            ValueError: what comes is none.
        """
        with connection.makefile("rb") as stream:
            while head := stream.readline(_CHUNK):
                length = 0
                lines = [head]
                while lines[-1].strip():
                    name, _, value = lines[-1].partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                    lines.append(stream.readline(_CHUNK))
                if not 0 < length <= _MAX_MESSAGE_BYTES:
                    raise ValueError("no message of the Debug Adapter Protocol")
                body = stream.read(length)
                if len(body) < length:
                    return
                yield b"".join(lines) + body

    def asked(self, chunk: bytes) -> bool:
        """See whether it leaves; once the process is gone, nobody else can say yes to that."""
        message = _content(chunk)
        self.introduce()
        if message.get("command") in ("disconnect", "terminate"):
            self._leaving = True
            if self._let_go:
                answer = {
                    "type": "response",
                    "request_seq": message.get("seq"),
                    "command": message["command"],
                }
                self._client.sendall(self._message({**answer, "success": True}))
                return False
        return True

    def passes(self, chunk: bytes) -> bool:
        """Keep back what debugpy says of the end of its process: another one follows."""
        message = _content(chunk)
        self._sequence = max(self._sequence, int(message.get("seq", 0)))
        return self._leaving or message.get("event") not in ("exited", "terminated")

    def goodbye(self) -> bytes:
        """Return the event, unless it leaves of its own accord."""
        if self._leaving:
            return b""
        body = {"restart": True} if self._owner.goes_on else {}
        return self._message({"type": "event", "event": "terminated", "body": body})

    def _message(self, content: dict[str, Any]) -> bytes:
        self._sequence += 1
        body = json.dumps({"seq": self._sequence, **content}).encode()
        return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def _content(chunk: bytes) -> dict[str, Any]:
    """Return the object in a message, an empty one when it is another value; ValueError when it is no JSON."""
    content = json.loads(chunk.partition(b"\r\n\r\n")[2])
    return content if isinstance(content, dict) else {}


def _shut_down(connection: socket.socket) -> None:
    """Hang up, also while another thread reads from it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
