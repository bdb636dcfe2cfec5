"""js-sdk in a real, headless Chromium: a page of a local origin calls the emulator, across origins."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.clients.sdks import FOLDER, MODULES, SECONDS, chromium

_PAGE = b"""<!doctype html><meta charset="utf-8"><title>test</title><script src="/bundle.js"></script>"""
_ENTRY = """
const module_ = require({package})
const {{ drive }} = require({driver})
const send = (body) => fetch('/outcomes', {{ method: 'POST', body: JSON.stringify(body) }})
fetch('/input').then((reply) => reply.json())
  .then((input) => drive(module_.default ?? module_, input))
  .then(send, (error) => send([{{ id: 'page', error: JSON.stringify(String(error.stack ?? error)) }}]))
"""


def bundle(package: str, folder: Path) -> bytes:
    """Return an SDK and the driver as one script for a page."""
    entry = folder / "entry.js"
    entry.write_text(
        _ENTRY.format(package=json.dumps(package), driver=json.dumps(str(FOLDER / "js_sdk.js"))),
        encoding="utf-8",
    )
    output = folder / "bundle.js"
    subprocess.run(
        [
            str(MODULES / ".bin" / "esbuild"),
            str(entry),
            "--bundle",
            "--platform=browser",
            "--define:global=window",
            "--external:node:fs",
            "--log-level=error",
            f"--outfile={output}",
        ],
        check=True,
        timeout=SECONDS,
        env={**os.environ, "NODE_PATH": str(MODULES)},
    )
    return output.read_bytes()


def run_page(script: bytes, data: Any, folder: Path) -> list[dict[str, Any]]:
    """Open a page of ``http://127.0.0.1:<port>`` that does what `data` says, and return the driver's outcomes."""
    with site(script) as page:
        page.tell(data)
        with browser_at(page.origin("127.0.0.1"), folder):
            return page.outcomes.get(timeout=SECONDS)


@dataclass
class Page:
    """A page with the driver in it: it asks for its input when it is opened, and sends its outcomes."""

    port: int
    replies: dict[str, tuple[str, bytes]]
    outcomes: queue.Queue[list[dict[str, Any]]] = field(default_factory=queue.Queue)

    def origin(self, host: str) -> str:
        """Return the page's origin, if it is opened under the name `host`."""
        return f"http://{host}:{self.port}"

    def tell(self, data: Any) -> None:
        """Set the driver's input."""
        self.replies["/input"] = ("application/json", json.dumps({**data, "browser": True}).encode())


@contextmanager
def site(script: bytes) -> Iterator[Page]:
    """Serve the page on a port of its own."""
    page = Page(0, {"/": ("text/html; charset=utf-8", _PAGE), "/bundle.js": ("text/javascript", script)})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = page.replies.get(self.path, ("text/plain", b""))
            self._send(kind, body)

        def do_POST(self) -> None:
            outcomes = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send("text/plain", b"")
            page.outcomes.put(outcomes)  # last: the browser is closed as soon as they are there

        def _send(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    page.port = server.server_port
    try:
        yield page
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def browser_at(url: str, folder: Path) -> Iterator[None]:
    """Open `url` in a browser of its own; every name leads to this machine."""
    program = chromium()
    assert program is not None
    process = subprocess.Popen(
        [
            program,
            "--headless=new",
            # No sandbox: containers and root users have none, and the page is this test's own.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            "--host-resolver-rules=MAP * 127.0.0.1",
            f"--user-data-dir={folder / 'profile'}",
            url,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
