"""A Redis of Debian, or Valkey, on a free port, for tests and measurements that share state."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests import needs
from tests.processes import started

pytest.importorskip("redis", reason=needs.REDIS_PY)

import redis

SECONDS = 20.0
PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")


class RedisServer:
    """A server that can be killed, started again on the same port, stopped and continued."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = _free_port()
        self.folder = folder
        self.options = options
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis(port=self.port, socket_timeout=SECONDS)
        self._process: subprocess.Popen[str] | None = None

    @contextmanager
    def running(self) -> Iterator[RedisServer]:
        """Run it within the block, which may `kill` it and `start` it again."""
        try:
            self.start()
            yield self
        finally:
            self.kill()
            self.client.close()

    def start(self) -> None:
        """Start it, and wait until it answers; the test is skipped on a machine without it."""
        if PROGRAM is None:
            pytest.skip(needs.REDIS)
        command = [PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self._running = started(
            [*command, "--save", "", *self.options], seconds=600, stdout=subprocess.DEVNULL
        )
        self._process = self._running.__enter__()
        end = time.monotonic() + SECONDS
        while not self._answers():
            assert time.monotonic() < end, "redis-server does not answer"
            assert self._process.poll() is None, "redis-server has ended"

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.exceptions.ConnectionError:
            return False

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._running.__exit__(None, None, None)
            self._process = None

    def send(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
