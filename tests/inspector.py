"""A debugger of Node.js, by its own protocol over a WebSocket, as editors and Chrome are."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import requests
import websocket

from tests.dap import SECONDS


class Inspector:
    """A debugger that has attached to the process at a port of 127.0.0.1, with a breakpoint, and lets it go on."""

    def __init__(self, port: int, file: Path, line: int) -> None:
        """Look what is there, connect, and set the breakpoint at a line, counted from 1."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                self._connect(port, file, line)
            except (requests.RequestException, websocket.WebSocketException, OSError):  # noqa: PERF203 - it is asked until it is there
                # As editors do: what answered may have been a process that was about to end.
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def _connect(self, port: int, file: Path, line: int) -> None:
        (target,) = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=SECONDS).json()
        self._socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=SECONDS)
        self._sent = 0
        self._events: list[dict[str, Any]] = []
        self._ask("Runtime.enable")
        self._ask("Debugger.enable")
        self._ask("Debugger.setBreakpointByUrl", lineNumber=line - 1, url=file.as_uri())
        self._ask("Runtime.runIfWaitingForDebugger")

    def __enter__(self) -> Inspector:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def stopped(self) -> dict[str, Any]:
        """Wait until it stops; return the frame on top."""
        while True:
            for event in self._events:
                if event["method"] == "Debugger.paused":
                    self._events.remove(event)
                    return dict(event["params"]["callFrames"][0])
            self._take()

    @staticmethod
    def line(frame: dict[str, Any]) -> int:
        """Return the line of a frame, counted from 1."""
        return int(frame["location"]["lineNumber"]) + 1

    def value(self, frame: dict[str, Any], expression: str) -> Any:
        """Return the value of an expression in a frame."""
        found = self._ask(
            "Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression=expression
        )
        return found["result"].get("value")

    def go_on(self) -> None:
        """Let it go on."""
        self._ask("Debugger.resume")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while True:
            message = self._take()
            if message.get("id") == self._sent:
                assert "error" not in message, message
                return dict(message["result"])

    def _take(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv())
        if "method" in message:
            self._events.append(message)
        return message
