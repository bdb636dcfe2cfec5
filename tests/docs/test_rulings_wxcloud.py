"""What docs/rulings.yaml says of wxcloud, against a server that answers what a test tells it to."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import wxcloud
from cloudbase_ocr.server import Server
from wxcloud.contract import METHODS
from wxcloud.http_function import Server as HttpFunctionServer

Start = Callable[..., Server]
Upstream = Callable[..., wxcloud.Cloud]

URL = {"imgUrl": "https://example.com/card.jpg"}
JPEG = b"\xff\xd8\xff" + b"\0" * 200
EVERYTHING = {"permissions": {"openapi": [name for method in METHODS for name in method.permissions]}}


def cloud_at(address: str, **options: Any) -> wxcloud.Cloud:
    defaults: dict[str, Any] = {"credentials": lambda: "token", "config": EVERYTHING}
    return wxcloud.Cloud(api_base=address.rstrip("/"), **{**defaults, **options})


@pytest.fixture
def upstream(httpserver: HTTPServer) -> Upstream:
    """Gives a cloud whose OCR calls are answered with the given reply."""

    def answer(reply: dict[str, Any], content_type: str = "application/json") -> wxcloud.Cloud:
        httpserver.expect_request("/cv/ocr/idcard").respond_with_data(
            json.dumps(reply), content_type=content_type
        )
        for method in METHODS[1:]:
            httpserver.expect_request(method.path).respond_with_json(reply)
        return cloud_at(httpserver.url_for(""))

    return answer


def refused(call: Callable[..., Any], parameters: dict[str, Any]) -> wxcloud.CloudSDKError:
    with pytest.raises(wxcloud.CloudSDKError) as caught:
        call(parameters)
    return caught.value


def sent(httpserver: HTTPServer) -> list[Request]:
    return [request for request, _ in httpserver.log]


def test_r1_decimal_text_is_taken_and_anything_else_is_malformed(upstream: Upstream) -> None:
    assert upstream({"errcode": "0", "errmsg": "ok", "name": "x"}).openapi.ocr.idcard(URL)["errCode"] == 0


@pytest.mark.parametrize("code", ["zero", 1.5, None, True])
def test_r1_anything_else_is_malformed(upstream: Upstream, code: Any) -> None:
    cloud = upstream({"errcode": code, "errmsg": "ok"})
    assert refused(cloud.openapi.ocr.idcard, URL).errCode == -601001


def test_r2_id_of_a_bank_card_becomes_number(start: Start) -> None:
    ocr = cloud_at(start().url, credentials="stable_token", appid="wx1", secret="s").openapi.ocr
    for url in ("mock://bankcard", "mock://bankcard/id"):
        reply = ocr.bankcard(imgUrl=url)
        assert (reply["number"], "id" in reply) == ("622213XXXXXXXXX", False)


def test_r3_frond_becomes_front(upstream: Upstream) -> None:
    assert upstream({"type": "Frond"}).openapi.ocr.idcard(URL)["type"] == "Front"


def test_r4_unknown_fields_pass_in_camel_case(upstream: Upstream) -> None:
    reply = upstream({"errcode": 0, "errmsg": "ok", "new_field": {"of_2030": 1}}).openapi.ocr.idcard(URL)
    assert reply["newField"] == {"of_2030": 1}


def test_r5_both_names_of_the_vehicle_licence(start: Start) -> None:
    ocr = cloud_at(start().url, credentials="stable_token", appid="wx1", secret="s").openapi.ocr
    assert ocr.vehicleLicense(imgUrl="mock://driving")["errMsg"] == "openapi.ocr.vehicleLicense:ok"
    assert ocr.drivingLicense(imgUrl="mock://driving")["errMsg"] == "openapi.ocr.drivingLicense:ok"


def test_r6_and_r7_names_at_every_depth_and_a_number(upstream: Upstream) -> None:
    corner = {"cert_position": {"pos": {"left_top": {"x": 1, "y": 2}}}, "reg_num": "1"}
    cloud = upstream({"errcode": 0, "errmsg": "ok", **corner})
    reply = cloud.openapi.ocr.businessLicense(URL)
    assert reply["regNum"] == "1"
    assert reply["certPosition"]["pos"]["leftTop"] == {"x": 1, "y": 2}
    assert list(reply)[-2:] == ["errMsg", "errCode"]
    assert reply["errCode"] == 0
    plain = cloud.openapi(convertCase=False).ocr.businessLicense({"img_url": URL["imgUrl"]})
    assert plain["cert_position"]["pos"]["left_top"] == {"x": 1, "y": 2}


def test_r8_and_r9_by_code_and_the_quota_text_of_2020(upstream: Upstream, httpserver: HTTPServer) -> None:
    cloud = upstream({"errcode": 101002, "errmsg": "not enough market quota hint: [5IL7aA01272347]"})
    error = refused(cloud.openapi.ocr.idcard, URL)
    assert isinstance(error, wxcloud.QuotaError)
    assert error.errCode == 101002
    assert len(sent(httpserver)) == 1


def test_r8_old_text_is_a_picture_error(upstream: Upstream) -> None:
    cloud = upstream({"errcode": 101002, "errmsg": "invalid image data"})
    assert isinstance(refused(cloud.openapi.ocr.idcard, URL), wxcloud.PictureError)


def test_r10_the_whole_text_is_kept_and_the_rid_read(upstream: Upstream) -> None:
    text = "certificate not found hint: [NOuWNA08444741] rid: 5f9bacd4-723830a2-0d2a598e"
    error = refused(upstream({"errcode": 101001, "errmsg": text}).openapi.ocr.idcard, URL)
    assert error.errMsg == f"openapi.ocr.idcard:fail {text}"
    assert error.rid == "5f9bacd4-723830a2-0d2a598e"


def test_r11_and_r15_url_in_the_query_encoded_once_by_post(
    upstream: Upstream, httpserver: HTTPServer
) -> None:
    url = "https://example.com/a b.jpg?x=1&y=%20"
    upstream({"errcode": 0}).openapi.ocr.idcard(imgUrl=url)
    (request,) = sent(httpserver)
    assert request.method == "POST"
    assert request.args["img_url"] == url


def test_r12_r14_and_r31_exactly_one_picture(upstream: Upstream, httpserver: HTTPServer) -> None:
    ocr = upstream({"errcode": 0}).openapi.ocr
    assert refused(ocr.idcard, {**URL, "img": JPEG}).errCode == -601002
    assert refused(ocr.idcard, {"type": "photo"}).errCode == 41005
    assert sent(httpserver) == []


def test_r13_and_r30_a_part_img_with_filename_type_and_length(
    upstream: Upstream, httpserver: HTTPServer
) -> None:
    seen: list[tuple[str | None, str | None, bool]] = []

    def receive(request: Request) -> Response:
        part = request.files["img"]
        seen.append((part.filename, part.content_type, request.content_length is not None))
        return Response('{"errcode":0}', content_type="application/json")

    httpserver.expect_request("/cv/ocr/idcard").respond_with_handler(receive)
    cloud_at(httpserver.url_for("")).openapi.ocr.idcard(img=JPEG)
    assert seen == [("img.jpg", "image/jpeg", True)]


def test_r16_size_is_checked_before_sending(upstream: Upstream, httpserver: HTTPServer) -> None:
    mib = 1024 * 1024
    ocr = upstream({"errcode": 0}).openapi.ocr
    assert refused(ocr.idcard, {"img": JPEG.ljust(2 * mib + 1, b"\0")}).errCode == 101002
    assert sent(httpserver) == []
    assert ocr.idcard(img=JPEG.ljust(2 * mib, b"\0"))["errCode"] == 0
    assert ocr.idcard(img=JPEG.ljust(2 * mib + 1, b"\0"), respType=1)["errCode"] == 0
    small = cloud_at(httpserver.url_for(""), max_image_bytes=100).openapi.ocr
    assert refused(small.idcard, {"img": JPEG}).errCode == 101002


@pytest.mark.parametrize("code", [101000, 101001, 101002])
def test_r17_and_r18_picture_errors_are_taken_from_every_method(upstream: Upstream, code: int) -> None:
    ocr = upstream({"errcode": code, "errmsg": "x"}).openapi.ocr
    for method in METHODS:
        assert isinstance(refused(getattr(ocr, method.cloud_names[0]), URL), wxcloud.PictureError)


def test_r19_missing_items_are_none(upstream: Upstream) -> None:
    assert upstream({"errcode": 0, "errmsg": "ok"}).openapi.ocr.printedText(URL)["items"] == []


def test_r20_menu_content_as_text_and_as_object() -> None:
    dishes = {"menu_items": [{"name": "酱鸭", "price": 48.0}]}
    assert wxcloud.menu_items({"content": json.dumps(dishes)}) == dishes["menu_items"]
    assert wxcloud.menu_items({"content": dishes}) == dishes["menu_items"]


def test_r21_a_position_without_pos_passes(upstream: Upstream) -> None:
    reply = upstream({"cert_position": {"left_top": {"x": 1, "y": 2}}}).openapi.ocr.businessLicense(URL)
    assert reply["certPosition"] == {"leftTop": {"x": 1, "y": 2}}


def test_r22_every_field_is_optional(upstream: Upstream) -> None:
    ocr = upstream({"errcode": 0, "errmsg": "ok"}).openapi.ocr
    for method in METHODS:
        assert getattr(ocr, method.cloud_names[0])(URL)["errCode"] == 0


def test_r23_type_is_forwarded_with_a_warning(
    upstream: Upstream, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "wxcloud"):
        upstream({"errcode": 0}).openapi.ocr.idcard({**URL, "type": "banana"})
    assert sent(httpserver)[0].args["type"] == "banana"
    assert "type is neither photo nor scan" in caplog.text


def test_r24_json_is_read_whatever_the_header_says(upstream: Upstream) -> None:
    cloud = upstream({"errcode": 0, "errmsg": "ok", "name": "张三"}, "text/plain; charset=latin-1")
    assert cloud.openapi.ocr.idcard(URL)["name"] == "张三"


def test_r25_ports_are_not_refused_but_hinted_at(upstream: Upstream) -> None:
    cloud = upstream({"errcode": 101000, "errmsg": "invalid image url"})
    error = refused(cloud.openapi.ocr.idcard, {"imgUrl": "http://example.com:8080/card.jpg"})
    assert error.errCode == 101000
    assert any("8080" in hint for hint in error.hints)


@pytest.mark.parametrize("first", [40001, 40014, 42001])
def test_r27_one_fresh_token_after_a_refused_one(httpserver: HTTPServer, first: int) -> None:
    tokens = [{"access_token": name, "expires_in": 7200} for name in ("old", "new")]
    httpserver.expect_request("/cgi-bin/stable_token").respond_with_handler(
        lambda _: Response(json.dumps(tokens.pop(0)), content_type="application/json")
    )
    bad = {"errcode": first, "errmsg": "x"}
    httpserver.expect_request("/cv/ocr/idcard", query_string=None).respond_with_handler(
        lambda request: Response(json.dumps(bad if request.args["access_token"] == "old" else {"errcode": 0}))
    )
    cloud = cloud_at(httpserver.url_for(""), credentials="stable_token", appid="wx1", secret="s")
    assert cloud.openapi.ocr.idcard(URL)["errCode"] == 0
    assert tokens == []


@pytest.mark.parametrize("code", [101000, 101001, 101002, 101003])
def test_r27_pictures_and_quota_are_never_tried_again(
    upstream: Upstream, httpserver: HTTPServer, code: int
) -> None:
    refused(upstream({"errcode": code, "errmsg": "x"}).openapi.ocr.idcard, URL)
    assert len(sent(httpserver)) == 1


def test_r29_extensions_are_called_like_the_others(upstream: Upstream) -> None:
    ocr = upstream({"errcode": 0, "errmsg": "ok"}).openapi.ocr
    assert ocr.platenum(URL)["errMsg"] == "openapi.ocr.platenum:ok"
    assert ocr.menu(URL)["errMsg"] == "openapi.ocr.menu:ok"


def test_r37_headers_of_containers_are_believed_in_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    main = wxcloud.function(lambda _event, _context: wxcloud.get_wx_context())
    caller = {"X-WX-SOURCE": "wx_client", "X-WX-OPENID": "o-1", "X-WX-ENV": "prod-1"}
    with HttpFunctionServer(("127.0.0.1", 0), main) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        monkeypatch.delenv("CBR_ENV_ID", raising=False)
        assert requests.get(url, headers=caller, timeout=10).json() == {}
        monkeypatch.setenv("CBR_ENV_ID", "prod-1")
        known = {"OPENID": "o-1", "ENV": "prod-1", "SOURCE": "wx_client"}
        assert requests.get(url, headers=caller, timeout=10).json() == known
        server.shutdown()
        thread.join(10)
