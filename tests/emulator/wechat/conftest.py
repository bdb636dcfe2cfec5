"""Live emulators for the tests of api.weixin.qq.com: always over a real socket, never with the OCR engine."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

Serve = Callable[..., Server]
Post = Callable[..., dict[str, Any]]

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Start emulators that end with the module: ``serve(strict=True)``, ``serve(clock=ManualClock(0))``."""
    with ExitStack() as stack:

        def start(clock: ManualClock | None = None, **settings: Any) -> Server:
            chosen = Settings(**{"port": 0, "recognizer": False, **settings})
            return stack.enter_context(running(chosen, create_app(chosen, clock=clock)))

        yield start


@pytest.fixture(scope="module")
def live(serve: Serve) -> Server:
    return serve()


@pytest.fixture(scope="module")
def strict(serve: Serve) -> Server:
    return serve(strict=True)


@pytest.fixture
def appid() -> str:
    """Return an appid that no other test uses, so that quotas and tokens do not meet."""
    return f"wxtest{next(_numbers):010d}"


@pytest.fixture
def ocr(appid: str) -> Post:
    """Call an OCR method and return the JSON: ``ocr(server, "idcard", img_url="mock://idcard")``."""

    def post(server: Server, key: str, *, img_url: str | None = None, **request: Any) -> dict[str, Any]:
        params = {"access_token": f"mock://{appid}", "img_url": img_url, **request.pop("params", {})}
        reply = requests.post(f"{server.url}/cv/ocr/{key}", params=params, timeout=30, **request)
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == "application/json; encoding=utf-8"
        value: dict[str, Any] = reply.json()
        return value

    return post


@pytest.fixture
def api(appid: str) -> Post:
    """Post JSON to any WeChat path with a token of this test's appid and return the JSON."""

    def post(server: Server, path: str, body: Any, **params: str) -> dict[str, Any]:
        reply = requests.post(
            server.url + path, params={"access_token": f"mock://{appid}", **params}, json=body, timeout=30
        )
        assert reply.status_code == 200
        value: dict[str, Any] = reply.json()
        return value

    return post


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    """Return a white PNG of any size; `pixels=False` leaves the image data out, the header stays true."""

    def draw(width: int, height: int, pixels: bool = True) -> bytes:
        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        packer = zlib.compressobj(9)
        row = b"\0" + b"\xff" * ((width + 7) // 8)
        rows = b"".join(packer.compress(row) for _ in range(height if pixels else 0)) + packer.flush()
        header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

    return draw
