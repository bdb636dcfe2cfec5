"""Serves a cloud function by HTTP: ``python -m wxcloud.http_function index.main``.

For functions that are called by their URL (CloudBase's HTTP functions) and for containers. ``scf_bootstrap``, which
``cloudbase-ocr build --type http`` writes, starts it.

==========================  ===================================================================
POST, a JSON object         the event; the reply is the function's result as JSON, status 200
POST, a form                the event from its fields, files in base64: see ``form.py``
GET                         the event from the query: ``/?imgUrl=https://...``
OPTIONS                     204 with ``Allow``, and for pages of WXCLOUD_ALLOW_ORIGINS that they may ask
anything else               400, 405, 411 or 413 with ``{"errCode", "errMsg"}``; HEAD is 405, too
the function raises         500; the traceback is in the log only
==========================  ===================================================================

A body may come in chunks. A result with an `errCode` keeps status 200: it is what a caller of the event function gets.

There is no authentication: whoever knows the address can use up the quota, so let the gateway check. In a container
of CloudBase Run (CBR_ENV_ID is set) the platform says who calls in ``X-WX-OPENID`` and its siblings, and
``get_wx_context()`` gives it. Everywhere else anybody can write these headers, and the call has no WeChat identity.

PORT is the port, 9000 by default (documented for HTTP functions); WXCLOUD_TIMEOUT the seconds that a call may take, 15
by default; WXCLOUD_ALLOW_ORIGINS the origins of pages that may ask, with commas between them, ``*`` for all.
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

from .form import MULTIPART, URLENCODED, parse_form

PORT = 9000
TIMEOUT = 15.0
MAX_BODY_BYTES = 6 * 1024 * 1024
"""What an event may have (documented: limits of SCF)."""
IDLE_SECONDS = 60
METHODS = "GET, POST, OPTIONS"
IDENTITY = ("OPENID", "APPID", "UNIONID", "FROM_OPENID", "FROM_APPID", "FROM_UNIONID")
"""What the headers ``X-WX-...`` of CloudBase Run say of who calls (documented: wxcloudrun development/weixin)."""
_MAX_LINE = 1024

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

    def do_OPTIONS(self) -> None:
        """Say what may be asked, to browsers also whether their page may."""
        self.send_response(204)
        self.send_header("Allow", METHODS)
        if self._send_origin():
            self.send_header("Access-Control-Allow-Methods", METHODS)
            asked = self.headers.get("Access-Control-Request-Headers")
            if asked:
                self.send_header("Access-Control-Allow-Headers", asked)
        self.end_headers()

    def do_PUT(self) -> None:
        """Refuse."""
        self._answer(self._refuse_method)

    do_DELETE = do_PATCH = do_HEAD = do_PUT

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in JSON what is no request of HTTP, or has a method that nobody knows."""
        del explain
        if code == 501:
            code, message = 405, _WRONG_METHOD
        self.close_connection = True
        self._send(code, _error(message or "this is no request of HTTP"))

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
        self._send(status, body)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if status == 405:
            self.send_header("Allow", METHODS)
        self._send_origin()
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_origin(self) -> bool:
        """Let the page read the answer, if it may; a request that is none of HTTP has no headers."""
        origin = self.headers.get("Origin") if hasattr(self, "headers") else None
        allowed = [text.strip() for text in os.environ.get("WXCLOUD_ALLOW_ORIGINS", "").split(",")]
        if origin is None or not {origin, "*"} & {*allowed}:
            return False
        self.send_header("Access-Control-Allow-Origin", origin)
        self.send_header("Vary", "Origin")
        return True

    def _call(self, event: dict[str, Any]) -> bytes:
        context = {
            "request_id": self.headers.get("X-Scf-Request-Id") or str(uuid.uuid4()),
            "time_limit_in_ms": self.server.time_limit_in_ms,
            "environment": json.dumps(self._identity()),
        }
        result = self.server.main(event, context)
        if hasattr(result, "__await__"):
            result = _wait_for(result)
        return json.dumps(result, ensure_ascii=False, allow_nan=False).encode("utf-8")

    def _identity(self) -> dict[str, str]:
        """Return what the platform says of who calls, in the form of a cloud function's environment.

        Without a source it is nobody of WeChat (documented), whatever else is there, `userInfo` of the event included.
        """
        source = self.headers.get("X-WX-SOURCE") if os.environ.get("CBR_ENV_ID") else None
        if not source:
            return {"TCB_SOURCE": _OUTSIDE}
        sent = {f"WX_{name}": self._sent("X-WX-" + name.replace("_", "-")) for name in IDENTITY}
        client = self._sent("X-Original-Forwarded-For") or self._sent("X-Forwarded-For")
        sent["WX_CLIENTIP"] = client.partition(",")[0].strip()
        known = {name: value for name, value in sent.items() if value}
        return {
            **known,
            "WX_CONTEXT_KEYS": ",".join(known),
            "WX_CLOUDBASE_ACCESSTOKEN": self._sent("X-WX-CLOUDBASE-ACCESS-TOKEN"),
            "TCB_ENV": self._sent("X-WX-ENV") or os.environ["CBR_ENV_ID"],
            "TCB_SOURCE": source,
        }

    def _sent(self, name: str) -> str:
        return self.headers.get(name) or ""

    def _read_event(self) -> dict[str, Any]:
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        body = self._read_chunks() if chunked else self._read_announced()
        kind = self.headers.get_content_type()
        # curl -d names everything that it sends a form; no form begins with a brace.
        if kind == MULTIPART or (kind == URLENCODED and not body.lstrip().startswith(b"{")):
            try:
                return parse_form(body, self.headers["Content-Type"])
            except ValueError as error:
                raise Refusal(400, f"the body is no form: {error}") from None
        try:
            event = json.loads(body.decode("utf-8-sig") or "{}")
        except (ValueError, RecursionError):
            raise Refusal(
                400, 'the body is not JSON; send an object such as {"imgUrl": "https://..."}'
            ) from None
        if not isinstance(event, dict):
            raise Refusal(400, f"the body is a JSON {type(event).__name__}; send an object") from None
        return event

    def _read_announced(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise Refusal(411, "a Content-Length header, or a body in chunks, is needed")
        if int(length) > MAX_BODY_BYTES:
            raise _too_large()
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            size = self.rfile.readline(_MAX_LINE).partition(b";")[0].strip()
            if not size or size.strip(b"0123456789abcdefABCDEF"):
                raise Refusal(400, "the chunks of the body are not in order")
            length = int(size, 16)
            if length == 0:
                break
            if len(body) + length > MAX_BODY_BYTES:
                raise _too_large()
            body += self.rfile.read(length)
            if self.rfile.readline(_MAX_LINE).strip():
                raise Refusal(400, "the chunks of the body are not in order")
        while self.rfile.readline(_MAX_LINE).strip():
            pass  # headers after the body
        return bytes(body)

    def _refuse_method(self) -> dict[str, Any]:
        raise Refusal(405, _WRONG_METHOD)


_WRONG_METHOD = "use POST with a JSON object or a form, or GET with a query"
_OUTSIDE = "http"
"""The SOURCE of a call that does not come from WeChat: any word that does not begin with wx."""


def _too_large() -> Refusal:
    return Refusal(413, f"the body may have {MAX_BODY_BYTES} bytes; send imgUrl instead of the picture")


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
