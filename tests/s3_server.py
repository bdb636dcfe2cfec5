"""A server that speaks S3 (moto's), in a process and an environment of its own: ``make cluster`` installs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.batch import storage
from tests import needs
from tests.docs.nginx_server import free_port
from tests.processes import started, when_it_listens

KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@contextmanager
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run it within the block, give its address, and let this process and its children use it."""
    pytest.importorskip("s3fs", reason=needs.S3)
    program = shutil.which("moto_server") or shutil.which(
        "moto_server", path=str(Path(sys.prefix, "moto/bin"))
    )
    if program is None:
        pytest.skip(needs.S3)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [program, "-H", "127.0.0.1", "-p", str(port)]
    with started(command, seconds=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        assert when_it_listens(lambda: requests.post(f"{address}/moto-api/reset", timeout=30), 60).ok
        for name, value in {**KEYS, storage.ENDPOINT: address}.items():
            monkeypatch.setenv(name, value)
        yield address


def put(address: str, name: str, data: bytes = b"") -> None:
    """Make a bucket, or a file in one."""
    assert requests.put(f"{address}/{name}", data, timeout=30).ok
