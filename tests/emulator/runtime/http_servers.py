"""HTTP functions for tests: a folder with scf_bootstrap and a small server of the standard library."""

from __future__ import annotations

import textwrap
from pathlib import Path

BOOTSTRAP = "#!/bin/bash\n/var/lang/python310/bin/python3.10 -u app.py\n"

SERVER = """
    import json
    import os
    import sys
    import time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_GET(self):
            if self.path == "/slow":
                time.sleep(60)
            if self.path == "/exit":
                os._exit(3)
            if self.path == "/memory":
                hold = [b"x" * 1_000_000 for _ in range(500)]
                time.sleep(60)
            if self.path == "/nonsense":
                self.wfile.write(b"no HTTP\\r\\n\\r\\n")
                self.close_connection = True
                return
            if self.path == "/stream":
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                for number in range(3):
                    self.wfile.write(f"data: {number}\\n\\n".encode())
                self.close_connection = True
                return
            body = b"x" * 7_000_000 if self.path == "/large" else self.told()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Set-Cookie", "a=1")
            self.send_header("Set-Cookie", "b=2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_POST = do_HEAD = do_PUT = do_OPTIONS = do_GET

        def told(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode("latin-1")
            print("asked for", self.path)
            return json.dumps({
                "method": self.command, "path": self.path, "headers": dict(self.headers), "body": body,
                "pid": os.getpid(), "env": dict(os.environ), "executable": sys.executable, "says": SAYS,
            }).encode()


    SAYS = "hello"
    ThreadingHTTPServer((HOST, PORT), Handler).serve_forever()
    """


def write_server(
    root: Path,
    name: str = "web",
    *,
    port: str = 'int(os.environ["PORT"])',
    host: str = "0.0.0.0",
    bootstrap: str = BOOTSTRAP,
    code: str = SERVER,
    config: str = '{"timeout": 10}',
) -> Path:
    """Write ``<root>/<name>/`` with a server at `host` and `port`, a Python expression; return the folder."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    text = textwrap.dedent(code).replace("(HOST, PORT)", f"({host!r}, {port})")
    (folder / "app.py").write_text(text, encoding="utf-8")
    (folder / "config.json").write_text(config, encoding="utf-8")
    script = folder / "scf_bootstrap"
    script.write_text(bootstrap, encoding="utf-8")
    script.chmod(0o755)
    return folder
