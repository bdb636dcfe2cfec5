"""What /wxa/servicemarket accepts, refuses and sends: documents, codes, pictures; its rulings are in tests/docs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer

from cloudbase_ocr.answers import Recipe, market_recipes
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.control.operation import ControlError
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.server import Server
from cloudbase_ocr.specimens import catalog
from tests.emulator.wechat.market_calls import PATH, Call, by_url, market_of, request_of, result
from wxcloud.contract import ERRORS
from wxcloud.service_market import (
    DOCUMENTS,
    INVOKE_SERVICE,
    MARKET_ERRORS,
    Document,
    document_of_method,
)

Serve = Callable[..., Server]
Post = Callable[..., dict[str, Any]]

RID = r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}"
SUFFIX = re.compile(rf" request id:\[ML[A-Za-z0-9_-]{{65}}\] rid = ({RID}) rid: \1$")


@pytest.fixture
def market(appid: str) -> Call:
    return market_of(appid)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.result)
def test_every_document_answers_with_the_values_of_its_method(
    live: Server, market: Call, ocr: Post, document: Document
) -> None:
    method = document.method
    for variant in [f"/{side.lower()}" for side in method.sides] or [""]:
        url = f"mock://{method.cloud_names[0]}{variant}"
        reply = market(live, by_url(url, document.ocr_type))
        assert list(json.loads(reply["data"])) == [document.result]
        found = result(reply)
        expected = ocr(live, method.key, img_url=url)
        for name in ("errcode", "errmsg", *document.left_out):
            expected.pop(name, None)
        if method.sides:
            assert found.pop("type") == method.sides.index(expected.pop("type"))
        if method.key == "comm":
            assert found == expected  # whole numbers and floats are equal in Python
            continue
        assert found == {document.name_of(name): {"text": text} for name, text in expected.items()}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.result)
def test_one_address_gives_nothing_recognised_for_every_document(
    live: Server, market: Call, document: Document
) -> None:
    reply = market(live, by_url("mock://101001", document.ocr_type))
    assert json.loads(reply["data"]) == {document.result: document.unread}


@pytest.mark.parametrize("key", ["idcard", "driving", "drivinglicense", "bizlicense"])
def test_a_fixture_of_a_picture_that_was_partly_read_has_only_those_fields(
    live: Server, market: Call, ocr: Post, key: str
) -> None:
    document = document_of_method(key)
    assert document is not None
    url = f"mock://{key}/partly"
    expected = ocr(live, key, img_url=url)
    found = result(market(live, by_url(url, document.ocr_type)))
    read = [name for name, value in expected.items() if value != "" and name not in ("errcode", "errmsg")]
    assert list(found) == [document.name_of(name) for name in read]
    assert "" in expected.values()
    assert 1 < len(found) < 6


@pytest.mark.parametrize("recipe", market_recipes(), ids=lambda recipe: str(recipe.code))
def test_each_code_is_given_by_one_request(live: Server, recipe: Recipe) -> None:
    headers = {"Content-Type": recipe.content_type} if recipe.content_type else {}
    reply = requests.request(
        recipe.method, live.url + recipe.target, data=recipe.body.encode(), headers=headers, timeout=10
    ).json()
    assert list(reply) == ["errcode", "errmsg"]
    assert reply["errcode"] == recipe.code
    known = MARKET_ERRORS.get(recipe.code) or ERRORS[recipe.code]
    assert reply["errmsg"].startswith(known.observed)
    rest = reply["errmsg"][len(known.observed) :]
    if recipe.code in MARKET_ERRORS:
        assert SUFFIX.fullmatch(rest)
    else:
        assert re.fullmatch(f" rid: {RID}", rest)


def test_there_is_a_request_for_every_code() -> None:
    codes = [recipe.code for recipe in market_recipes()]
    assert len(codes) == len(set(codes))
    assert set(codes) == {*MARKET_ERRORS, *INVOKE_SERVICE.error_codes, *INVOKE_SERVICE.observed_error_codes}


def test_a_picture_that_nobody_reads_gives_its_size(live: Server, market: Call, png: Any) -> None:
    data = {"data_type": "2", "ocr_type": "1", "img_url": ""}
    text = base64.b64encode(png(30, 20)).decode()
    for form in (text, text.rstrip("="), text[:40] + "\n" + text[40:], "data:image/png;base64," + text):
        found = result(market(live, {**data, "img_data": form}))
        assert found == {"type": 2, "image_width": 30, "image_height": 20}


def test_strict_refuses_a_data_url(strict: Server, market: Call, png: Any) -> None:
    text = "data:image/png;base64," + base64.b64encode(png(30, 20)).decode()
    assert market(strict, {"data_type": 2, "ocr_type": 1, "img_data": text})["errcode"] == 9311003


GO_BODY = (
    '{"service":"wx79ac3de8be320b71","api":"OcrAllInOne","data":{"data_type":3,"img_url":"mock://idcard",'
    '"ocr_type":1},"client_msg_id":"id123"}'
)


def test_the_request_of_a_go_client_is_answered(live: Server, appid: str) -> None:
    """As InvokeService of shenghui0779/gochat sends it: keys in this order, no space, its content type."""
    reply = requests.post(
        f"{live.url}{PATH}?access_token=mock://{appid}",
        data=GO_BODY.encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "Go-http-client/1.1"},
        timeout=10,
    )
    assert json.loads(reply.json()["data"])["idcard_res"]["name"] == {"text": "张三"}


def test_a_private_service_answers_and_has_no_magic(serve: Serve, png: Any) -> None:
    secret = "a-secret-of-24-letters-a"
    server = serve(ocr_only=True, apps=(f"wxprivate0001:{secret}",))
    query = {"grant_type": "client_credential", "appid": "wxprivate0001", "secret": secret}
    token = requests.get(f"{server.url}/cgi-bin/token", params=query, timeout=10).json()["access_token"]

    def post(path: str, body: Any, token: str = token) -> int:
        url = f"{server.url}{path}"
        return int(
            requests.post(url, params={"access_token": token}, json=body, timeout=10).json()["errcode"]
        )

    picture = base64.b64encode(png(30, 20)).decode()
    assert post(PATH, request_of({"data_type": 2, "ocr_type": 1, "img_data": picture})) == 0
    assert post(PATH, request_of(by_url("mock://idcard"))) == 9311003
    assert post(PATH, request_of(by_url("mock://idcard")), token="mock://wxprivate0001") == 40001
    assert post(PATH + "retrieve", {"request_id": "mock://done"}) == 9301014


@pytest.fixture(scope="module")
def reading(serve: Serve) -> Server:
    """Give an emulator that reads pictures; patient, because tests run on busy machines, too."""
    functions = included_functions()
    return serve(recognizer=True, functions=functions, recognizer_limit=90.0, recognizer_timeout=90.0)


SPECIMENS = {"idcard": "idcard-front", "driving": "driving-front", "comm": "printed-text"}


@pytest.mark.check
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.result)
def test_pixels_are_read_as_the_method_reads_them_with_quads_inside_the_picture(
    reading: Server, market: Call, ocr: Post, document: Document
) -> None:
    key = document.method.key
    specimen = catalog.specimen(SPECIMENS.get(key, key))
    assert specimen is not None
    expected = ocr(reading, key, files={"img": ("a.jpg", specimen.picture)})
    data = {"data_type": 2, "ocr_type": document.ocr_type}
    found = result(market(reading, {**data, "img_data": base64.b64encode(specimen.picture).decode()}))
    width, height = jpeg_size(specimen.picture)
    if key == "idcard":
        assert (found.pop("image_width"), found.pop("image_height")) == (width, height)
        assert found.pop("type") == 0
    pieces = found["items"] if key == "comm" else list(found.values())
    texts = [piece["text"] for piece in pieces]
    if key == "comm":
        assert texts == [item["text"] for item in expected["items"]]
        assert all(0 < item["confidence"] <= 1 and item["language"] == "zh" for item in pieces)
    else:
        names = [field.name for field in document.method.fields]
        values = [expected[name] for name in names if isinstance(expected.get(name), str) and expected[name]]
        assert texts == [value for value in values if value != expected.get("type")]
    for piece in pieces:
        for corner in piece["pos"].values():
            assert isinstance(corner["x"], float)
            assert -1 <= corner["x"] <= width + 1
            assert -1 <= corner["y"] <= height + 1


@pytest.mark.check
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.result)
def test_an_address_and_the_function_give_what_base64_gives(
    reading: Server, market: Call, httpserver: HTTPServer, document: Document
) -> None:
    specimen = catalog.specimen(SPECIMENS.get(document.method.key, document.method.key))
    assert specimen is not None
    text = base64.b64encode(specimen.picture).decode()
    httpserver.expect_request("/a b.jpg").respond_with_data(specimen.picture, content_type="image/jpeg")
    url = httpserver.url_for("/a%20b.jpg")
    reply = market(reading, {"data_type": 2, "ocr_type": document.ocr_type, "img_data": text})
    assert '"pos"' in reply["data"]
    assert market(reading, by_url(url, document.ocr_type)) == reply
    success = {"errMsg": "openapi.serviceMarket.invokeService:ok", "errCode": 0}
    for picture in ({"imgUrl": url}, {"img": text}):
        data = {**picture, "ocrType": document.method.cloud_names[0]}
        body = {"name": "ocrAllInOne", "data": data}
        answer = requests.post(reading.url + "/_emulator/invoke", json=body, timeout=60).json()
        assert answer["result"] == {"data": reply["data"], **success}
    assert len(httpserver.log) == 2


def jpeg_size(picture: bytes) -> tuple[int, int]:
    from cloudbase_ocr.core.imagefile import read_header

    header = read_header(picture)
    return header.width, header.height


MARKET = "serviceMarket.invokeService"


def test_a_reply_of_a_test_has_plain_values_that_are_wrapped(live: Server, market: Call, appid: str) -> None:
    control = Control(live.emulator)
    control.reply(MARKET, {"ocrType": "idcard", "name": "李四", "birth": None}, appid=appid)
    found = result(market(live, by_url("mock://101001")))
    assert (found["type"], found["name"]) == (0, {"text": "李四"})
    assert found["address"] == {"text": "广东省广州市XXX"}
    assert "birth" not in found
    control.reply(
        MARKET, {"valid_date": "20070105-20270105", "authority": "某市公安局"}, appid=appid, times=1
    )
    back = result(market(live, by_url("mock://idcard")))
    assert back == {
        "type": 1,
        "valid_date": {"text": "20070105-20270105"},
        "authority": {"text": "某市公安局"},
    }
    control.reply(MARKET, {"ocr_type": 1, "type": 2}, appid=appid, times=1)
    assert result(market(live, by_url("mock://idcard"))) == {"type": 2}
    control.reply(MARKET, {"bankcard_res": {"number": {"text": "6", "pos": {}}}}, appid=appid, times=1)
    assert json.loads(market(live, by_url("mock://x", 2))["data"]) == {
        "bankcard_res": {"number": {"text": "6", "pos": {}}}
    }
    control.reply(MARKET, {"ocr_type": "businessLicense", "title": "营业执照"}, appid=appid, times=1)
    assert result(market(live, by_url("mock://x", 7)))["title"] == {"text": "营业执照"}


def test_a_reply_of_the_method_is_not_one_of_the_market_and_the_other_way_round(
    live: Server, market: Call, ocr: Post, appid: str
) -> None:
    control = Control(live.emulator)
    control.reply("ocr.idcard", {"name": "李四"}, appid=appid)
    assert result(market(live, by_url("mock://idcard")))["name"] == {"text": "张三"}
    control.fail(MARKET, 9301012, appid=appid)
    assert market(live, by_url("mock://idcard"))["errcode"] == 9301012
    assert ocr(live, "idcard", img_url="mock://idcard")["name"] == "李四"


def test_a_scenario_of_the_market(live: Server, market: Call, appid: str) -> None:
    answers = [9301002, "success", 101001, "idcard/back", "normal", {"ocr_type": 3, "owner": "某公司"}]
    state = Control(live.emulator).scenario(MARKET, answers, appid=appid)
    assert state.method == MARKET
    assert state.answers[:5] == answers[:5]
    assert market(live, by_url("mock://bankcard"))["errcode"] == 9301002
    assert result(market(live, by_url("mock://any")))["type"] == 0
    assert result(market(live, by_url("mock://any"))) == {"type": 2}
    assert result(market(live, by_url("mock://any")))["type"] == 1
    assert market(live, by_url("mock://nothing"))["errcode"] == 9311003
    assert result(market(live, by_url("mock://any", 3)))["owner"] == {"text": "某公司"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"address": "x"}, "say which document it is; there are 1 (idcard), 2 (bankcard)"),
        ({"ocr_type": 9}, "say which document it is"),
        ({"ocr_type": 1, "nothing": "x"}, "has no such field"),
        ({"ocr_type": 1, "name": 7}, "must be of type string"),
    ],
)
def test_a_reply_that_is_not_one_is_refused(
    live: Server, appid: str, fields: dict[str, Any], text: str
) -> None:
    with pytest.raises(ControlError, match=re.escape(text)):
        Control(live.emulator).reply(MARKET, fields, appid=appid)


def test_faults_know_the_market_by_its_name(live: Server, market: Call, ocr: Post, appid: str) -> None:
    Control(live.emulator).fault(errcode=9301011, method=MARKET, appid=appid, times=1)
    assert market(live, by_url("mock://idcard"))["errcode"] == 9301011
    assert result(market(live, by_url("mock://idcard")))["type"] == 0
    Control(live.emulator).fault("garbage", method=MARKET, appid=appid, times=1)
    assert ocr(live, "idcard", img_url="mock://idcard")["errcode"] == 0
    with pytest.raises(requests.exceptions.JSONDecodeError):
        market(live, by_url("mock://idcard"))


def test_quota_control_knows_the_market_by_its_name(
    live: Server, market: Call, ocr: Post, appid: str
) -> None:
    told = Control(live.emulator).quota.exhaust(appid, MARKET)
    assert [quota.method for quota in told.quotas] == [one.method.permission for one in DOCUMENTS]
    assert market(live, by_url("mock://idcard"))["errcode"] == 9301010
    assert ocr(live, "idcard", img_url="mock://idcard")["errcode"] == 101003
    assert ocr(live, "menu", img_url="mock://menu")["errcode"] == 0


def test_the_journal_shows_the_values_masked_and_can_send_it_again(
    live: Server, market: Call, appid: str
) -> None:
    market(live, by_url("mock://idcard"))
    journal = Control(live.emulator).journal
    [tree] = journal.list(appid=appid, name="servicemarket").trees
    shown = json.dumps(tree, ensure_ascii=False)
    assert tree["kind"] == "wechat", tree
    assert "张*" in shown
    assert "张三" not in shown
    assert "123456789012345678" not in shown
    assert set(tree["request"]["body"]) == {"service", "api", "data", "client_msg_id"}, tree
    again = journal.replay(tree["id"])
    assert again.same
    assert len(journal.list(appid=appid, name="servicemarket").trees) == 2
