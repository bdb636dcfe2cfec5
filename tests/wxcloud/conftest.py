"""WeChat's side of the wire for these tests: a real HTTP server that answers what a test tells it to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

# So that any interpreter can run this folder from a checkout, without installing the emulator.
sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "functions"))

import wxcloud
from tests.wxcloud.upstream_server import Upstream

_OWN_VARIABLES = ("WX", "TCB_", "TENCENTCLOUD_", "SCF_", "CBR_", "USER_CODE_ROOT", "WECHAT_")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start each test outside any cloud function, in an empty folder."""
    for name in list(os.environ):
        if name.startswith(_OWN_VARIABLES):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def upstream(httpserver: HTTPServer) -> Iterator[Upstream]:
    """Give api.weixin.qq.com, with a token endpoint and replies to set."""
    server = Upstream(httpserver)
    yield server
    server.release()


@pytest.fixture
def cloud(upstream: Upstream) -> wxcloud.Cloud:
    """Give a cloud that calls the upstream with an appid and a secret."""
    return wxcloud.Cloud(api_base=upstream.base, appid="wx0123456789abcdef", secret="top-secret")


@pytest.fixture
def event() -> dict[str, Any]:
    """Give an event with a picture that WeChat can fetch."""
    return {"imgUrl": "https://example.com/card.jpg"}
