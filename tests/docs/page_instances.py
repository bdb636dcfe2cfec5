"""Instances as the page on a private service starts them, on free ports; each can be killed and started again."""

from __future__ import annotations

import os
import re
import shlex
import signal
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests import processes
from tests.docs.nginx_server import free_port, nginx_command
from tests.docs.test_readme import COMMAND
from tests.docs.test_self_hosting import ACCOUNT, block_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PLACE = "redis://127.0.0.1:6379/0"
APPID, SECRET = ACCOUNT.split(":")
CONTROL_TOKEN = "one-more-long-secret"
NAME = "ocr.example.com"
SECONDS = 90.0


class Instance:
    """One command of the page. What it says on stderr is in `log`."""

    def __init__(self, line: str, folder: Path, more: Sequence[str] = ()) -> None:
        """Take the page's command with `more` options; nothing is started yet."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"instance-{self.port}.log"
        text = re.sub(r"--port \d+", f"--port {self.port}", line)
        self._command = [*COMMAND, *shlex.split(text)[1:], *more]
        self._folder = folder
        self._stack = ExitStack()
        self.process: processes.Process

    def start(self) -> None:
        """Start it, and wait until it has said where its state is."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {"CLOUDBASE_OCR_CONTROL_TOKEN": CONTROL_TOKEN, "PYTHONUNBUFFERED": "1"}
        log = self._stack.enter_context(self.log.open("a", encoding="utf-8"))
        running = processes.started(self._command, seconds=600, cwd=self._folder, env=environment, stderr=log)
        self.process = self._stack.enter_context(running)
        said = list[str]()
        while not (said and said[-1].startswith("state in ")):
            said.append(self.process.stdout.readline())
            assert said[-1], (said, self.log.read_text(encoding="utf-8"))
        assert any(self.url in each for each in said), said

    def kill(self) -> None:
        """End it as a crash does: nothing of it is told, written or answered any more."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.close()

    def close(self) -> None:
        """End it, and what watches over it."""
        self._stack.close()

    def is_ready(self) -> bool:
        """Tell what ``/readyz`` says."""
        try:
            return requests.get(self.url + "/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def wait_until_ready(self) -> float:
        """Return how many seconds it took."""
        began = time.monotonic()
        while not self.is_ready():
            assert time.monotonic() < began + SECONDS, self.log.read_text(encoding="utf-8")
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        return time.monotonic() - began

    def figures(self) -> str:
        """Return what ``/metrics`` shows."""
        answer = requests.get(
            self.url + "/metrics", headers={"Authorization": f"Bearer {CONTROL_TOKEN}"}, timeout=10
        )
        assert answer.status_code == 200, answer.text
        return answer.text


@contextmanager
def instances(folder: Path, place: str, *more: str, count: int = 2) -> Iterator[list[Instance]]:
    """Run the page's two instances, or as many as `count` says, with state in `place` and `more` options."""
    (folder / "accounts.txt").write_text(block_with("# accounts.txt").text, encoding="utf-8")
    lines = block_with("--port 8788").text.splitlines()
    assert len(lines) == 2
    found = [Instance(line.replace(PLACE, place), folder, more) for line in (lines * count)[:count]]
    with ExitStack() as stack:
        for each in found:
            stack.callback(each.close)
            each.start()
        yield found


def nginx(folder: Path, ports: Sequence[int], port: int) -> list[str]:
    """Return the command of nginx with the page's rules, without TLS, on `port` and for instances on `ports`."""
    server = block_with("server {").text.replace("http://127.0.0.1:8787", "http://ocr")
    server = server.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    server = re.sub(r"\n    ssl_certificate\S* .*;", "", server)
    upstream = block_with("upstream ocr").text
    for written, real in zip(("8787", "8788"), ports, strict=True):
        upstream = upstream.replace(written, str(real))
    return nginx_command(folder, f"{upstream}\n{server}")


def token(url: str) -> requests.Response:
    """Ask for the account's stable token, as through the proxy."""
    query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    return requests.post(url + "/cgi-bin/stable_token", json=query, headers={"Host": NAME}, timeout=10)
