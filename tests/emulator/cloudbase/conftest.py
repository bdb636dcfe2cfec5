"""An emulator with functions of the test's own, on a free port."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

FUNCTIONS = {
    "echo": """
        def main(event, context):
            return event
    """,
    "whoami": """
        import os

        def main(event, context):
            keys = ("WX_OPENID", "WX_APPID", "TCB_SOURCE", "SCF_NAMESPACE", "WXCLOUD_API_BASE")
            return {"userInfo": event.get("userInfo"), **{key: os.environ.get(key) for key in keys}}
    """,
    "talks": """
        def main(event, context):
            print("你好 " * event.get("times", 1))
    """,
    "fails": """
        def main(event, context):
            raise KeyError("data")
    """,
    "slow": """
        import time

        def main(event, context):
            time.sleep(60)
    """,
    "exits": """
        import os

        def main(event, context):
            os._exit(1)
    """,
    "broken": "def main(:\n",
    "large": """
        def main(event, context):
            return "x" * 7_000_000
    """,
    "hog": """
        def main(event, context):
            hold = []
            while True:
                hold.append(b"x" * 1_000_000)
    """,
}


@pytest.fixture(scope="session")
def function_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("functions")
    for name, code in FUNCTIONS.items():
        folder = root / name
        folder.mkdir()
        (folder / "index.py").write_text(textwrap.dedent(code), encoding="utf-8")
        config = {"slow": '{"timeout": 1}', "hog": '{"timeout": 30, "memorySize": 64}'}.get(name, "{}")
        (folder / "config.json").write_text(config)
    (root / "php").mkdir()
    (root / "php" / "index.php").touch()
    return root


@pytest.fixture(scope="session")
def server(function_folder: Path) -> Iterator[Server]:
    settings = Settings(
        port=0, functions=function_folder, recognizer=False, env_id="env-1", openid="o-1", appid="wx-1"
    )
    with running(settings) as server:
        yield server


@pytest.fixture
def post(server: Server) -> Callable[..., requests.Response]:
    """Send a POST to the server, and see that it still answers afterwards."""

    def send(path: str, **arguments: object) -> requests.Response:
        reply = requests.post(server.url + path, timeout=30, **arguments)  # type: ignore[arg-type]  # kinds differ
        alive = requests.post(server.url + "/v1/functions/echo", json={"a": 1}, timeout=30)
        assert alive.json() == {"a": 1}
        return reply

    return send
