"""What is on the wire: the query encoded once, the picture with name, type and length."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.wxcloud.upstream_server import JPEG, PNG, WEBP, Upstream
from wxcloud import Cloud


def test_url_travels_in_the_query_encoded_exactly_once(cloud: Cloud, upstream: Upstream) -> None:
    url = "https://example.com/照片 1.jpg?sign=a+b/c%3D&t=1#x"
    cloud.openapi.ocr.idcard({"type": "photo", "imgUrl": url})
    seen = upstream.calls("/cv/ocr/idcard")[0]
    assert seen.query == (
        "access_token=TOKEN-1&img_url=https%3A%2F%2Fexample.com%2F%E7%85%A7%E7%89%87%201.jpg"
        "%3Fsign%3Da%2Bb%2Fc%253D%26t%3D1%23x&type=photo"
    )
    assert seen.body == b""
    assert seen.headers["Content-Length"] == "0"
    assert seen.headers["Accept-Encoding"] == "identity", (
        "so that the bound on a reply's size is one of bytes read"
    )


@pytest.mark.parametrize(
    ("content", "filename", "content_type"),
    [
        (JPEG, "img.jpg", "image/jpeg"),
        (PNG, "img.png", "image/png"),
        (WEBP, "img.webp", "image/webp"),
        (b"GIF89a...", "img.gif", "image/gif"),
        (b"BM......", "img.bmp", "image/bmp"),
        (b"II*\x00....", "img.tiff", "image/tiff"),
        (b"\x00\x00\x00\x18ftypheic....", "img.heic", "image/heic"),
        (b"\x00\x00\x00\x18ftypavif....", "img.avif", "image/avif"),
    ],
)
def test_picture_is_a_part_with_name_type_and_length(
    cloud: Cloud, upstream: Upstream, content: bytes, filename: str, content_type: str
) -> None:
    # The caller's content type is wrong on purpose: the bytes decide.
    cloud.openapi.ocr.idcard({"img": {"contentType": "image/x-wrong", "value": content}})
    seen = upstream.calls("/cv/ocr/idcard")[0]
    assert seen.parts == [("img", filename, content_type, content)]
    assert seen.headers["Content-Length"] == str(len(seen.body))
    assert "Transfer-Encoding" not in seen.headers
    assert seen.query == "access_token=TOKEN-1"


def test_two_megabytes_go_through_unchanged(cloud: Cloud, upstream: Upstream) -> None:
    content = JPEG + bytes(range(256)) * 8000
    cloud.openapi.ocr.idcard(img=content)
    assert upstream.calls("/cv/ocr/idcard")[0].parts[0][3] == content


@pytest.mark.parametrize("url", ["mock://idcard/back", "mock://101001", "mock://slow/3s"])
def test_other_schemes_pass_unchanged(cloud: Cloud, upstream: Upstream, url: str) -> None:
    cloud.openapi.ocr.idcard(imgUrl=url)
    assert dict(parse_qsl(upstream.calls("/cv/ocr/idcard")[0].query))["img_url"] == url


def test_double_encoded_url_is_warned_about_and_not_changed(
    cloud: Cloud, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.openapi.ocr.idcard(imgUrl="https://example.com/%25E7%2585%25A7.jpg")
    assert "percent-encoded twice" in caplog.text
    query = dict(parse_qsl(upstream.calls("/cv/ocr/idcard")[0].query))
    assert query["img_url"] == "https://example.com/%25E7%2585%25A7.jpg"


def test_plain_url_is_not_warned_about(
    cloud: Cloud, event: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    cloud.openapi.ocr.idcard(event)
    assert [record for record in caplog.records if record.name == "wxcloud"] == []


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("scan", "scan"),
        ("MODE 1&x", "MODE 1&x"),
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        ([1, "a"], '[1,"a"]'),
        ({"aB": 1}, '{"a_b":1}'),
    ],
)
def test_unknown_parameters_pass_in_the_query(
    cloud: Cloud, upstream: Upstream, event: dict[str, Any], value: Any, sent: str
) -> None:
    cloud.openapi.ocr.idcard({**event, "someThing": value})
    assert dict(parse_qsl(upstream.calls("/cv/ocr/idcard")[0].query))["some_thing"] == sent


def test_null_parameters_are_not_sent(cloud: Cloud, upstream: Upstream, event: dict[str, Any]) -> None:
    cloud.openapi.ocr.idcard({**event, "type": None, "img": None, "fileID": ""})
    assert "type" not in upstream.calls("/cv/ocr/idcard")[0].query


def test_unknown_type_is_warned_about_and_sent(
    cloud: Cloud, upstream: Upstream, event: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    cloud.openapi.ocr.idcard(event, type="MODE")
    assert "neither photo nor scan" in caplog.text
    assert upstream.calls("/cv/ocr/idcard")[0].query.endswith("&type=MODE")


def test_proxy_of_the_environment_is_not_used_for_loopback(
    cloud: Cloud, upstream: Upstream, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    cloud.openapi.ocr.idcard(event)
    assert len(upstream.calls("/cv/ocr/idcard")) == 1


def test_redirect_is_not_followed(cloud: Cloud, upstream: Upstream, event: dict[str, Any]) -> None:
    from werkzeug import Response

    from wxcloud import ServiceError

    upstream.ocr(Response(status=302, headers={"Location": upstream.base + "/elsewhere"}))
    with pytest.raises(ServiceError) as caught:
        cloud.openapi.ocr.idcard(event)
    assert caught.value.errMsg == (
        f"openapi.ocr.idcard:fail -501001 resource system error. 302 FOUND | [{upstream.base}/cv/ocr/idcard]"
    )
    assert upstream.calls("/elsewhere") == []
