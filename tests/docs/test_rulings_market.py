"""What docs/rulings.yaml says of the service market, asked over HTTP."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.docs.test_rulings_emulator import blank
from tests.emulator.wechat.market_calls import PATH, Call, by_url, market_of, request_of, result

Start = Callable[..., Server]

NO_PICTURE = "mock://101000"

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def live() -> Iterator[Server]:
    """Give an emulator with the default settings, without recognizer."""
    with running(Settings(port=0, recognizer=False)) as server:
        yield server


@pytest.fixture
def api(appid: str) -> Call:
    """Post JSON to any path as this test's account, and return the JSON."""

    def post(server: Server, path: str, body: Any) -> dict[str, Any]:
        url = f"{server.url}{path}?access_token=mock://{appid}"
        return dict(requests.post(url, json=body, timeout=30).json())

    return post


@pytest.fixture
def appid() -> str:
    """Return an appid that no other test uses, so that quotas do not meet."""
    return f"wxmarket{next(_numbers):08d}"


@pytest.fixture
def ocr(appid: str) -> Call:
    """Call a method of OCR and return the JSON: ``ocr(server, "idcard", img_url="mock://idcard")``."""

    def post(server: Server, key: str, **query: str) -> dict[str, Any]:
        params = {"access_token": f"mock://{appid}", **query}
        return dict(requests.post(f"{server.url}/cv/ocr/{key}", params=params, timeout=30).json())

    return post


@pytest.fixture
def market(appid: str) -> Call:
    return market_of(appid)


WRONG = [
    ("", None, 44002),
    ("[]", None, 47001),
    (None, request_of(by_url(NO_PICTURE), service=None, api="other"), 9301001),
    (None, request_of(by_url(NO_PICTURE), client_msg_id=None, service="other"), 9301001),
    (None, request_of(by_url(NO_PICTURE), client_msg_id=""), 9301001),
    (None, request_of(None, api="other"), 9301001),
    (None, request_of([]), 9301001),
    (None, request_of(by_url(NO_PICTURE), **{"async": "true", "api": "other"}), 9301001),
    (None, request_of(by_url(NO_PICTURE), service="wx4418e3e031e551be", **{"async": True}), 9301008),
    (None, request_of("{}", api="ocrallinone"), 9301008),
    (None, request_of("{}", **{"async": True}), 9301013),
    (None, request_of("{}", **{"async": False}), 9301003),
    *[(None, request_of(by_url(NO_PICTURE, kind)), 9301001) for kind in (5, 6, 9, 11, "x", None, True, 1.0)],
    *[(None, request_of({**by_url(NO_PICTURE), "data_type": kind}), 9301001) for kind in (1, 4, None, True)],
    (None, request_of({"ocr_type": 1, "data_type": 3, "img_data": "/9j/"}), 9301001),
    (None, request_of({"ocr_type": 1, "data_type": 2, "img_data": "", "img_url": NO_PICTURE}), 9301001),
    (None, request_of({"ocr_type": 1, "data_type": 2, "img_data": "***"}), 9311003),
    (None, request_of({"ocr_type": 1, "data_type": 2, "img_data": "aGVsbG8="}), 9311003),
    (None, request_of(by_url("http://192.0.2.1:1/a.jpg")), 9311003),
    (None, request_of(by_url("mock://101002")), 9311003),
    (None, request_of(by_url("mock://nothing")), 9311003),
]


GO_BODY = (
    '{"service":"wx79ac3de8be320b71","api":"OcrAllInOne","data":{"data_type":3,"img_url":"mock://idcard",'
    '"ocr_type":1},"client_msg_id":"id123"}'
)


def test_r53_data_is_compact_json_text_with_chinese_as_it_is(live: Server, appid: str) -> None:
    body = request_of(by_url("mock://bankcard", 2))
    reply = requests.post(f"{live.url}{PATH}?access_token=mock://{appid}", json=body, timeout=10)
    assert (
        reply.text
        == r'{"errcode":0,"errmsg":"ok","data":"{\"bankcard_res\":{\"number\":{\"text\":\"622213XXXXXXXXX\"}}}"}'
    )
    body = request_of(by_url("mock://idcard", "1"))
    again = requests.post(f"{live.url}{PATH}?access_token=mock://{appid}", json=body, timeout=10)
    assert "张三".encode() in again.content


def test_r60_positions_have_a_fraction(live: Server, market: Call) -> None:
    text = market(live, by_url("mock://printedText", 8))["data"]
    assert '"left_top":{"x":575.0,"y":519.0}' in text


@pytest.mark.parametrize(("text", "body", "code"), WRONG)
def test_r52_checks_run_in_their_order(
    live: Server, appid: str, text: str | None, body: Any, code: int
) -> None:
    data = json.dumps(body) if text is None else text
    url = f"{live.url}{PATH}?access_token=mock://{appid}"
    assert requests.post(url, data=data.encode(), timeout=10).json()["errcode"] == code


def test_r52_method_and_token_come_first(live: Server, appid: str) -> None:
    url = live.url + PATH
    assert requests.get(url, timeout=10).json()["errcode"] == 43002
    assert requests.post(url, timeout=10).json()["errcode"] == 41001
    assert requests.post(f"{url}?access_token=unknown", timeout=10).json()["errcode"] == 40001
    assert (
        requests.post(f"{live.url}/wxa/other?access_token=mock://{appid}", timeout=10).json()["errcode"]
        == 40066
    )


@pytest.mark.parametrize(
    ("ocr_type", "expected"),
    [(1, {"type": 2}), (2, {}), (3, {"type": 3}), (4, {}), (7, {}), (8, {"items": []}), (10, {})],
)
def test_r57_nothing_recognised_is_a_success_without_fields(
    live: Server, market: Call, ocr_type: int, expected: dict[str, Any]
) -> None:
    assert result(market(live, by_url("mock://101001", ocr_type))) == expected


def test_r57_another_document_is_nothing_recognised(live: Server, market: Call) -> None:
    assert result(market(live, by_url("mock://bankcard", 1))) == {"type": 2}


def test_r57_a_switch_makes_it_an_error(start: Start, market: Call) -> None:
    server = start(market_rules=("unread-9311003",))
    assert market(server, by_url("mock://101001"))["errcode"] == 9311003


def test_r58_a_picture_that_cannot_be_used_is_refused_with_an_empty_text(
    start: Start, live: Server, market: Call
) -> None:
    large = base64.b64encode(blank(400, 300)).decode()
    for server, data in (
        (start(max_image_bytes=60), {"data_type": 2, "ocr_type": 1, "img_data": large}),
        (live, {"data_type": 2, "ocr_type": 1, "img_data": "aGVsbG8="}),
        (live, by_url("mock://101000")),
        (live, by_url("http://169.254.0.1/a.jpg")),
    ):
        reply = market(server, data)
        assert (reply["errcode"], reply["errmsg"][:15]) == (9311003, " request id:[ML")
    switched = start(market_rules=("failed-9301002",))
    assert market(switched, by_url("mock://101000"))["errcode"] == 9301002


def test_r57_what_was_not_read_is_left_out(start: Start, market: Call, tmp_path: Any) -> None:
    (tmp_path / "fixtures.yaml").write_text(
        json.dumps(
            [
                {
                    "name": "idcard/partly",
                    "method": "idcard",
                    "provenance": "written",
                    "reference": "test",
                    "match": {"url": "https://example.com/a.jpg"},
                    "reply": {"type": "Front", "name": "", "addr": "某街道1号", "id": "000000000000000000"},
                }
            ]
        )
    )
    server = start(fixtures=(tmp_path,))
    assert result(market(server, by_url("https://example.com/a.jpg"))) == {
        "type": 0,
        "id": {"text": "000000000000000000"},
        "address": {"text": "某街道1号"},
    }


@pytest.mark.parametrize(
    ("theirs", "ours"), [(6, 4), pytest.param(60, 40, marks=pytest.mark.check)], ids=["10", "100"]
)
def test_r55_quota_is_shared_with_the_method(
    start: Start, market: Call, ocr: Call, theirs: int, ours: int
) -> None:
    live = start(quota_per_day=theirs + ours)
    for _ in range(theirs):
        assert ocr(live, "idcard", img_url="mock://idcard")["errcode"] == 0
    for _ in range(ours):
        assert market(live, by_url("mock://idcard"))["errcode"] == 0
    assert ocr(live, "idcard", img_url="mock://idcard")["errcode"] == 101003
    refused = market(live, by_url("mock://idcard"))
    assert refused["errcode"] == 9301010
    assert refused["errmsg"].startswith("consumption failure request id:[ML")
    assert market(live, by_url("mock://bankcard", 2))["errcode"] == 0
    unclaimed = start(market_rules=("unclaimed",))
    assert market(unclaimed, by_url("mock://idcard"))["errcode"] == 9301010


def test_r55_what_is_refused_does_not_count(start: Start, market: Call) -> None:
    server = start(quota_per_day=1)
    for url in ("mock://101001", "mock://101000", "mock://9301002"):
        market(server, by_url(url))
    market(server, {"ocr_type": 1, "data_type": 1})
    assert market(server, by_url("mock://idcard"))["errcode"] == 0
    # The quota is looked at before the picture.
    assert market(server, {"ocr_type": 1, "data_type": 1})["errcode"] == 9301010


def test_r55_a_quota_of_its_own(start: Start, market: Call, ocr: Call) -> None:
    server = start(market_rules=("own-quota",), quota_per_day=1)
    assert ocr(server, "idcard", img_url="mock://idcard")["errcode"] == 0
    assert market(server, by_url("mock://idcard"))["errcode"] == 0
    assert market(server, by_url("mock://bankcard", 2))["errcode"] == 9301010


def test_r59_extras_send_what_was_seen_too_rarely(start: Start, market: Call) -> None:
    found = result(market(start(market_rules=("extras",)), by_url("mock://vehicleLicense", 3)))
    assert found["card_position_front"]["pos"]["left_top"] == {"x": 119.0, "y": 2925.0}
    assert found["img_size"] == {"w": 3120, "h": 4208}


def test_r59_the_documented_profile_has_no_birth(start: Start, market: Call) -> None:
    server = start(profile="documented")
    assert "birth" not in result(market(server, by_url("mock://idcard")))
    assert list(result(market(server, by_url("mock://idcard/back")))) == ["type", "valid_date"]


def test_r54_suffix_repeats_with_a_seed_and_can_be_left_out(start: Start, market: Call) -> None:
    now = 0x5F9BACD4
    texts = [
        market(start(seed=7, clock=ManualClock(now)), by_url("mock://9301012"))["errmsg"] for _ in range(2)
    ]
    assert texts[0] == texts[1]
    assert "] rid = 5f9bacd4-" in texts[0]
    assert market(start(hints=False), by_url("mock://9301012"))["errmsg"] == "service timeout"
    assert market(start(hints=False), by_url("mock://101000"))["errmsg"] == ""


def test_r61_retrieve_knows_no_call(live: Server, api: Call) -> None:
    path = "/wxa/servicemarketretrieve"
    assert api(live, path, {"request_id": "ML1"})["errcode"] == 9301014
    assert api(live, path, {"request_id": "mock://9301015"})["errcode"] == 9301015
    assert api(live, path, {"request_id": 1})["errcode"] == 9301001
    done = api(live, path, {"request_id": "mock://done"})
    assert list(done) == ["errcode", "errmsg", "data", "request_id"]
    assert json.loads(done["data"]) == {"result": True}
    assert re.fullmatch(r"ML[A-Za-z0-9_-]{65}", done["request_id"])


def test_r61_signature_headers_change_nothing(live: Server, appid: str) -> None:
    reply = requests.post(
        f"{live.url}{PATH}?access_token=mock://{appid}",
        json=request_of(by_url("mock://idcard")),
        headers={"Wechatmp-Appid": appid, "Wechatmp-TimeStamp": "1", "Wechatmp-Signature": "x"},
        timeout=10,
    )
    assert reply.json()["errcode"] == 0


def test_r52_a_body_without_content_type_is_taken(live: Server, appid: str) -> None:
    request = requests.Request("POST", f"{live.url}{PATH}?access_token=mock://{appid}", data=GO_BODY.encode())
    prepared = request.prepare()
    prepared.headers.pop("Content-Type", None)
    with requests.Session() as session:
        assert session.send(prepared, timeout=10).json()["errcode"] == 0


def test_r50_data_is_an_object(start: Start, live: Server, market: Call) -> None:
    text = json.dumps(by_url("mock://idcard"))
    assert market(live, text)["errcode"] == 9301003
    switched = start(market_rules=("text-data",))
    assert result(market(switched, text))["type"] == 0
    assert market(switched, "no json")["errcode"] == 9301003


def test_r51_every_call_has_an_id_that_may_repeat(start: Start, live: Server, market: Call) -> None:
    data = by_url("mock://idcard")
    assert [market(live, data, client_msg_id="xxx")["errcode"] for _ in range(2)] == [0, 0]
    assert market(live, data, client_msg_id=None)["errcode"] == 9301001
    assert market(start(market_rules=("no-client-msg-id",)), data, client_msg_id=None)["errcode"] == 0


def test_r56_numbers_may_be_text_and_5_6_9_are_no_types(live: Server, market: Call) -> None:
    assert result(market(live, {**by_url("mock://idcard", "1"), "data_type": "3"}))["type"] == 0
    for ocr_type in (5, 6, 9, 11, 0, -1):
        assert market(live, by_url("mock://menu", ocr_type))["errcode"] == 9301001
