"""wechatpy, unmodified: its OCR calls, its token handling, its errors. Only the host is another."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from pytest_httpserver import HTTPServer
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import APILimitedException, WeChatClientException

from cloudbase_ocr.app import create_app
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

PHOTO = b"\xff\xd8\xff\xe0" + b"a photo that only this test knows"
REPLY = {"type": "Front", "name": "王测试", "id": "990000200001010011", "gender": "女"}


class Redirect(HTTPAdapter):
    """Sends what is meant for api.weixin.qq.com to the emulator: the token URL is hard-coded in the client."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://api.weixin.qq.com", self._url)
        return super().send(request, *args, **kwargs)


def client_for(server: Server, **options: Any) -> WeChatClient:
    client = WeChatClient("wxclient", "secret", **options)
    client.wxa.API_BASE_URL = server.url + "/"
    client._http.mount("https://api.weixin.qq.com", Redirect(server.url))
    return client


@contextmanager
def emulator(tmp_path: Path, clock: ManualClock | None = None, **settings: Any) -> Iterator[Server]:
    entry = {"name": "idcard/mine", "method": "idcard", "provenance": "written", "reference": "test"}
    match = {"sha256": hashlib.sha256(PHOTO).hexdigest()}
    (tmp_path / "fixtures.yaml").write_text(
        yaml.safe_dump([{**entry, "match": match, "reply": REPLY}]), "utf-8"
    )
    chosen = Settings(port=0, recognizer=False, fixtures=(tmp_path,), **settings)
    with running(chosen, create_app(chosen, clock=clock)) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with emulator(tmp_path) as started:
        yield started


def test_idcard_by_url(server: Server, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/身份证 1.jpg", query_string={"a": "1", "b": "2"}).respond_with_data(PHOTO)
    reply = client_for(server).wxa.ocr_idcard(img_url=httpserver.url_for("/身份证 1.jpg") + "?a=1&b=2")
    assert reply == {"errcode": 0, "errmsg": "ok", **REPLY}


def test_idcard_by_file(server: Server) -> None:
    client = client_for(server)
    for mode in ("photo", "scan"):
        reply = client.wxa.ocr_idcard(mode=mode, filename="a.jpg", file_bytes=PHOTO, mime_type="image/jpeg")
        assert reply == {"errcode": 0, "errmsg": "ok", **REPLY}


def test_business_licence_by_magic_url(server: Server) -> None:
    reply = client_for(server).wxa.ocr_biz_license(img_url="mock://businessLicense")
    assert reply["enterprise_name"] == "XX饮食店"


def test_errors_are_its_exceptions(server: Server) -> None:
    client = client_for(server)
    with pytest.raises(WeChatClientException) as caught:
        client.wxa.ocr_idcard(img_url="mock://101001")
    assert caught.value.errcode == 101001
    assert caught.value.errmsg.startswith("certificate not found hint: [")
    with pytest.raises(APILimitedException):
        client.wxa.ocr_idcard(img_url="mock://45009")


def test_errcode_as_string_is_understood(tmp_path: Path) -> None:
    with emulator(tmp_path) as server:
        Control(server.emulator).fault("errcode_as_string")
        assert client_for(server).wxa.ocr_idcard(img_url="mock://idcard")["errcode"] == 0


def test_token_is_fetched_with_its_secret(tmp_path: Path) -> None:
    with emulator(tmp_path, apps=("wxclient:other",)) as server:
        with pytest.raises(WeChatClientException) as caught:
            client_for(server).wxa.ocr_idcard(img_url="mock://idcard")
        assert caught.value.errcode == 40125
    with emulator(tmp_path, apps=("wxclient:secret",)) as server:
        assert client_for(server).wxa.ocr_idcard(img_url="mock://idcard")["name"] == "张三"


@pytest.mark.parametrize("code", [40001, 42001])
def test_a_dead_token_is_replaced_and_the_call_repeated(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    clock = ManualClock(1_700_000_000)
    with emulator(tmp_path, clock) as server:
        client = client_for(server)
        client.wxa.ocr_idcard(img_url="mock://idcard")
        if code == 42001:
            clock.advance(7200)
        else:
            server.emulator.tokens.revoke("wxclient")
        with caplog.at_level(logging.INFO):
            assert client.wxa.ocr_idcard(img_url="mock://idcard")["name"] == "张三"
        assert f"errcode={code}" in caplog.text
