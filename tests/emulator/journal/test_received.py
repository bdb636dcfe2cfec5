"""What is kept of a call, over real sockets, and that no secret is."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import requests

from cloudbase_ocr import LiveEmulator, Settings
from cloudbase_ocr.app import create_app
from cloudbase_ocr.journal.received import ReceivedRequest, ReceivedRequests
from cloudbase_ocr.state.emulator import emulator_of

PICTURE = b"\x89PNG\r\n\x1a\n" + b"no more"


def post(ocr: LiveEmulator, path: str, query: dict[str, str] | None = None, **options: Any) -> None:
    given = {"access_token": ocr.token, **(query or {})}
    requests.post(ocr.url + path, params=given, timeout=10, **options)


def last(ocr: LiveEmulator) -> ReceivedRequest:
    return ocr.requests[-1]


def test_an_upload_with_everything_beside_it(ocr: LiveEmulator) -> None:
    ocr.reply("ocr.idcard", name="李四")
    files = {"img": ("card.jpg", PICTURE, "image/jpeg")}
    headers = {"User-Agent": "shop/1", "Authorization": "Bearer abcdef", "Cookie": "sid=1"}
    post(ocr, "/cv/ocr/idcard", {"type": "photo"}, files=files, data={"note": "中"}, headers=headers)
    call = last(ocr)
    assert (call.method, call.path, call.cloud_call, call.appid) == (
        "POST",
        "/cv/ocr/idcard",
        "ocr.idcard",
        ocr.appid,
    )
    assert call.query == {"access_token": "***", "type": "photo"}
    assert call.form == {"note": "中"}
    assert call.json is None
    assert (call.headers["user-agent"], call.headers["Authorization"], call.headers["Cookie"]) == (
        "shop/1",
        "***",
        "***",
    )
    assert call.headers["Content-Type"].startswith("multipart/form-data")
    image = call.image
    assert image is not None
    assert (image.sha256, image.size) == (hashlib.sha256(PICTURE).hexdigest(), len(PICTURE))
    assert (image.filename, image.content_type) == ("card.jpg", "image/jpeg")
    assert (call.code, call.status, call.reply["errcode"], call.reply["name"]) == (0, 200, 0, "李四")
    assert (call.answered_by, call.errmsg, call.unmatched) == ("scenario", "", "")
    assert not hasattr(call, "started")


def test_what_answered_is_told_of_errors_too(ocr: LiveEmulator) -> None:
    ocr.fixture("idcard/mine", error=101001)
    for address, code, by in (
        ("mock://idcard", 0, "fixture idcard/front"),
        ("mock://40001", 40001, "magic 40001"),
        ("mock://idcard/mine", 101001, "magic idcard/mine"),
    ):
        post(ocr, "/cv/ocr/idcard", {"img_url": address})
        call = last(ocr)
        assert (call.query["img_url"], call.image, call.answered_by) == (address, None, by)
        assert call.reply["errcode"] == call.code == code


def test_a_fault_is_told(ocr: LiveEmulator) -> None:
    ocr.fault(errcode=45009, method="ocr.idcard")
    post(ocr, "/cv/ocr/idcard", {"img_url": "mock://idcard"})
    assert (last(ocr).code, last(ocr).answered_by) == (45009, "fault f1 errcode")
    assert last(ocr).reply["errcode"] == 45009


def test_a_urlencoded_form(ocr: LiveEmulator) -> None:
    post(ocr, "/cv/ocr/idcard", data={"img_url": "mock://idcard", "x": "1"})
    assert last(ocr).form == {"img_url": "mock://idcard", "x": "1"}


def test_a_fetched_picture_has_hash_and_size(ocr: LiveEmulator) -> None:
    ocr.reply("ocr.idcard")
    file_id = ocr.upload("card.png", PICTURE)
    ocr.reset()
    assert ocr.invoke("idcard", {"fileID": file_id})["result"]["errCode"] != 0
    image = last(ocr).image
    assert image is not None
    assert (image.size, image.sha256) == (len(PICTURE), hashlib.sha256(PICTURE).hexdigest())


def test_json_is_kept_and_secrets_are_not(ocr: LiveEmulator) -> None:
    secret = "not-for-anybody"
    body = {"grant_type": "client_credential", "appid": ocr.appid, "secret": secret}
    post(ocr, "/cgi-bin/stable_token", json=body)
    call = last(ocr)
    assert call.json == {**body, "secret": "***"}
    assert (call.reply["access_token"], call.cloud_call) == ("***", "")
    post(ocr, "/cgi-bin/token", {"secret": secret})
    assert last(ocr).query["secret"] == "***"
    assert secret not in repr([vars(each) for each in ocr.requests])


def test_the_service_market_is_a_call_of_its_own(ocr: LiveEmulator) -> None:
    data = {"data_type": 3, "img_url": "mock://idcard", "ocr_type": 1}
    body = {"service": "wx79ac3de8be320b71", "api": "OcrAllInOne", "client_msg_id": "1", "data": data}
    post(ocr, "/wxa/servicemarket", json=body)
    assert (last(ocr).cloud_call, last(ocr).json["data"]) == ("serviceMarket.invokeService", data)
    assert "idcard_res" in last(ocr).reply["data"]


@pytest.mark.parametrize(
    ("kind", "body", "form"),
    [
        ("application/x-www-form-urlencoded", "a=" + "x" * 5000, {"a": "<5000 characters>"}),
        ("application/x-www-form-urlencoded", "&".join(["a=1"] * 200), {}),
        ("application/x-www-form-urlencoded", "a=" + "x" * 300_000, {}),
        ("multipart/form-data; boundary=x", "broken", {}),
        ("application/json", "{broken", {}),
    ],
)
def test_what_is_odd_is_kept_within_bounds(ocr: LiveEmulator, kind: str, body: str, form: Any) -> None:
    post(ocr, "/cv/ocr/idcard", data=body, headers={"Content-Type": kind})
    assert (last(ocr).code, last(ocr).form) == (41005, form)


def test_a_reply_that_is_no_json_is_a_text(ocr: LiveEmulator) -> None:
    ocr.fault("html", method="ocr.idcard")
    post(ocr, "/cv/ocr/idcard", {"img_url": "mock://idcard"})
    assert isinstance(last(ocr).reply, str)


def test_a_call_that_is_refused_unread_has_no_picture(ocr: LiveEmulator) -> None:
    requests.post(ocr.url + "/cv/ocr/idcard?access_token=no", files={"img": ("a.jpg", PICTURE)}, timeout=10)
    assert (last(ocr).code, last(ocr).image, last(ocr).form) == (40001, None, {})


def test_the_latest_are_kept() -> None:
    kept = ReceivedRequests(2)
    for path in "abc":
        kept.add(ReceivedRequest("GET", path))
    assert [each.path for each in kept.of()] == ["b", "c"]
    kept.keep(1)
    assert [each.path for each in kept.of("wx1")] == ["c"]
    kept.clear()
    assert kept.of() == []


def test_the_control_side_masks_unless_asked(ocr: LiveEmulator) -> None:
    ocr.reply("ocr.idcard", name="李四四")
    files = {"img": ("李四四.jpg", PICTURE, "image/jpeg")}
    post(ocr, "/cv/ocr/idcard", {"note": "李四四"}, files=files)
    for shown in (False, True):
        options = {"appid": ocr.appid, "personal_data": str(shown).lower()}
        answer = requests.get(ocr.url + "/_emulator/requests", params=options, timeout=10).json()
        (call,) = answer["requests"]
        assert ("李四四" in json.dumps(call, ensure_ascii=False)) is shown
        assert call["image"]["size"] == len(PICTURE)
        assert call["query"]["access_token"] == "***"


def test_a_private_service_keeps_none() -> None:
    app = create_app(Settings(ocr_only=True, recognizer=False))
    assert emulator_of(app).requests.most == 0
