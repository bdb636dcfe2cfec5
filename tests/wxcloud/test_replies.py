"""What WeChat may answer, and what a caller sees of it: the rulings on replies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from tests.wxcloud.upstream_server import Upstream
from wxcloud import (
    ArgumentError,
    Cloud,
    CloudSDKError,
    CredentialError,
    NotPermittedError,
    PictureError,
    QuotaError,
    ServiceError,
    menu_items,
)
from wxcloud.contract import by_key
from wxcloud.errors import Failure, api_error
from wxcloud.replies import check, cloud_object, decode

CARD = {"imgUrl": "https://example.com/card.jpg"}


@pytest.mark.parametrize("errcode", [0, "0", "-0", "00"])
def test_errcode_zero_as_number_or_text(cloud: Cloud, upstream: Upstream, errcode: Any) -> None:
    """Ruling R1: the documents print the string "0"; the SDK would take it for an error."""
    upstream.ocr({"errcode": errcode, "errmsg": "ok", "name": "n"})
    assert cloud.openapi.ocr.idcard(CARD) == {"name": "n", "errMsg": "openapi.ocr.idcard:ok", "errCode": 0}


def test_missing_errcode_is_success(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr({"name": "n"})
    assert cloud.openapi.ocr.idcard(CARD)["errCode"] == 0


@pytest.mark.parametrize("errcode", [101001, "101001"])
def test_error_code_as_number_or_text(cloud: Cloud, upstream: Upstream, errcode: Any) -> None:
    upstream.ocr({"errcode": errcode, "errmsg": "certificate not found hint: [a] rid: 5f9bacd4-7-0"})
    with pytest.raises(CloudSDKError) as caught:
        cloud.openapi.ocr.idcard(CARD)
    error = caught.value
    assert error.to_dict() == {
        "errCode": 101001,
        "errMsg": "openapi.ocr.idcard:fail certificate not found hint: [a] rid: 5f9bacd4-7-0",
    }
    assert list(error.to_dict()) == ["errCode", "errMsg"]
    assert str(error) == f"errCode: 101001  | errMsg: {error.errMsg}"
    assert error.rid == "5f9bacd4-7-0"
    assert "take the photo again" in error.advice


@pytest.mark.parametrize(
    "errcode", [None, True, False, 1.5, 0.0, "", "ok", "1.0", " 0", "0x1", [], {}, "9" * 30]
)
def test_any_other_errcode_is_malformed(cloud: Cloud, upstream: Upstream, errcode: Any) -> None:
    upstream.ocr({"errcode": errcode, "errmsg": "ok", "name": "n"})
    with pytest.raises(ServiceError, match="neither an integer nor a decimal string") as caught:
        cloud.openapi.ocr.idcard(CARD)
    assert caught.value.errCode == -601001


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b'{"errcode":0',
        b'{"errcode":0,"a":NaN}',
        b'{"errcode":0,"a":"\xff\xfe"}',
        b'{"errcode":0,"a":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b"null",
        b'"ok"',
        b"[]",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_unreadable_replies(cloud: Cloud, upstream: Upstream, body: bytes) -> None:
    upstream.ocr(body)
    with pytest.raises(ServiceError) as caught:
        cloud.openapi.ocr.idcard(CARD)
    assert caught.value.errCode == -601001
    assert caught.value.errMsg.startswith(
        "openapi.ocr.idcard:fail wechat server internal error, response body is "
    )
    assert str(caught.value).startswith("errCode: -601001 system error | errMsg: openapi.ocr.idcard:fail")


def test_deep_nesting_is_refused_or_read(cloud: Cloud, upstream: Upstream) -> None:
    depth = 900
    upstream.ocr(b'{"errcode":0,"a_b":' + b'{"a_b":' * depth + b"1" + b"}" * depth + b"}")
    assert cloud.function("ocr.idcard")(CARD, {})["errCode"] in (0, -601001)


def test_cut_off_reply_is_not_repeated(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr('{"errcode":0,"name":"张三","id":"00'.encode())
    with pytest.raises(ServiceError) as caught:
        cloud.openapi.ocr.idcard(CARD)
    assert "张三" not in str(caught.value)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json; encoding=utf-8", "text/html; charset=gbk", None]
)
def test_utf8_json_whatever_the_content_type(
    cloud: Cloud, upstream: Upstream, content_type: str | None
) -> None:
    body = json.dumps({"errcode": 0, "errmsg": "ok", "gender": "男"}, ensure_ascii=False).encode("utf-8-sig")
    upstream.ocr(Response(body, content_type=content_type))
    assert cloud.openapi.ocr.idcard(CARD)["gender"] == "男"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"number": "1"}, {"number": "1"}),
        ({"id": "1"}, {"number": "1"}),
        ({"number": "1", "id": "1"}, {"number": "1", "id": "1"}),
    ],
)
def test_bankcard_number(
    cloud: Cloud, upstream: Upstream, reply: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Ruling R2: some examples call the number `id`; when both come, both pass, as in the SDK."""
    upstream.ocr({"errcode": 0, **reply}, key="bankcard")
    result = cloud.openapi.ocr.bankcard(CARD)
    assert result == {**expected, "errMsg": "openapi.ocr.bankcard:ok", "errCode": 0}


def test_frond_is_front(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr({"errcode": 0, "type": "Frond", "name": "n"})
    assert list(cloud.openapi.ocr.idcard(CARD).items())[:2] == [("type", "Front"), ("name", "n")]


@pytest.mark.parametrize("reply", [{}, {"items": None}, {"items": []}])
def test_no_text_is_an_empty_list(cloud: Cloud, upstream: Upstream, reply: dict[str, Any]) -> None:
    upstream.ocr({"errcode": 0, **reply, "img_size": {"w": 1, "h": 2}}, key="comm")
    result = cloud.openapi.ocr.printedText(CARD)
    assert result["items"] == []
    assert list(result) == ["items", "imgSize", "errMsg", "errCode"]


@pytest.mark.parametrize(
    ("content", "items"),
    [
        ('{"menu_items": [{"name": "酱鸭", "price": 48.0}]}', [{"name": "酱鸭", "price": 48.0}]),
        ({"menu_items": [{"name": "酱鸭", "price": 48}]}, [{"name": "酱鸭", "price": 48}]),
        ('{"menu_items": 5}', []),
        ("[]", []),
        ("not json", []),
        (None, []),
        (5, []),
    ],
)
def test_menu_as_text_or_object(cloud: Cloud, upstream: Upstream, content: Any, items: list[Any]) -> None:
    upstream.ocr({"errcode": 0, "content": content}, key="menu")
    result = cloud.openapi.ocr.menu(CARD)
    if not isinstance(content, dict):
        assert result["content"] == content, "the cloud object stays what the SDK gives"
    assert menu_items(result) == items


@pytest.mark.parametrize(
    "position", [{"pos": {"left_top": {"x": 1, "y": 2}}}, {"left_top": {"x": 1, "y": 2}}]
)
def test_position_with_or_without_pos(cloud: Cloud, upstream: Upstream, position: dict[str, Any]) -> None:
    upstream.ocr({"errcode": 0, "cert_position": position}, key="bizlicense")
    assert "leftTop" in json.dumps(cloud.openapi.ocr.businessLicense(CARD)["certPosition"])


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (101003, "not enough market quota hint: [x]", QuotaError),
        (101002, "not enough market quota hint: [5IL7aA01272347]", QuotaError),
        (101002, "decode image failed hint: [x]", PictureError),
        (101002, "invalid image data", PictureError),
        (101000, "invalid image url", PictureError),
        (101001, "certificate not found", PictureError),
        (41005, "media data missing", PictureError),
        (45009, "reach max api daily quota limit", QuotaError),
        (40013, "invalid appid", CredentialError),
        (40164, "invalid ip 127.0.0.1, not in whitelist", CredentialError),
        (48001, "api unauthorized", NotPermittedError),
        (61007, "api is unauthorized to component", NotPermittedError),
        (-601002, "system args error: x", ArgumentError),
        (-501001, "-501001 resource system error. x", ServiceError),
        (123456, "something new", CloudSDKError),
    ],
)
def test_error_tree(code: int, text: str, kind: type[CloudSDKError]) -> None:
    error = api_error("openapi.ocr.idcard", Failure(code, text))
    assert type(error) is kind
    assert error.to_dict() == {"errCode": code, "errMsg": f"openapi.ocr.idcard:fail {text}"}
    assert error.rid == ""


def test_quota_under_the_old_code_gets_the_quota_advice() -> None:
    """Ruling R9."""
    old = api_error("openapi.ocr.idcard", Failure(101002, "not enough market quota"))
    assert old.advice == api_error("openapi.ocr.idcard", Failure(101003, "x")).advice != ""
    assert api_error("openapi.ocr.idcard", Failure(123456, "x")).advice == ""


def test_errors_survive_pickling() -> None:
    import pickle

    error = api_error("openapi.ocr.idcard", Failure(101001, "certificate not found", ("hint",)))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.to_dict(), again.hints) == (PictureError, error.to_dict(), ("hint",))


def test_error_without_errmsg_takes_the_documented_text() -> None:
    with pytest.raises(Failure) as caught:
        check({"errcode": 101003})
    assert caught.value.text == "not enough market quota"


@given(st.binary(max_size=200))
def test_no_bytes_break_decoding(body: bytes) -> None:
    code = 0
    try:
        assert isinstance(decode(body), dict)
    except Failure as failure:
        code = failure.code
    assert code in (0, -601001)


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())))
def test_envelope_is_always_last(reply: dict[str, Any]) -> None:
    method = by_key("idcard")
    assert method is not None
    reply = {key: value for key, value in reply.items() if key not in ("errMsg", "errCode")}
    result = cloud_object("openapi.ocr.idcard", method, {"errcode": 0, "errmsg": "ok", **reply}, False)
    assert list(result.items())[-2:] == [("errMsg", "openapi.ocr.idcard:ok"), ("errCode", 0)]
    assert set(result) - {"errMsg", "errCode"} == set(reply) - {"errcode", "errmsg"}
