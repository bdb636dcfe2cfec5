"""Another function, and files in storage: what wx-server-sdk offers beside openapi."""

from __future__ import annotations

import io
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug import Response

import wxcloud
from tests.wxcloud.upstream_server import Upstream
from wxcloud import ArgumentError, Cloud, CloudSDKError, ServiceError

FILE = "cloud://env-1.6465-env-1-1250000000/a/b.jpg"
INVOKE, UPLOAD = "/tcb/invokecloudfunction", "/tcb/uploadfile"
DOWNLOAD, DELETE = "/tcb/batchdownloadfile", "/tcb/batchdeletefile"


@pytest.fixture
def cloud(upstream: Upstream) -> Cloud:
    """Give a cloud of one environment."""
    return Cloud(api_base=upstream.base, appid="wx0123456789abcdef", secret="top-secret", env="env-1")


def ok(**fields: Any) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", **fields}


def given_address(upstream: Upstream, path: str = "/cos/a/b.jpg?sign=SIGNED") -> dict[str, Any]:
    return ok(file_list=[{"fileid": FILE, "download_url": upstream.base + path, "status": 0, "errmsg": "ok"}])


@pytest.mark.parametrize(
    ("resp_data", "result"),
    [('{"sum":3}', {"sum": 3}), ('"三"', "三"), ("null", None), ("no json", "no json")],
)
def test_a_function_is_called(upstream: Upstream, cloud: Cloud, resp_data: str, result: Any) -> None:
    upstream.answer(INVOKE, ok(resp_data=resp_data))
    assert cloud.call_function("add", {"a": 1}) == {
        "result": result,
        "requestID": "",
        "errMsg": "callFunction:ok",
    }
    [seen] = upstream.calls(INVOKE)
    assert "env=env-1&name=add" in seen.query
    assert seen.document == {"a": 1}


def test_a_function_of_another_environment_without_data(upstream: Upstream, cloud: Cloud) -> None:
    upstream.answer(INVOKE, ok(resp_data="1"))
    cloud.call_function("add", env="env-2")
    cloud.callFunction({"name": "add", "config": {"env": "env-2"}})
    assert all("env=env-2" in seen.query and seen.document == {} for seen in upstream.calls(INVOKE))


def test_a_function_that_fails(upstream: Upstream, cloud: Cloud) -> None:
    upstream.answer(INVOKE, {"errcode": -504002, "errmsg": "functions execute fail"})
    with pytest.raises(CloudSDKError) as caught:
        cloud.call_function("boom")
    assert caught.value.to_dict() == {
        "errCode": -504002,
        "errMsg": "callFunction:fail functions execute fail",
    }


def test_a_file_is_stored(upstream: Upstream, cloud: Cloud) -> None:
    told = {"authorization": "SIGNATURE", "token": "TOKEN", "cos_file_id": "COS-1", "file_id": FILE}
    upstream.answer(UPLOAD, ok(url=f"{upstream.base}/cos/a/b.jpg", **told))
    upstream.answer("/cos/a/b.jpg", Response(status=204))
    for content in (b"\xff\xd8 jpeg", bytearray(b"\xff\xd8 jpeg"), io.BytesIO(b"\xff\xd8 jpeg")):
        answer = cloud.upload_file("a/b.jpg", content)
        assert answer == {"fileID": FILE, "statusCode": 204, "errMsg": "uploadFile:ok"}
    assert upstream.calls(UPLOAD)[0].document == {"env": "env-1", "path": "a/b.jpg"}
    for seen in upstream.calls("/cos/a/b.jpg"):
        parts = {name: content for name, _, _, content in seen.parts}
        assert parts == {
            "key": b"a/b.jpg",
            "Signature": b"SIGNATURE",
            "x-cos-security-token": b"TOKEN",
            "x-cos-meta-fileid": b"COS-1",
            "file": b"\xff\xd8 jpeg",
        }
        assert seen.parts[-1][0] == "file", "the object store ignores what comes after it"


@pytest.mark.parametrize(
    ("told", "store", "code", "text"),
    [
        ({"url": "BASE/cos"}, None, -601001, "the reply lacks authorization, token, cos_file_id, file_id"),
        (
            {"url": "BASE/cos", "authorization": "a", "token": "t", "cos_file_id": "c", "file_id": FILE},
            Response(status=403),
            -503001,
            "the object store answered 403",
        ),
    ],
)
def test_a_file_that_is_not_taken(
    upstream: Upstream, cloud: Cloud, told: dict[str, str], store: Response, code: int, text: str
) -> None:
    upstream.answer(
        UPLOAD, ok(**{name: value.replace("BASE", upstream.base) for name, value in told.items()})
    )
    upstream.answer("/cos", store)
    with pytest.raises(CloudSDKError, match=text) as caught:
        cloud.upload_file("a.jpg", b"x")
    assert caught.value.errCode == code


def test_a_file_is_fetched(upstream: Upstream, cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    upstream.answer(DOWNLOAD, given_address(upstream))
    upstream.answer("/cos/a/b.jpg", Response(b"\x00 bytes \xff", 200))
    expected = {"fileContent": b"\x00 bytes \xff", "statusCode": 200, "errMsg": "downloadFile:ok"}
    assert cloud.download_file(FILE) == cloud.downloadFile({"fileID": FILE}) == expected
    ours = [each.getMessage() for each in caplog.records if each.name != "werkzeug"]
    assert any("/cos/a/b.jpg" in line for line in ours)
    assert not any("SIGNED" in line or "TOKEN-1" in line for line in ours)


@pytest.mark.parametrize(("status", "code"), [(404, -503003), (403, -503001), (500, -503001)])
def test_a_file_that_is_not_given(upstream: Upstream, cloud: Cloud, status: int, code: int) -> None:
    upstream.answer(DOWNLOAD, given_address(upstream))
    upstream.answer("/cos/a/b.jpg", Response(status=status))
    with pytest.raises(CloudSDKError, match="downloadFile:fail") as caught:
        cloud.download_file(FILE)
    assert caught.value.errCode == code


def test_a_file_larger_than_memory_is_not_read(
    upstream: Upstream, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wxcloud.client.MAX_FILE_BYTES", 1000)
    upstream.answer(DOWNLOAD, given_address(upstream))
    upstream.answer("/cos/a/b.jpg", Response(b"x" * 1001))
    with pytest.raises(ServiceError, match="exceeds 1000 bytes"):
        cloud.download_file(FILE)


def test_temporary_addresses(upstream: Upstream, cloud: Cloud) -> None:
    missing = {
        "fileid": FILE + "x",
        "download_url": "",
        "status": -503003,
        "errmsg": "storage file not exists",
    }
    upstream.answer(DOWNLOAD, ok(file_list=[*given_address(upstream)["file_list"], missing]))
    answer = cloud.get_temp_file_url([{"fileID": FILE, "maxAge": 60}, FILE + "x"])
    assert answer == {
        "fileList": [
            {
                "fileID": FILE,
                "status": 0,
                "errMsg": "ok",
                "maxAge": 60,
                "tempFileURL": f"{upstream.base}/cos/a/b.jpg?sign=SIGNED",
            },
            {
                "fileID": FILE + "x",
                "status": -503003,
                "errMsg": "storage file not exists",
                "maxAge": 7200,
                "tempFileURL": "",
            },
        ],
        "errMsg": "getTempFileURL:ok",
    }
    assert upstream.calls(DOWNLOAD)[0].document == {
        "env": "env-1",
        "file_list": [{"fileid": FILE, "max_age": 60}, {"fileid": FILE + "x", "max_age": 7200}],
    }


def test_files_are_deleted(upstream: Upstream, cloud: Cloud) -> None:
    upstream.answer(DELETE, ok(delete_list=[{"fileid": FILE, "status": 0, "errmsg": "ok"}]))
    expected = {"fileList": [{"fileID": FILE, "status": 0, "errMsg": "ok"}], "errMsg": "deleteFile:ok"}
    assert cloud.delete_file([FILE]) == cloud.deleteFile(fileList=[FILE]) == expected
    assert upstream.calls(DELETE)[0].document == {"env": "env-1", "fileid_list": [FILE]}


@pytest.mark.parametrize("reply", [ok(), ok(delete_list=[]), ok(delete_list={}), ok(delete_list=[1])])
def test_a_reply_about_other_files(upstream: Upstream, cloud: Cloud, reply: dict[str, Any]) -> None:
    upstream.answer(DELETE, reply)
    with pytest.raises(ServiceError, match="names no file, or not each one"):
        cloud.delete_file([FILE])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda cloud: cloud.callFunction(), "parameter.name should be string instead of NoneType"),
        (lambda cloud: cloud.callFunction(3), "parameters of callFunction should be object instead of int"),
        (lambda cloud: cloud.call_function(""), "parameter.name should be string instead of an empty string"),
        (lambda cloud: cloud.call_function("f", 3), "parameter.data should be object instead of int"),
        (lambda cloud: cloud.call_function("f", {"a": b"x"}), "parameter.data cannot be sent as JSON"),
        (
            lambda cloud: cloud.call_function("f", env=3),
            "parameter.config.env should be string instead of int",
        ),
        (
            lambda cloud: cloud.callFunction(name="f", config=3),
            "parameter.config should be object instead of int",
        ),
        (lambda cloud: cloud.upload_file("a", "text"), "should be bytes or a file opened in binary mode"),
        (lambda cloud: cloud.upload_file("a", io.StringIO("text")), "instead of str"),
        (
            lambda cloud: cloud.upload_file(None, b""),
            "parameter.cloudPath should be string instead of NoneType",
        ),
        (
            lambda cloud: cloud.download_file("https://x"),
            "should be a file ID, cloud://..., instead of other text",
        ),
        (lambda cloud: cloud.get_temp_file_url(FILE), "parameter.fileList should be array instead of str"),
        (lambda cloud: cloud.get_temp_file_url([]), "should have 1 to 50 entries instead of 0"),
        (lambda cloud: cloud.get_temp_file_url([{"fileID": FILE, "maxAge": 0}]), "fileList[0].maxAge"),
        (lambda cloud: cloud.get_temp_file_url([{}]), "parameter.fileList[0].fileID should be a file ID"),
        (lambda cloud: cloud.delete_file([FILE, 3]), "parameter.fileList[1] should be a file ID"),
        (lambda cloud: cloud.delete_file([FILE] * 51), "should have 1 to 50 entries instead of 51"),
    ],
)
def test_wrong_arguments_are_not_sent(
    upstream: Upstream, cloud: Cloud, call: Callable[[Cloud], Any], text: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        call(cloud)
    assert text in caught.value.errMsg
    assert caught.value.errCode == -601002
    assert not upstream.seen


def test_an_environment_is_needed(upstream: Upstream) -> None:
    with pytest.raises(ArgumentError, match="pass its ID as env to init"):
        Cloud(api_base=upstream.base, appid="wx0123456789abcdef", secret="s").call_function("f")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    cloud = Cloud(api_base=base, appid="wx0123456789abcdef", secret="s", env="e", timeout=2)
    with pytest.raises(ServiceError, match="callFunction:fail -501001"):
        cloud.call_function("f")


def test_the_module_is_a_cloud(upstream: Upstream) -> None:
    upstream.answer(INVOKE, ok(resp_data="1"))
    wxcloud.init(api_base=upstream.base, appid="wx0123456789abcdef", secret="s", env="env-1")
    try:
        assert wxcloud.callFunction({"name": "f"}) == wxcloud.call_function("f")
    finally:
        wxcloud.init()
