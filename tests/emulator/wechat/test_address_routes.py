"""The interfaces that programs ask to see whether a token works."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from cloudbase_ocr.server import Server
from cloudbase_ocr.wechat.address_routes import PATHS

Serve = Callable[..., Server]


@pytest.mark.parametrize("path", PATHS)
def test_addresses_are_told_to_whom_has_a_token(live: Server, path: str) -> None:
    for ask in (requests.get, requests.post):
        good = ask(live.url + path, params={"access_token": "mock://wx1"}, timeout=10)
        assert good.json() == {"ip_list": ["127.0.0.1"]}
        bad = ask(live.url + path, params={"access_token": "bad"}, timeout=10)
        assert bad.json()["errcode"] == 40001
