"""The unmodified @cloudbase/cli, and a server of ours that stands in for Tencent's API."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.clients.sdks import TCB, missing

needs_tool = pytest.mark.skipif(bool(missing("@cloudbase/cli")), reason=missing("@cloudbase/cli") or "ready")

ENVIRONMENT = {
    "EnvId": "env-1",
    "Status": "NORMAL",
    "EnvType": "baas",
    "Functions": [{"Namespace": "env-1", "Region": "ap-shanghai"}],
    "Storages": [{"AppId": "1250000000", "Bucket": "bucket", "Region": "ap-shanghai"}],
    "LogServices": [{"TopicId": "topic", "LogsetId": "logset"}],
}
ANSWERS: dict[str, dict[str, Any]] = {
    "DescribeEnvs": {"EnvList": [ENVIRONMENT]},
    "GetFunction": {"Status": "Active", "Triggers": []},
}


class TencentApi(ThreadingHTTPServer):
    """Answers the actions that a deploy needs, and keeps what CreateFunction was given."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.created: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: TencentApi
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        action = self.headers.get("X-TC-Action", "")
        if action == "CreateFunction":
            self.server.created.append(json.loads(request))
        body = json.dumps({"Response": {"RequestId": "r", **ANSWERS.get(action, {})}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *args: object) -> None: ...


@contextmanager
def tencent_api() -> Iterator[TencentApi]:
    """Run the stand-in."""
    with TencentApi() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def tcb(
    arguments: list[str], folder: Path, home: Path, api: TencentApi | None = None, **variables: str
) -> str:
    """Run the tool in `folder` with an invented key, and return its output; with an `api`, every request goes there."""
    account = home / ".config" / ".cloudbase" / "auth.json"
    account.parent.mkdir(parents=True, exist_ok=True)
    key = {"secretId": "invented", "secretKey": "invented"}
    account.write_text(json.dumps({"credential": key}), encoding="utf-8")
    env = {"PATH": os.environ["PATH"], "HOME": str(home), **variables}
    if api is not None:
        env |= {
            "NODE_OPTIONS": f"--require {Path(__file__).with_name('redirect.js')}",
            "REDIRECT_TO": f"http://127.0.0.1:{api.server_port}",
        }
    done = subprocess.run(
        [shutil.which("node") or "node", str(TCB), *arguments],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
