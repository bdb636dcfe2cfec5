"""Every shape of a picture that is taken, and every wrong one, which is refused before any request."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wxcloud.upstream_server import JPEG, PNG, Upstream
from wxcloud import ArgumentError, Cloud, CloudSDKError, PictureError
from wxcloud.errors import Failure
from wxcloud.images import to_bytes, to_image

BASE64 = base64.b64encode(PNG).decode()
BUFFER = {"type": "Buffer", "data": list(PNG)}
FILE_ID = "cloud://env-1.656e-env-1-1250000000/cards/a.png"


@pytest.mark.parametrize(
    "value",
    [
        PNG,
        bytearray(PNG),
        memoryview(PNG),
        BASE64,
        BASE64.rstrip("="),
        BASE64[:8] + "\r\n " + BASE64[8:] + "\n",
        base64.urlsafe_b64encode(PNG).decode(),
        "data:image/jpeg;base64," + BASE64,
        "data:;base64," + BASE64,
        " DATA:image/png;charset=x;BASE64," + BASE64,
        BUFFER,
    ],
    ids=lambda value: f"{type(value).__name__}-{str(value)[:12]!r}",
)
@pytest.mark.parametrize("wrapped", ["bare", "contentType", "content_type", "without type"])
def test_shapes_that_are_taken(cloud: Cloud, upstream: Upstream, value: Any, wrapped: str) -> None:
    img = value
    if wrapped != "bare":
        img = {"value": value} if wrapped == "without type" else {wrapped: "image/png", "value": value}
    cloud.openapi.ocr.printedText(img=img)
    assert upstream.calls("/cv/ocr/comm")[0].parts == [("img", "img.png", "image/png", PNG)]


@given(st.binary(max_size=300))
def test_text_forms_carry_any_bytes(content: bytes) -> None:
    text = base64.b64encode(content).decode()
    assert to_bytes(text) == content
    assert to_bytes("data:image/png;base64," + text) == content
    assert to_bytes({"type": "Buffer", "data": list(content)}) == content


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_no_value_breaks_anything(value: Any) -> None:
    failure = None
    try:
        assert to_image(value, 10_000).content
    except Failure as raised:
        failure = raised
    assert failure is None or failure.code in (41005, 101002)
    assert failure is None or failure.text.startswith(("media data missing: ", "decode image failed: "))


MISSING = [
    ({}, "give one picture as img, imgUrl or fileID"),
    ({"img": None, "imgUrl": None, "fileID": None}, "give one picture"),
    ({"img": "", "imgUrl": ""}, "give one picture"),
    ({"imgUrl": "   "}, "imgUrl is blank"),
    ({"imgBase64": BASE64}, "imgBase64 is no parameter"),
    ({"imageBase64": "abc"}, "imageBase64 is no parameter"),
    ({"url": "https://example.com/a.jpg"}, "url is no parameter"),
    ({"img": b""}, "img is empty"),
    ({"img": {"contentType": "image/png", "value": b""}}, "img is empty"),
    ({"img": {"contentType": "image/png"}}, "img has no value"),
    ({"img": {}}, "img has no value"),
    ({"img": {"type": "Blob", "data": [1]}}, "img has no value"),
    ({"img": {"0": 255, "1": 216, "2": 255}}, "Uint8Array that became an object"),
    ({"img": {"contentType": 5, "value": PNG}}, "contentType must be text"),
    ({"img": {"value": {"contentType": "image/png", "value": PNG}}}, "an object but no Buffer"),
    ({"img": {"type": "Buffer", "data": BASE64}}, "an object but no Buffer"),
    ({"img": {"type": "Buffer"}}, "an object but no Buffer"),
    ({"img": {"type": "Buffer", "data": []}}, "img is empty"),
    ({"img": {"type": "Buffer", "data": [256]}}, "from 0 to 255"),
    ({"img": {"type": "Buffer", "data": [-1]}}, "from 0 to 255"),
    ({"img": {"type": "Buffer", "data": [1.5]}}, "from 0 to 255"),
    ({"img": {"type": "Buffer", "data": ["1"]}}, "from 0 to 255"),
    ({"img": [255, 216]}, "img is a list"),
    ({"img": 5}, "img is of type int"),
    ({"img": True}, "img is of type bool"),
    ({"img": "not base64!"}, "text but not base64"),
    ({"img": "汉字"}, "text but not base64"),
    ({"img": "abcde"}, "text but not base64"),
    ({"img": "=="}, "img is empty"),
    ({"img": "data:image/svg+xml,%3Csvg"}, "a data: URL without base64"),
    ({"img": "data:image/png;base64"}, "a data: URL without base64"),
    ({"img": "https://example.com/a.jpg"}, "img holds a URL; pass it as imgUrl"),
    ({"img": FILE_ID}, "pass it as fileID"),
    ({"img": {"value": "https://example.com/a.jpg"}}, "img holds a URL"),
    ({"img": Path("a.jpg")}, "img is a path"),
    ({"img": io.BytesIO(PNG)}, "img is an open file"),
]


@pytest.mark.parametrize(("data", "said"), MISSING)
def test_what_the_service_would_not_see_is_41005(
    cloud: Cloud, upstream: Upstream, data: Any, said: str
) -> None:
    with pytest.raises(PictureError) as caught:
        cloud.openapi.ocr.idcard(data)
    assert caught.value.errCode == 41005
    assert caught.value.errMsg.startswith("openapi.ocr.idcard:fail media data missing: ")
    assert said in caught.value.errMsg
    assert upstream.seen == []


WRONG = [
    ({"img": PNG, "imgUrl": "https://example.com/a.jpg"}, "img and imgUrl are given together"),
    ({"imgUrl": "https://example.com/a.jpg", "fileID": FILE_ID}, "imgUrl and fileID are given together"),
    ({"fileID": FILE_ID, "file_id": FILE_ID}, "fileID and file_id are given together"),
    ({"imgUrl": PNG}, "imgUrl must be text, not bytes"),
    ({"imgUrl": BUFFER}, "imgUrl must be text, not dict"),
    ({"imgUrl": 5}, "imgUrl must be text, not int"),
    ({"imgUrl": "data:image/png;base64," + BASE64}, "imgUrl holds a data: URL"),
    ({"imgUrl": "wxfile://tmp_1.jpg"}, "only one device knows"),
    ({"imgUrl": "http://tmp/1.jpg"}, "only one device knows"),
    ({"imgUrl": "blob:https://x/1"}, "only one device knows"),
    ({"imgUrl": "/tmp/a.jpg"}, "only one device knows"),
    ({"imgUrl": "C:\\a.jpg"}, "only one device knows"),
    ({"imgUrl": "cloud://env-1"}, "not a whole file ID"),
    ({"fileID": "cloud://env-1.bucket/"}, "not a whole file ID"),
    ({"fileID": "https://example.com/a.jpg"}, "a web address goes into imgUrl"),
    ({"fileID": ["cloud://a/b"]}, "begins with cloud://"),
]


@pytest.mark.parametrize(("data", "said"), WRONG)
def test_contradictions_are_argument_errors(cloud: Cloud, upstream: Upstream, data: Any, said: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        cloud.openapi.ocr.idcard(data)
    assert caught.value.errCode == -601002
    assert said in caught.value.errMsg
    assert upstream.seen == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"<html>404</html>", "a web page"),
        (b'{"errcode": 1}', "JSON"),
        (b"plain words", "11 bytes that begin like no known format"),
        (b"RIFF....WAVE", "no known format"),
        (b"\x00\x00\x00\x18ftypmp42", "no known format"),
    ],
)
def test_what_is_no_picture_is_101002(cloud: Cloud, upstream: Upstream, content: bytes, said: str) -> None:
    with pytest.raises(PictureError) as caught:
        cloud.openapi.ocr.idcard(img=content)
    assert caught.value.errCode == 101002
    assert caught.value.errMsg.startswith("openapi.ocr.idcard:fail decode image failed: ")
    assert said in caught.value.errMsg
    assert upstream.seen == []


MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("size", "parameters", "taken"),
    [
        (2 * MIB, {}, True),
        (2 * MIB + 1, {}, False),
        (2 * MIB + 1, {"respType": 0}, False),
        (2 * MIB + 1, {"respType": 1}, True),
        (2 * MIB + 1, {"respType": "1"}, True),
        (10 * MIB + 1, {"respType": 1}, False),
    ],
)
def test_size_limit(
    cloud: Cloud, upstream: Upstream, size: int, parameters: dict[str, Any], taken: bool
) -> None:
    content = JPEG + bytes(size - len(JPEG))
    if taken:
        cloud.openapi.ocr.idcard(parameters, img=content)
        assert len(upstream.calls("/cv/ocr/idcard")[0].parts[0][3]) == size
        return
    with pytest.raises(CloudSDKError, match=f"the picture has {size} bytes") as caught:
        cloud.openapi.ocr.idcard(parameters, img=content)
    assert caught.value.errCode == 101002
    assert upstream.seen == []


def test_size_limit_is_configurable(upstream: Upstream) -> None:
    cloud = Cloud(api_base=upstream.base, appid="wx1", secret="s", max_image_bytes=len(JPEG))
    cloud.openapi.ocr.idcard(img=JPEG)
    with pytest.raises(PictureError, match="WeChat takes 14"):
        cloud.openapi.ocr.idcard(img=JPEG + b"x")


@pytest.mark.parametrize("name", ["fileID", "fileId", "fileid", "file_id", "imgUrl", "img_url"])
def test_file_id_is_resolved_first(upstream: Upstream, name: str) -> None:
    url = "https://656e-env-1-1250000000.example.com/cards/a.png?sign=1&t=2"
    file = {"fileid": FILE_ID, "download_url": url, "status": 0, "errmsg": "ok"}
    upstream.answer("/tcb/batchdownloadfile", {"errcode": 0, "errmsg": "ok", "file_list": [file]})
    cloud = Cloud(api_base=upstream.base, appid="wx1", secret="s", env="env-1")
    cloud.openapi.ocr.idcard({name: FILE_ID})
    assert [seen.path for seen in upstream.seen[1:]] == ["/tcb/batchdownloadfile", "/cv/ocr/idcard"]
    asked = upstream.seen[1]
    assert asked.query == "access_token=TOKEN-1"
    assert asked.document == {"env": "env-1", "file_list": [{"fileid": FILE_ID, "max_age": 7200}]}
    assert upstream.seen[2].query.endswith("%2Fcards%2Fa.png%3Fsign%3D1%26t%3D2")
    assert upstream.seen[2].query.count("%25") == 0


@pytest.mark.parametrize(
    ("env", "variables", "expected"),
    [
        ("env-x", {"TCB_ENV": "env-y"}, "env-x"),
        ("DYNAMIC_CURRENT_ENV", {"TCB_ENV": "env-y", "SCF_NAMESPACE": "env-z"}, "env-y"),
        (None, {"SCF_NAMESPACE": "env-z"}, "env-z"),
        (None, {"CBR_ENV_ID": "env-c"}, "env-c"),
        (None, {}, "env-1"),
    ],
)
def test_environment_of_a_file(
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    env: str | None,
    variables: dict[str, str],
    expected: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file = {"fileid": FILE_ID, "download_url": "https://example.com/a.png", "status": 0}
    upstream.answer("/tcb/batchdownloadfile", {"errcode": 0, "file_list": [file]})
    Cloud(api_base=upstream.base, appid="wx1", secret="s", env=env).openapi.ocr.idcard(fileID=FILE_ID)
    assert upstream.calls("/tcb/batchdownloadfile")[0].document["env"] == expected


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (
            {"errcode": 0, "file_list": [{"status": -503003, "errmsg": "STORAGE_FILE_NONEXIST"}]},
            -503003,
            "STORAGE_FILE_NONEXIST (fileID, status -503003); check the file ID",
        ),
        ({"errcode": 0, "file_list": [{"status": 1, "download_url": "https://x"}]}, -503003, "status 1"),
        ({"errcode": 0, "file_list": [{"status": 0, "download_url": ""}]}, -503003, "no address"),
        ({"errcode": 0, "file_list": []}, -601001, "names no file"),
        ({"errcode": 0}, -601001, "names no file"),
        ({"errcode": 0, "file_list": ["x"]}, -601001, "names no file"),
        ({"errcode": 40097, "errmsg": "invalid args"}, 40097, "invalid args"),
    ],
)
def test_file_id_that_cannot_be_resolved(
    cloud: Cloud, upstream: Upstream, reply: dict[str, Any], code: int, said: str
) -> None:
    upstream.answer("/tcb/batchdownloadfile", reply)
    with pytest.raises(CloudSDKError) as caught:
        cloud.openapi.ocr.idcard(fileID=FILE_ID)
    assert caught.value.errCode == code
    assert caught.value.errMsg.startswith("openapi.ocr.idcard:fail ")
    assert said in caught.value.errMsg
    assert upstream.calls("/cv/ocr/idcard") == []


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("https://example.com:8443/a.jpg", "uses port 8443"),
        ("http://example.com/a.jpg", "plain http"),
        ("ftp://example.com/a.jpg", "neither http nor https"),
        ("www.example.com/a.jpg", "neither http nor https"),
        ("https://192.168.1.5/a.jpg", "only your network knows"),
        ("http://127.0.0.1:8787/a.jpg", "only your network knows"),
        ("https://nas.local/a.jpg", "only your network knows"),
        ("https%3A%2F%2Fexample.com%2Fa.jpg", "percent-encoded twice"),
        ("https://example.com/%25E7.jpg", "percent-encoded twice"),
        ("https://example.com/a.jpg\n", "white space"),
        ("https://example.com:port/a.jpg", "not a valid URL"),
        ("https://[::1/a.jpg", "not a valid URL"),
    ],
)
def test_101000_comes_with_a_hint(
    cloud: Cloud, upstream: Upstream, url: str, hint: str, caplog: pytest.LogCaptureFixture
) -> None:
    """WeChat is asked all the same (ruling R25), and its text is left as it is."""
    upstream.ocr({"errcode": 101000, "errmsg": "invalid image url hint: [x] rid: 5f9bacd4-723830a2-0d2a598e"})
    with pytest.raises(PictureError) as caught:
        cloud.openapi.ocr.idcard(imgUrl=url)
    assert caught.value.errMsg == (
        "openapi.ocr.idcard:fail invalid image url hint: [x] rid: 5f9bacd4-723830a2-0d2a598e"
    )
    assert any(hint in text for text in caught.value.hints)
    assert hint in caplog.text
    assert "rid 5f9bacd4-723830a2-0d2a598e" in caplog.text


def test_other_errors_come_without_url_hints(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr({"errcode": 101001, "errmsg": "certificate not found"})
    with pytest.raises(PictureError) as caught:
        cloud.openapi.ocr.idcard(imgUrl="http://127.0.0.1:1/a.jpg")
    assert caught.value.hints == ()


def test_event_of_a_mini_program_as_json(cloud: Cloud, upstream: Upstream) -> None:
    event = json.loads(json.dumps({"img": {"contentType": "image/png", "value": BUFFER}, "type": "photo"}))
    cloud.openapi.ocr.bankcard(event)
    assert upstream.calls("/cv/ocr/bankcard")[0].parts[0][3] == PNG
