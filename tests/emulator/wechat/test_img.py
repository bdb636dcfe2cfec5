"""``/cv/img/*``: the neighbours of OCR, answered with the examples of their pages."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import requests

from cloudbase_ocr import specimens
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.wechat.img import IMAGE_METHODS

PICTURE = Path(specimens.__file__).with_name("menu.jpg").read_bytes()


def test_img_interfaces() -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        query = {"access_token": "mock://wx1", "img_url": "mock://any"}
        crop = requests.post(server.url + "/cv/img/aicrop", params=query, timeout=30).json()
        assert (crop["errcode"], crop["img_size"]) == (0, {"w": 966, "h": 728})
        codes = requests.post(
            server.url + "/cv/img/qrcode",
            params={"access_token": "mock://wx1"},
            files={"img": ("a.jpg", PICTURE)},
            timeout=30,
        ).json()
        assert [code["type_name"] for code in codes["code_results"]] == [
            "QR_CODE",
            "QR_CODE",
            "EAN_13",
            "CODE_128",
        ]
        for bad, code in (
            ({"img_url": "mock://101000"}, 101000),
            ({}, 41005),
            ({"img_url": "ftp://a/b"}, 101000),
        ):
            params = {"access_token": "mock://wx1", **bad}
            assert (
                requests.post(server.url + "/cv/img/qrcode", params=params, timeout=30).json()["errcode"]
                == code
            )
        broken = requests.post(
            server.url + "/cv/img/aicrop",
            params={"access_token": "mock://wx1"},
            files={"img": ("a.jpg", b"no picture")},
            timeout=30,
        )
        assert broken.json()["errcode"] == 101002
        assert requests.post(server.url + "/cv/img/aicrop", timeout=30).json()["errcode"] == 41001


def test_aicrop_by_get_is_43002_with_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    query = {"access_token": "mock://wx1", "img_url": "mock://any"}
    with running(Settings(port=0, recognizer=False)) as server, caplog.at_level(logging.INFO):
        for path in ("/cv/img/aicrop", "/cv/img/qrcode", "/cv/ocr/idcard"):
            assert requests.get(server.url + path, params=query, timeout=30).json()["errcode"] == 43002
    assert caplog.text.count("aicrop was called by GET, as WxJava does") == 1


def test_superresolution_gives_a_media_id_and_every_neighbour_has_an_example() -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        query = {"access_token": "mock://wx1", "img_url": "mock://any"}
        for method in IMAGE_METHODS:
            reply = requests.post(server.url + method.path, params=query, timeout=30).json()
            assert (reply["errcode"], reply["errmsg"]) == (0, "ok"), method.key
        assert set(reply) == {"errcode", "errmsg", "media_id"}
        for code in (-1, 40001, 101002):
            query = {"access_token": "mock://wx1", "img_url": f"mock://{code}"}
            reply = requests.post(server.url + "/cv/img/superresolution", params=query, timeout=30).json()
            assert reply["errcode"] == code
