"""A client of the Debug Adapter Protocol over a socket, as editors are: it does what VS Code does to attach."""

from __future__ import annotations

import json
import socket
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

SECONDS = 30.0

Message = dict[str, Any]


class Hung(Exception):
    """The other side has hung up."""


class Editor:
    """An editor that has attached, with its breakpoints set; they are lines by file."""

    def __init__(
        self, port: int, breakpoints: Mapping[Path, Sequence[int]], arguments: Mapping[str, Any] | None = None
    ) -> None:
        """Connect to 127.0.0.1; `arguments` are those of the configuration."""
        self.port = port
        self.breakpoints = dict(breakpoints)
        self.arguments = dict(arguments or {})
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
        self._stream: IO[bytes] = self._socket.makefile("rb")
        self._sequence = 0
        self._events: deque[Message] = deque()
        self._answers: dict[int, Message] = {}
        # Sent at once, answered as soon as there is a process.
        self._initialize = self.send("initialize", {"adapterID": "debugpy", "pathFormat": "path"})

    def __enter__(self) -> Editor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up without a word."""
        self._stream.close()
        self._socket.close()

    def attach(self) -> Editor:
        """Wait for a process, set the breakpoints, and let it go on."""
        self._answer(self._initialize)
        attach = self.send(
            "attach", {"name": "test", "type": "debugpy", "request": "attach", **self.arguments}
        )
        self.event("initialized")
        for path, lines in self.breakpoints.items():
            points = [{"line": line} for line in lines]
            self.ask("setBreakpoints", {"source": {"path": str(path)}, "breakpoints": points})
        self.ask("configurationDone")
        self._answer(attach)
        return self

    def ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """Return the body of the answer to a request."""
        return self._answer(self.send(command, arguments or {}))

    def event(self, *names: str) -> Message:
        """Return the next event of one of these names; others are forgotten."""
        while True:
            while self._events:
                message = self._events.popleft()
                if message["event"] in names:
                    return message
            self._take()

    def stopped(self) -> Mapping[str, Any]:
        """Wait until a thread stops; return its frame on top, its line and its local variables as texts."""
        thread = self.event("stopped")["body"]["threadId"]
        frame = self.ask("stackTrace", {"threadId": thread, "levels": 1})["stackFrames"][0]
        scope = self.ask("scopes", {"frameId": frame["id"]})["scopes"][0]
        variables = self.ask("variables", {"variablesReference": scope["variablesReference"]})["variables"]
        values = {variable["name"]: variable["value"] for variable in variables}
        place = {"line": frame["line"], "path": frame["source"]["path"]}
        return {"thread": thread, "frame": frame["id"], "values": values, **place}

    def go_on(self, thread: int) -> None:
        """Let a thread go on."""
        self.ask("continue", {"threadId": thread})

    def leave(self) -> None:
        """Disconnect, as the button Disconnect does; the process goes on."""
        self.ask("disconnect", {"terminateDebuggee": False})
        self.close()

    def start_over(self) -> bool:
        """Wait for the end of the process; disconnect, and connect again if the event asks for it, as VS Code does."""
        restart = bool(self.event("terminated")["body"].get("restart"))
        self.leave()
        if restart:
            self._connect()
        return restart

    def send(self, command: str, arguments: Mapping[str, Any]) -> int:
        """Send a request; return its number."""
        self._sequence += 1
        request = {"seq": self._sequence, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(request).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._sequence

    def _answer(self, sequence: int) -> Any:
        while sequence not in self._answers:
            self._take()
        answer = self._answers.pop(sequence)
        assert answer["success"], answer
        return answer.get("body")

    def _take(self) -> None:
        length = 0
        while line := self._stream.readline().strip():
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        if not length:
            raise Hung
        message = json.loads(self._stream.read(length))
        if message["type"] == "event":
            self._events.append(message)
        elif message["type"] == "response":
            self._answers[message["request_seq"]] = message
