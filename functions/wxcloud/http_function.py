"""Serves a cloud function by HTTP: ``python -m wxcloud.http_function index.main``.

For functions that are called by their URL (CloudBase's HTTP functions) and for containers. ``scf_bootstrap``, which
``cloudbase-ocr build --type http`` writes, starts it.

==========================  ===================================================================
POST, a JSON object         the event; the reply is the function's result as JSON, status 200
GET                         the event from the query: ``/?imgUrl=https://...``
anything else               400, 405, 411 or 413 with ``{"errCode", "errMsg"}``
the function raises         500; the traceback is in the log only
==========================  ===================================================================

A result with an `errCode` keeps status 200: it is what a caller of the event function gets. The call has no WeChat
identity, and nobody is asked who calls: whoever knows the address spends the account's quota, so let the gateway ask.

PORT is the port, 9000 by default (documented for HTTP functions); WXCLOUD_TIMEOUT the seconds that a call may take, 15
by default.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable
from urllib.parse import parse_qsl, urlsplit

PORT = 9000
TIMEOUT = 15.0
MAX_BODY_BYTES = 6 * 1024 * 1024
"""What an event may have (documented: limits of SCF)."""
IDLE_SECONDS = 60

Main = Callable[[Any, Any], Any]


class Refusal(Exception):
    """A request that is no event: the HTTP status, and the text that says what to send instead."""

    def __init__(self, status: int, text: str) -> None:
        """Keep both."""
        super().__init__(status, text)
        self.status = status
        self.text = text


class Server(ThreadingHTTPServer):
    """Answers every request with one call of `main`."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], main: Main, timeout: float = TIMEOUT) -> None:
        """Listen at `address`; `timeout` is in seconds."""
        self.main = main
        self.time_limit_in_ms = int(timeout * 1000)
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        """Answer a call whose event is the query."""
        self._answer(lambda: dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

    def do_POST(self) -> None:
        """Answer a call whose event is the body."""
        self._answer(self._read_event)

    def do_PUT(self) -> None:
        """Refuse."""
        self._answer(self._refuse_method)

    do_DELETE = do_PATCH = do_PUT

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Log nothing for each request: the path may hold what nobody should read."""

    def _answer(self, read: Callable[[], dict[str, Any]]) -> None:
        try:
            status, body = 200, self._call(read())
        except Refusal as refusal:
            status, body = refusal.status, _error(refusal.text)
            self.close_connection = True  # what is left of the body is not read
        except Exception:
            traceback.print_exc()
            status, body = 500, _error("the function failed; the traceback is in its log")
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _call(self, event: dict[str, Any]) -> bytes:
        context = {
            "request_id": self.headers.get("X-Scf-Request-Id") or str(uuid.uuid4()),
            "time_limit_in_ms": self.server.time_limit_in_ms,
        }
        result = self.server.main(event, context)
        if hasattr(result, "__await__"):
            result = _wait_for(result)
        return json.dumps(result, ensure_ascii=False, allow_nan=False).encode("utf-8")

    def _read_event(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise Refusal(411, "a Content-Length header is needed")
        if int(length) > MAX_BODY_BYTES:
            raise Refusal(
                413, f"the body may have {MAX_BODY_BYTES} bytes; send imgUrl instead of the picture"
            )
        try:
            event = json.loads(self.rfile.read(int(length)).decode("utf-8-sig") or "{}")
        except (ValueError, RecursionError):
            raise Refusal(
                400, 'the body is not JSON; send an object such as {"imgUrl": "https://..."}'
            ) from None
        if not isinstance(event, dict):
            raise Refusal(400, f"the body is a JSON {type(event).__name__}; send an object") from None
        return event

    def _refuse_method(self) -> dict[str, Any]:
        raise Refusal(405, "use POST with a JSON object, or GET with a query")


def load(handler: str) -> Main:
    """Return the function that ``<file>.<function>`` names."""
    module, _, name = handler.rpartition(".")
    main: Main = getattr(importlib.import_module(module.replace("/", ".")), name)
    return main


def run(handler: str, port: int, timeout: float) -> None:
    """Serve until SIGTERM."""
    with Server(("0.0.0.0", port), load(handler), timeout) as server:  # noqa: S104 - the platform calls from outside
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        print(f"{handler} listens on port {server.server_address[1]}", flush=True)  # noqa: T201 - for the log
        server.serve_forever()


def _wait_for(result: Any) -> Any:
    import asyncio

    async def wait() -> Any:
        return await result

    return asyncio.run(wait())


def _error(text: str) -> bytes:
    return json.dumps({"errCode": -601002, "errMsg": text}, ensure_ascii=False).encode("utf-8")


if __name__ == "__main__":
    run(
        sys.argv[1] if len(sys.argv) > 1 else "index.main",
        int(os.environ.get("PORT") or PORT),
        float(os.environ.get("WXCLOUD_TIMEOUT") or TIMEOUT),
    )
