"""``openapi.serviceMarket.invokeService`` and ``ocr_all_in_one``: what is sent, byte for byte, and what comes back."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest

import wxcloud
from tests.wxcloud.upstream_server import JPEG, Upstream
from wxcloud.service_market import SERVICE

PATH = "/wxa/servicemarket"
DATA = '{"idcard_res":{"type":0,"name":{"text":"张三"}}}'
SUCCESS = {"errcode": 0, "errmsg": "ok", "data": DATA}
SUFFIX = " request id:[ML" + "a" * 65 + "] rid = 6650f0a1-11223344-55667788 rid: 6650f0a1-11223344-55667788"
CALL = {
    "service": SERVICE,
    "api": "OcrAllInOne",
    "data": {"imgUrl": "https://example.com/a.jpg", "dataType": 3, "ocr_type": 1},
    "clientMsgId": "m-1",
}


@pytest.fixture
def market(upstream: Upstream) -> Upstream:
    upstream.answer(PATH, SUCCESS)
    return upstream


def sent(upstream: Upstream) -> str:
    [call] = upstream.calls(PATH)
    return json.dumps(json.loads(call.body), ensure_ascii=False)


def test_names_are_converted_inside_data_and_the_text_of_the_reply_is_not(
    cloud: wxcloud.Cloud, market: Upstream
) -> None:
    result = cloud.openapi.serviceMarket.invokeService(CALL)
    # Renamed names move to the end of their object, as in the SDK.
    assert sent(market) == json.dumps(
        {
            "service": SERVICE,
            "api": "OcrAllInOne",
            "data": {"ocr_type": 1, "img_url": "https://example.com/a.jpg", "data_type": 3},
            "client_msg_id": "m-1",
        }
    )
    assert json.dumps(result, ensure_ascii=False) == json.dumps(
        {"data": DATA, "errMsg": "openapi.serviceMarket.invokeService:ok", "errCode": 0}, ensure_ascii=False
    )
    assert wxcloud.market_fields(result) == {"type": 0, "name": "张三"}
    [call] = market.calls(PATH)
    assert call.query == "access_token=TOKEN-1"
    assert call.headers["Content-Type"] == "application/json"


def test_without_conversion_names_stay_both_ways(cloud: wxcloud.Cloud, upstream: Upstream) -> None:
    upstream.answer(PATH, {**SUCCESS, "data": {"idcard_res": {"image_width": 1}}, "request_id": "ML1"})
    api = cloud.openapi(convertCase=False).serviceMarket
    result = api.invokeService({"Data": {"Action": 1}, "clientMsgId": "a", "client_msg_id": "b"})
    assert json.loads(sent(upstream)) == {"Data": {"Action": 1}, "clientMsgId": "a", "client_msg_id": "b"}
    assert list(result) == ["data", "request_id", "errMsg", "errCode"]
    assert result["data"] == {"idcard_res": {"image_width": 1}}


def test_an_object_in_the_reply_is_converted_and_read_all_the_same(
    cloud: wxcloud.Cloud, upstream: Upstream
) -> None:
    card = {"idcard_res": {"name": {"text": "张三"}, "image_width": 1}}
    upstream.answer(PATH, {**SUCCESS, "data": card, "request_id": "ML1"})
    result = cloud.openapi.serviceMarket.invokeService(CALL)
    assert list(result) == ["data", "requestId", "errMsg", "errCode"]
    assert result["data"] == {"idcardRes": {"name": {"text": "张三"}, "imageWidth": 1}}
    assert wxcloud.market_fields(result) == {"name": "张三", "imageWidth": 1}


def test_a_text_as_data_is_sent_as_it_is_and_an_id_is_made_up(cloud: wxcloud.Cloud, market: Upstream) -> None:
    cloud.openapi.serviceMarket.invokeService(service=SERVICE, api="OcrAllInOne", data='{"imgUrl": 1}')
    request = json.loads(sent(market))
    assert request["data"] == '{"imgUrl": 1}'
    assert len(request["client_msg_id"]) == 32


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (9301001, "invalid parameter", wxcloud.ArgumentError),
        (9301003, "internal exception", wxcloud.ServiceError),
        (9301008, "invalid api info", wxcloud.ArgumentError),
        (9301010, "consumption failure", wxcloud.QuotaError),
        (9301012, "service timeout", wxcloud.ServiceError),
        (9311003, "", wxcloud.PictureError),
        (9311999, "unheard of", wxcloud.CloudSDKError),
    ],
)
def test_an_error_has_the_code_the_whole_text_and_its_class(
    cloud: wxcloud.Cloud, upstream: Upstream, code: int, text: str, kind: type[wxcloud.CloudSDKError]
) -> None:
    upstream.answer(PATH, {"errcode": code, "errmsg": text + SUFFIX})
    with pytest.raises(wxcloud.CloudSDKError) as caught:
        cloud.openapi.serviceMarket.invokeService(CALL)
    error = caught.value
    assert type(error) is kind
    assert error.to_dict() == {
        "errCode": code,
        "errMsg": f"openapi.serviceMarket.invokeService:fail {text}{SUFFIX}",
    }
    assert error.rid == "6650f0a1-11223344-55667788"
    assert bool(error.advice) is (code != 9311999)
    assert len(upstream.calls(PATH)) == 1, "none of these is worth another try"


def test_a_refused_token_is_fetched_again_once(cloud: wxcloud.Cloud, upstream: Upstream) -> None:
    upstream.answer(PATH, {"errcode": 40001, "errmsg": "invalid credential"}, SUCCESS)
    assert cloud.openapi.serviceMarket.invokeService(CALL)["errCode"] == 0


@pytest.mark.parametrize(
    "given",
    [
        {"data": {"imgData": b"bytes"}},
        {"data": {"n": float("nan")}},
        {"data": {1, 2}},
        {"accessToken": "x"},
        {"access_token": "x"},
        {1: 2},
        "text",
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(
    cloud: wxcloud.Cloud, market: Upstream, given: Any
) -> None:
    with pytest.raises(wxcloud.ArgumentError) as caught:
        cloud.openapi.serviceMarket.invokeService(given)
    assert caught.value.errCode == -601002
    assert market.seen == []


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        ({"Action": 1}, "begin in upper case"),
        ({"inner": [{"Deep": 1}]}, "begin in upper case"),
        ("{}", "9301003"),
        ({"contentType": "image/png", "value": "x"}, "looks like a file"),
        ({"imgUrl": "x"}, ""),
    ],
)
def test_what_the_sdk_does_to_data_is_warned_of(
    cloud: wxcloud.Cloud, market: Upstream, caplog: pytest.LogCaptureFixture, data: Any, warning: str
) -> None:
    with caplog.at_level(logging.WARNING, "wxcloud"):
        cloud.openapi.serviceMarket.invokeService(data=data)
    assert [warning in record.getMessage() for record in caplog.records] == ([True] if warning else [])


def test_the_permission_is_needed(cloud: wxcloud.Cloud, market: Upstream) -> None:
    cloud.init(api_base=market.base, config={"permissions": {"openapi": ["ocr.idcard"]}})
    for call in (cloud.openapi.serviceMarket.invokeService, cloud.ocr_all_in_one):
        with pytest.raises(wxcloud.NotPermittedError) as caught:
            call({})
        assert caught.value.errCode == -604101
    assert market.seen == []


def test_no_other_name_exists(cloud: wxcloud.Cloud) -> None:
    assert dir(cloud.openapi.serviceMarket) == ["invokeService"]
    for api in (cloud.openapi.serviceMarket.invokeservice, cloud.openapi.servicemarket.invokeService):
        with pytest.raises(wxcloud.NotPermittedError) as caught:
            api({})
        assert caught.value.errCode == -604100
        assert "serviceMarket.invokeService" in caught.value.hints[0]


def document_of(upstream: Upstream) -> dict[str, Any]:
    request = json.loads(sent(upstream))
    assert (request.pop("service"), request.pop("api")) == (SERVICE, "OcrAllInOne")
    assert len(request.pop("client_msg_id")) == 32
    assert list(request) == ["data"]
    return dict(request["data"])


TEXT = base64.b64encode(JPEG).decode()


@pytest.mark.parametrize(
    "picture",
    [
        JPEG,
        bytearray(JPEG),
        TEXT,
        "data:image/jpeg;base64," + TEXT,
        {"type": "Buffer", "data": list(JPEG)},
        {"contentType": "image/png", "value": TEXT},
    ],
)
@pytest.mark.parametrize("kind", [3, "3", "vehicleLicense", "drivingLicense", "driving"])
def test_one_document_of_a_picture_in_every_form(
    cloud: wxcloud.Cloud, market: Upstream, picture: Any, kind: Any
) -> None:
    assert cloud.ocr_all_in_one({"img": picture, "ocrType": kind})["data"] == DATA
    assert document_of(market) == {"img_data": TEXT, "data_type": 2, "ocr_type": 3}


def test_one_document_behind_an_address(cloud: wxcloud.Cloud, market: Upstream) -> None:
    cloud.ocr_all_in_one(imgUrl="https://example.com/a b.jpg?x=1&y=2", ocrType="printedText")
    assert document_of(market) == {
        "img_url": "https://example.com/a b.jpg?x=1&y=2",
        "data_type": 3,
        "ocr_type": 8,
    }


def test_one_document_of_a_file_id(cloud: wxcloud.Cloud, market: Upstream) -> None:
    found = {"fileid": "x", "download_url": "https://files.example.com/a", "status": 0, "errmsg": "ok"}
    market.answer("/tcb/batchdownloadfile", {"errcode": 0, "errmsg": "ok", "file_list": [found]})
    cloud.ocr_all_in_one({"fileID": "cloud://env.bucket/a.jpg", "ocrType": 1, "userInfo": {}})
    assert document_of(market)["img_url"] == "https://files.example.com/a"


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({"imgUrl": "https://a"}, -601002, "ocrType says which document it is"),
        ({"imgUrl": "https://a", "ocrType": "menu"}, -601002, "10 (platenum)"),
        ({"ocrType": 1}, 41005, "give one picture as img, imgUrl or fileID"),
        ({"ocrType": 1, "img": b"<html>"}, 101002, "not a picture"),
        ({"ocrType": 1, "img": JPEG, "imgUrl": "https://a"}, -601002, "given together"),
        (7, -601002, "pass a dict, not int"),
    ],
)
def test_one_document_that_is_not_told(
    cloud: wxcloud.Cloud, market: Upstream, given: Any, code: int, text: str
) -> None:
    with pytest.raises(wxcloud.CloudSDKError) as caught:
        cloud.ocr_all_in_one(given)
    assert caught.value.errCode == code
    assert caught.value.errMsg.startswith("openapi.serviceMarket.invokeService:fail ")
    assert text in caught.value.errMsg
    assert market.seen == []
