"""``POST /admin`` on the wire: bodies, cloud calls, permissions, functions and files."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from urllib3.filepost import encode_multipart_formdata

from cloudbase_ocr import specimens
from cloudbase_ocr.cloudbase.messages import CallMessage, Pair, ReplyMessage
from cloudbase_ocr.runtime import ApiToken
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

PICTURE = Path(specimens.__file__).with_name("menu.jpg").read_bytes()
URL = (Pair("img_url", b'"mock://idcard"'),)
JSON = "application/json; charset=utf-8"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("functions")
    permissions = {
        "may": [
            "ocr.idcard",
            "ocr.drivingLicense",
            "ocr.printedText",
            "img.aiCrop",
            "subscribeMessage.send",
            "serviceMarket.invokeService",
        ],
        "maynot": [],
    }
    for name, listed in permissions.items():
        (root / name).mkdir()
        (root / name / "index.py").write_text("def main(event, context):\n    return event\n")
        config = {"permissions": {"openapi": listed}}
        (root / name / "config.json").write_text(json.dumps(config))
    (root / "fails").mkdir()
    (root / "fails" / "index.py").write_text("def main(event, context):\n    raise KeyError('data')\n")
    return root


@pytest.fixture(scope="module")
def kind(folder: Path) -> Iterator[Server]:
    with running(
        Settings(port=0, functions=folder, recognizer=False, quota_per_day=0, env_id="env-1")
    ) as server:
        yield server


@pytest.fixture(scope="module")
def strict(folder: Path) -> Iterator[Server]:
    settings = Settings(port=0, functions=folder, recognizer=False, strict=True, hints=False, env_id="env-1")
    with running(settings) as server:
        yield server


def token(function: str = "may") -> str:
    return ApiToken(function, "wx1", "o1").text("r1")


def form(fields: dict[str, Any]) -> tuple[bytes, str]:
    body, content_type = encode_multipart_formdata(
        list(fields.items()), boundary="-" * 26 + "0123456789abcdef"
    )
    return body, content_type


def send(server: Server, api: str, pairs: tuple[Pair, ...] = URL, **fields: Any) -> requests.Response:
    data = {"action": "wx.openApi", "apiName": api, "requestData": CallMessage(pairs).encode()}
    body, content_type = form({**data, "wxCloudApiToken": token(), **fields})
    return requests.post(server.url + "/admin", data=body, headers={"Content-Type": content_type}, timeout=30)


def call(server: Server, api: str, pairs: tuple[Pair, ...] = URL, **fields: Any) -> Any:
    """Return WeChat's reply, or the code of a system error."""
    reply = send(server, api, pairs, **fields)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/octet-stream")
    message = ReplyMessage.parse(reply.content)
    if message.error_code:
        assert not len(message.data)
        return message.error_code
    assert message.content_type == "application/json"
    return json.loads(bytes(message.data))


def post(server: Server, **fields: Any) -> Any:
    reply = requests.post(server.url + "/admin", json=fields, timeout=30)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, JSON)
    return reply.json()


def test_reply_is_that_of_the_https_interface(kind: Server) -> None:
    direct = requests.post(
        kind.url + "/cv/ocr/idcard",
        params={"access_token": "mock://wx1", "img_url": "mock://idcard"},
        timeout=30,
    )
    message = ReplyMessage.parse(send(kind, "ocr.idcard").content)
    assert bytes(message.data) == direct.content


MARKET = (
    Pair("service", b'"wx79ac3de8be320b71"'),
    Pair("api", b'"OcrAllInOne"'),
    Pair("data", b'{"img_url":"mock://idcard","data_type":3,"ocr_type":1}'),
    Pair("client_msg_id", b'"1"'),
)


def test_service_market_replies_as_the_https_interface(kind: Server) -> None:
    body = {pair.key: json.loads(bytes(pair.value)) for pair in MARKET}
    direct = requests.post(kind.url + "/wxa/servicemarket?access_token=mock://wx1", json=body, timeout=30)
    assert direct.json()["errcode"] == 0
    message = ReplyMessage.parse(send(kind, "serviceMarket.invokeService", MARKET).content)
    assert bytes(message.data) == direct.content


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (Pair("data", b'"{}"'), 9301003),
        (Pair("data", b"bytes", filename="data.png"), 9301001),
        (Pair("data", b'{"ocr_type":5}'), 9301001),
        (Pair("data", b"no json"), 9301001),
        (Pair("data", b'{"img_url":"mock://9301010","data_type":3,"ocr_type":1}'), 9301010),
    ],
)
def test_service_market_refuses_with_its_suffix(kind: Server, data: Pair, code: int) -> None:
    reply = call(kind, "serviceMarket.invokeService", (*MARKET[:2], data, MARKET[3]))
    assert reply["errcode"] == code
    assert " request id:[ML" in reply["errmsg"]
    assert " hint: " not in reply["errmsg"]


def test_service_market_has_one_name(kind: Server) -> None:
    for name in ("serviceMarket.invokeservice", "servicemarket.invokeService", "serviceMarket.retrieve"):
        assert call(kind, name, MARKET) == -604100


def test_error_carries_hint_and_rid(kind: Server) -> None:
    reply = call(kind, "ocr.idcard", (Pair("img_url", b'"mock://101001"'),))
    assert reply["errcode"] == 101001
    assert reply["errmsg"].startswith("certificate not found hint: [")
    assert " rid: " in reply["errmsg"]


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ((), 41005),
        ((Pair("img", b'{"type":"Buffer","data":[1,2]}'),), 41005),
        ((Pair("img", PICTURE),), 41005),
        ((Pair("img", b"", filename="img.png"),), 41005),
        ((Pair("img_url", b'""'),), 41005),
        ((Pair("img_url", b"5"),), 41005),
        ((Pair("img_url", b"not json"),), 41005),
        ((Pair("img_url", b'"cloud://a.b/c.jpg"'),), 101000),
        ((Pair("img", b"no picture at all", filename="img.png"),), 101002),
    ],
)
def test_what_is_no_picture(kind: Server, pairs: tuple[Pair, ...], code: int) -> None:
    assert call(kind, "ocr.printedText", pairs)["errcode"] == code


def test_picture(kind: Server) -> None:
    reply = call(kind, "ocr.printedText", (Pair("img", PICTURE, filename="img.jpeg"),))
    assert (reply["errcode"], reply["items"]) == (0, [])


@pytest.mark.parametrize(
    ("size", "resp_type", "code"), [(2, "", 0), (3, "", 101002), (10, "1", 0), (11, "1", 101002)]
)
def test_large_pictures(kind: Server, size: int, resp_type: str, code: int) -> None:
    """A JPEG may be followed by anything; so it can have any size (rulings R16)."""
    picture = PICTURE + bytes(size * 1024 * 1024 - len(PICTURE))
    pairs = (Pair("img", picture, filename="img.jpeg"), Pair("resp_type", resp_type.encode()))
    assert call(kind, "ocr.printedText", pairs)["errcode"] == code


@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_chunked_body(kind: Server, chunk: int) -> None:
    picture = PICTURE[: 10_000 * chunk]
    message = CallMessage((Pair("img", picture, filename="a.jpg"),)).encode()
    body, content_type = form({"action": "wx.openApi", "apiName": "ocr.printedText", "requestData": message})
    parts = (body[at : at + chunk] for at in range(0, len(body), chunk))
    reply = requests.post(kind.url + "/admin", data=parts, headers={"Content-Type": content_type}, timeout=60)
    assert reply.request.headers["Transfer-Encoding"] == "chunked"
    assert ReplyMessage.parse(reply.content).content_type == "application/json"


@pytest.mark.parametrize(
    ("api", "function", "expected"),
    [
        ("ocr.idcard", "may", 0),
        ("img.aiCrop", "may", 0),
        ("ocr.bankcard", "may", -604101),
        ("img.scanQRCode", "may", -604101),
        # By the name that was called: both lead to /cv/ocr/driving.
        ("ocr.drivingLicense", "may", 0),
        ("ocr.vehicleLicense", "may", -604101),
        ("ocr.idcard", "maynot", -604101),
        ("ocr.idcard", "deleted", -604101),
        ("ocr.passport", "may", -604100),
        ("ocr.driving", "may", -604100),
        ("idcard", "may", -604100),
        ("ocr.idcard.x", "may", -604100),
        ("subscribeMessage.send", "may", -604100),
        ("security.msgSecCheck", "may", -604101),
        ("", "may", -604100),
    ],
)
def test_permissions(kind: Server, api: str, function: str, expected: int) -> None:
    example = (Pair("img_url", b'"mock://slow/1ms"'),)  # of whatever method is called
    reply = call(kind, api, example, wxCloudApiToken=token(function))
    assert (reply["errcode"] if isinstance(reply, dict) else reply) == expected


def test_config_json_is_read_anew(kind: Server, folder: Path) -> None:
    config = folder / "maynot" / "config.json"
    before = config.read_text()
    config.write_text('{"permissions": {"openapi": ["ocr.menu"]}}')
    try:
        assert (
            call(kind, "ocr.menu", (Pair("img_url", b'"mock://menu"'),), wxCloudApiToken=token("maynot"))[
                "errcode"
            ]
            == 0
        )
    finally:
        config.write_text(before)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"wxCloudApiToken": ""}, "missing wxCloudApiToken"),
        ({"wxCloudApiToken": "somebody else's"}, "Invalid wxCloudApiToken"),
        ({"wxCloudApiToken": "", "wxCloudbaseAccesstoken": "no"}, "Invalid wxCloudbaseAccesstoken"),
    ],
)
def test_strangers_are_refused_when_strict(
    kind: Server, strict: Server, fields: dict[str, Any], message: str
) -> None:
    reply = send(strict, "ocr.idcard", **fields)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, JSON)
    assert {key: reply.json()[key] for key in ("code", "message")} == {
        "code": "INVALID_PARAM",
        "message": message,
    }
    assert call(kind, "ocr.idcard", **fields)["errcode"] == 0


def test_a_program_outside_the_runtime_is_refused_when_strict(kind: Server, strict: Server) -> None:
    assert call(strict, "ocr.idcard", wxCloudApiToken=token("")) == -604101
    assert call(kind, "ocr.idcard", wxCloudApiToken=token(""))["errcode"] == 0


def test_container_token(strict: Server) -> None:
    granted = strict.emulator.tokens.container("wx1").access_token
    reply = call(strict, "ocr.idcard", wxCloudApiToken="", wxCloudbaseAccesstoken=granted)
    assert reply["errcode"] == 0


def test_quota_counts_with_the_https_interface(folder: Path) -> None:
    with running(
        Settings(port=0, functions=folder, recognizer=False, quota_per_day=2, hints=False)
    ) as server:
        query = {"access_token": "mock://wx1", "img_url": "mock://idcard"}
        assert requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=30).json()["errcode"] == 0
        assert call(server, "ocr.idcard")["errcode"] == 0
        assert call(server, "ocr.idcard") == {"errcode": 101003, "errmsg": "not enough market quota"}
        message = CallMessage(URL, appid="wx2").encode()  # cloud.openapi({appid}): another account's quota
        assert call(server, "ocr.idcard", requestData=message)["errcode"] == 0


def test_a_cloud_call_that_only_the_cloud_has_is_told_so(
    kind: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert call(kind, "subscribeMessage.send") == -604100
    assert "WeChat has subscribeMessage.send, this emulator has not" in caplog.text


def test_the_upload_of_sdks_of_2019(kind: Server) -> None:
    file = {"file": ("a/身份证.jpg", PICTURE, "image/jpeg")}
    upload = {"action": "storage.uploadFile", "path": "a/身份证.jpg", "envName": "env-1"}
    reply = requests.post(kind.url + "/admin", data=upload, files=file, timeout=30).json()
    assert list(reply) == ["data", "requestId"]
    stored = kind.emulator.files.get(reply["data"]["fileID"])
    assert stored is not None
    assert stored.data == PICTURE
    assert post(kind, **upload)["code"] == "INVALID_PARAM"
    upload["path"] = "../a.jpg"
    refused = requests.post(kind.url + "/admin", data=upload, files=file, timeout=30).json()
    assert refused["code"] == "INVALID_PARAM"


def test_other_kinds_of_calls_do_not_exist(kind: Server) -> None:
    assert call(kind, "ApiGetOpenDataByCloudId", requestData=CallMessage(api_type=2).encode()) == -604100


def test_callopenapi(kind: Server) -> None:
    fields = {"action": "wx.api", "apiName": "ocr.idcard", "wxCloudApiToken": token()}
    answer = post(kind, **fields, requestData='{"img_url": "mock://idcard/back"}')
    assert list(answer) == ["data", "requestId"]
    assert json.loads(answer["data"]["responseData"])["type"] == "Back"
    refused = post(kind, **{**fields, "apiName": "ocr.menu"})
    assert json.loads(refused["data"]["responseData"])["errcode"] == -604101
    assert post(kind, **fields, requestData="[]")["code"] == "INVALID_PARAM"
    assert post(kind, **fields, requestData="{")["code"] == "INVALID_PARAM"


def test_function_gets_the_user_of_its_caller(kind: Server) -> None:
    fields = {"action": "functions.invokeFunction", "function_name": "may"}
    own = post(kind, **fields, request_data='{"a": 1}', wxCloudApiToken=token())
    assert json.loads(own["data"]["response_data"])["userInfo"] == {"appId": "wx1", "openId": "o1"}
    stranger = post(kind, **fields, request_data='{"a": 1}')
    assert json.loads(stranger["data"]["response_data"]) == {"a": 1}
    assert stranger["requestId"]
    app = ApiToken("may", "wx1").text("r1")
    over_http = post(kind, **fields, wxCloudApiToken=app)
    assert json.loads(over_http["data"]["response_data"]) == {"userInfo": {"appId": "wx1"}}


@pytest.mark.parametrize(
    ("name", "data", "code", "message"),
    [
        ("fails", "{}", "FUNCTIONS_EXECUTE_FAIL", "KeyError: 'data'"),
        ("absent", "{}", "FUNCTION_NOT_FOUND", "FunctionName parameter could not be found."),
        ("../may", "{}", "FUNCTION_NOT_FOUND", "FunctionName parameter could not be found."),
        ("may", "{", "INVALID_PARAM", "request_data is not JSON"),
        ("", "{}", "INVALID_PARAM", "function_name is missing"),
        (5, "{}", "INVALID_PARAM", "function_name is missing"),
    ],
)
def test_function_errors(kind: Server, name: Any, data: str, code: str, message: str) -> None:
    answer = post(kind, action="functions.invokeFunction", function_name=name, request_data=data)
    assert list(answer) == ["code", "message", "requestId"]
    assert answer["code"] == code
    assert answer["message"].startswith(message)


def test_files(kind: Server) -> None:
    data = post(kind, action="storage.getUploadMetadata", path="票/a b.jpg", envName="env-2")["data"]
    assert data["fileId"] == "cloud://env-2.656e-env-2-1250000000/票/a b.jpg"
    wrong = requests.put(data["url"], data=PICTURE, headers={"Authorization": "wrong"}, timeout=30)
    assert (wrong.status_code, "<Code>SignatureDoesNotMatch</Code>" in wrong.text) == (403, True)
    stored = requests.put(
        data["url"], data=PICTURE, headers={"Authorization": data["authorization"]}, timeout=30
    )
    assert stored.status_code == 200
    listed = post(
        kind,
        action="storage.batchGetDownloadUrl",
        file_list=[{"fileid": data["fileId"], "max_age": 60}, "cloud://a.b/c"],
    )["data"]["download_list"]
    assert [(entry["code"], entry["maxAge"]) for entry in listed] == [
        ("SUCCESS", 60),
        ("STORAGE_FILE_NONEXIST", 7200),
    ]
    assert "票/a b.jpg?" in listed[0]["tempFileURL"]  # the SDKs encode it themselves
    assert requests.get(listed[0]["tempFileURL"], timeout=30).content == PICTURE
    deleted = post(kind, action="storage.batchDeleteFile", fileid_list=[data["fileId"]] * 2)["data"][
        "delete_list"
    ]
    assert [entry["code"] for entry in deleted] == ["SUCCESS", "STORAGE_FILE_NONEXIST"]


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "storage.getUploadMetadata", "path": "../a"},
        {"action": "storage.getUploadMetadata"},
        {"action": "storage.getUploadMetadata", "path": "a", "envName": "a/b"},
        {"action": "storage.batchGetDownloadUrl"},
        {"action": "storage.batchGetDownloadUrl", "file_list": []},
        {"action": "storage.batchGetDownloadUrl", "file_list": [5]},
        {"action": "storage.batchGetDownloadUrl", "file_list": [{"fileid": "cloud://a.b/c", "max_age": "1"}]},
        {"action": "storage.batchGetDownloadUrl", "file_list": ["cloud://a.b/c"] * 51},
        {"action": "storage.batchDeleteFile", "fileid_list": [None]},
        {"action": "database.queryDocument"},
        {"action": 5},
        {},
    ],
)
def test_parameters_that_are_refused(kind: Server, fields: dict[str, Any]) -> None:
    assert post(kind, **fields)["code"] == "INVALID_PARAM"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"{", "application/json"),
        (b'{"a": NaN}', "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"action=wx.api", "application/x-www-form-urlencoded"),
        (b"x", "multipart/form-data"),
        (b"--b\r\n\r\n", "multipart/form-data; boundary=b"),
    ],
)
def test_bodies_that_are_refused(kind: Server, body: bytes, content_type: str) -> None:
    reply = requests.post(kind.url + "/admin", data=body, headers={"Content-Type": content_type}, timeout=30)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, JSON)
    assert reply.json()["code"] == "INVALID_PARAM"


def test_a_message_that_is_none(kind: Server) -> None:
    assert send(kind, "ocr.idcard", requestData=b"\xff").json()["code"] == "INVALID_PARAM"
    # In JSON there is no message at all, which counts as a call without arguments.
    reply = requests.post(
        kind.url + "/admin", json={"action": "wx.openApi", "apiName": "ocr.idcard"}, timeout=30
    )
    assert json.loads(bytes(ReplyMessage.parse(reply.content).data))["errcode"] == 41005


def test_a_body_beyond_the_bound_is_answered(kind: Server) -> None:
    reply = requests.post(
        kind.url + "/admin",
        data=bytes(33 * 1024 * 1024),
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    assert reply.json()["code"] == "INVALID_PARAM"


def test_a_body_that_ends_early_is_answered(kind: Server) -> None:
    with socket.create_connection(("127.0.0.1", kind.port), timeout=10) as client:
        head = "POST /admin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        client.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        client.shutdown(socket.SHUT_WR)
        assert b"INVALID_PARAM" in client.makefile("rb").read()


def test_the_log_names_the_call_and_nothing_secret(kind: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="cloudbase_ocr.calls"):
        call(kind, "ocr.bankcard")
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "POST /admin wx.openApi ocr.bankcard errcode=-604101" in text
    assert 'add "ocr.bankcard" to permissions.openapi' in text
    assert token() not in text
