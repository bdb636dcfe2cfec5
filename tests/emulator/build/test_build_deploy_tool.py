"""The unmodified @cloudbase/cli deploys what was built, to a server of ours that stands in for Tencent's API."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emulator.build import Options, build
from tests.clients.sdks import MODULES, missing
from tests.emulator.build.conftest import FUNCTIONS, Build

pytestmark = pytest.mark.skipif(bool(missing("@cloudbase/cli")), reason=missing("@cloudbase/cli") or "ready")

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


@pytest.fixture
def api() -> Iterator[TencentApi]:
    with TencentApi() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def deploy(dist: Path, name: str, api: TencentApi, home: Path, **variables: str) -> dict[str, Any]:
    """Run ``tcb fn deploy`` in the folder with cloudbaserc.json; return what it asks Tencent to create."""
    account = home / ".config" / ".cloudbase" / "auth.json"
    account.parent.mkdir(parents=True, exist_ok=True)
    account.write_text(
        json.dumps({"credential": {"secretId": "invented", "secretKey": "invented"}}), encoding="utf-8"
    )
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "NODE_OPTIONS": f"--require {Path(__file__).with_name('redirect.js')}",
        "REDIRECT_TO": f"http://127.0.0.1:{api.server_port}",
        **variables,
    }
    node = shutil.which("node") or "node"
    done = subprocess.run(
        [
            node,
            str(MODULES / "@cloudbase" / "cli" / "bin" / "tcb"),
            "fn",
            "deploy",
            name,
            "--yes",
            "--deployMode",
            "zip",
        ],
        cwd=dist,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return api.created[-1]


def uploaded(request: dict[str, Any]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(base64.b64decode(request.pop("Code")["ZipFile"])))


def test_event_function_is_created_as_built(built: Build, api: TencentApi, tmp_path: Path) -> None:
    package = built("3.10")["idcard"]
    request = deploy(package.folder.parent, "idcard", api, tmp_path, CLOUDBASE_ENV_ID="env-1")
    with uploaded(request) as sent, zipfile.ZipFile(package.zip) as ours:
        names = [name for name in sent.namelist() if not name.endswith("/")]
        assert sorted(names) == ours.namelist()
        assert all(sent.read(name) == ours.read(name) for name in names)
    assert (
        request.items()
        >= {
            "FunctionName": "idcard",
            "Namespace": "env-1",
            "Handler": "index.main",
            "Runtime": "Python3.10",
            "Timeout": 20,
            "MemorySize": 256,
            "InstallDependency": "FALSE",
        }.items()
    )
    assert "Environment" not in request, "variables set in the console stay"


def test_http_function_and_variables(wheels: Path, api: TencentApi, tmp_path: Path) -> None:
    options = Options("3.9", "http", wheels, "env-1", ("WECHAT_APPID", "WECHAT_APPSECRET"))
    dist = tmp_path / "dist"
    build(FUNCTIONS, ("menu",), dist, options)
    (dist / ".env.local").write_text("WECHAT_APPID=wx1\nWECHAT_APPSECRET=of-the-test\n", encoding="utf-8")
    request = deploy(dist, "menu", api, tmp_path / "home")
    with uploaded(request) as sent:
        assert sent.getinfo("scf_bootstrap").external_attr >> 16 & 0o777 == 0o755
    assert (request["Type"], request["Runtime"]) == ("HTTP", "Python3.9")
    assert request["Environment"]["Variables"] == [
        {"Key": "WECHAT_APPID", "Value": "wx1"},
        {"Key": "WECHAT_APPSECRET", "Value": "of-the-test"},
    ]
