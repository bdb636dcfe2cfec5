"""Requests per second of /cv/ocr/idcard answered from a fixture, against a bare Flask route that reads the upload."""

from __future__ import annotations

import hashlib
import http.client
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import yaml

from tests.bench.timing import Pair, in_turn

SIZES = {"30 KB": 30_000, "1.5 MB": 1_500_000}
CLIENTS = 2
ROUNDS = 9
REQUESTS = {"30 KB": 200, "1.5 MB": 60}

NAME = "张三"

_BOUNDARY = "----benchmark"


def measure() -> dict[str, Pair]:
    """Return requests per second for each picture size: ours and the peer's."""
    images = {name: random.Random(size).randbytes(size) for name, size in SIZES.items()}
    with tempfile.TemporaryDirectory() as folder:
        fixtures = write_fixtures(Path(folder), list(images.values()))
        serve = ["-m", "cloudbase_ocr", "serve", "--port", "0", "--no-recognizer", "--quota-per-day", "0"]
        with (
            server(*serve, "--fixture", str(fixtures)) as ours,
            server("-m", "tests.bench.bare_flask") as peer,
        ):
            return {
                name: in_turn(
                    partial(rate, ours, image, REQUESTS[name], NAME),
                    partial(rate, peer, image, REQUESTS[name], str(len(image))),
                    ROUNDS,
                )
                for name, image in images.items()
            }


def rate(port: int, image: bytes, requests: int, expected: str) -> float:
    """Send `requests` uploads over `CLIENTS` connections at a time; return how many were answered per second."""
    body = _multipart(image)
    left = threading.Semaphore(requests)
    failures: list[str] = []

    def work() -> None:
        while left.acquire(blocking=False):
            answer = _post(port, body)
            if expected not in answer:
                failures.append(answer[:200])

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    if failures:
        raise RuntimeError(f"an answer was wrong: {failures[0]}")
    return requests / elapsed


def _post(port: int, body: bytes) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    connection.request("POST", "/cv/ocr/idcard?access_token=mock://wx1", body, headers)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def _multipart(image: bytes) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="img"; filename="a.jpg"\r\n'
    return f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + image + f"\r\n--{_BOUNDARY}--\r\n".encode()


def write_fixtures(folder: Path, images: list[bytes]) -> Path:
    """Write a fixture for each picture, which answers with `NAME`; return the file."""
    reply = {"errcode": 0, "errmsg": "ok", "type": "Front", "name": NAME, "id": "123456789012345678"}
    fixtures = [
        {
            "name": f"idcard/bench-{number}",
            "method": "idcard",
            "provenance": "written",
            "reference": "the benchmark",
            "match": {"sha256": hashlib.sha256(image).hexdigest()},
            "reply": dict(reply),  # one object twice would be written as an alias
        }
        for number, image in enumerate(images)
    ]
    path = folder / "bench.yaml"
    path.write_text(yaml.safe_dump(fixtures, allow_unicode=True), encoding="utf-8")
    return path


@contextmanager
def server(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a server, with `env` in the place of this process's variables, and give its port."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env=env,
    )
    assert process.stdout is not None
    found = re.search(r":(\d+)", process.stdout.readline())
    if found is None:
        raise RuntimeError(f"{arguments} did not say where it listens")
    try:
        yield int(found[1])
    finally:
        process.terminate()
        process.wait(10)
