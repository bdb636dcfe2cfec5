"""The switches that change what a reply carries, over HTTP: rulings R2, R22, R26, and calls inside a container."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from PIL import Image

import wxcloud
from cloudbase_ocr.answers import Shape
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from wxcloud.contract import DOCUMENTED, by_key


def post(url: str, path: str, **query: str) -> Any:
    return requests.post(url + path, params=query, timeout=30).json()


def test_r2_a_bank_card_may_carry_its_number_twice() -> None:
    query = {"access_token": "mock://wx1", "img_url": "mock://bankcard"}
    with running(Settings(port=0, recognizer=False, bankcard_id=True)) as server:
        reply = post(server.url, "/cv/ocr/bankcard", **query)
        assert reply["id"] == reply["number"]
        assert "id" not in post(server.url, "/cv/ocr/platenum", **{**query, "img_url": "mock://platenum"})
    with running(Settings(port=0, recognizer=False)) as server:
        assert "id" not in post(server.url, "/cv/ocr/bankcard", **query)


@pytest.mark.parametrize("omit", [False, True])
def test_r22_unread_fields_are_empty_or_left_out(tmp_path: Path, omit: bool) -> None:
    fixture = {
        "name": "idcard/unread",
        "method": "idcard",
        "provenance": "written",
        "reference": "a card whose address could not be read",
        "match": {"url": "https://a.example/card.jpg"},
        "reply": {"errcode": 0, "errmsg": "ok", "type": "Front", "name": "张三", "addr": ""},
    }
    path = tmp_path / "unread.yaml"
    path.write_text(yaml.safe_dump([fixture]), encoding="utf-8")
    with running(Settings(port=0, recognizer=False, fixtures=(path,), omit_unread=omit)) as server:
        reply = post(
            server.url, "/cv/ocr/idcard", access_token="mock://wx1", img_url="https://a.example/card.jpg"
        )
    assert reply["name"] == "张三"
    assert ("addr" in reply) is not omit


def test_the_documented_profile_and_the_switches_combine() -> None:
    method = by_key("idcard")
    assert method is not None
    fields = {"type": "Front", "name": "", "birth": "1990-01-01", "card_property": 4}
    assert Shape(DOCUMENTED, omit_unread=True).apply(method, fields) == {"type": "Front"}


def test_r26_the_quota_may_count_for_the_account() -> None:
    query = {"access_token": "mock://wx1"}
    settings = Settings(port=0, recognizer=False, quota_per_day=1, quota_scope="account", hints=False)
    with running(settings) as server:
        assert post(server.url, "/cv/ocr/idcard", img_url="mock://idcard", **query)["errcode"] == 0
        assert post(server.url, "/cv/ocr/bankcard", img_url="mock://bankcard", **query)["errcode"] == 101003


def test_calls_without_a_token_inside_a_container() -> None:
    with running(Settings(port=0, recognizer=False, tokenless=True)) as server:
        assert post(server.url, "/cv/ocr/idcard", img_url="mock://idcard")["name"] == "张三"
        cloud = wxcloud.Cloud(api_base=server.url, credentials="tokenless")
        assert cloud.openapi.ocr.idcard({"imgUrl": "mock://idcard"})["errMsg"] == "openapi.ocr.idcard:ok"
    with running(Settings(port=0, recognizer=False)) as server:
        assert post(server.url, "/cv/ocr/idcard", img_url="mock://idcard")["errcode"] == 41001


def test_the_size_limit_can_be_set() -> None:
    picture = io.BytesIO()
    Image.effect_noise((200, 200), 90).save(picture, "PNG")
    with running(Settings(port=0, recognizer=False, max_image_bytes=1000)) as server:
        url = server.url + "/cv/ocr/comm?access_token=mock://wx1"
        answer = requests.post(url, files={"img": ("a.png", picture.getvalue(), "image/png")}, timeout=30)
        assert answer.json()["errcode"] == 101002
