"""cloud.openapi.ocr.*: every method, both ways to write it, names, parameters and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

import wxcloud
from tests.wxcloud.upstream_server import Upstream
from wxcloud import ArgumentError, Cloud, CloudSDKError, NotPermittedError
from wxcloud.contract import METHODS, Method

EVERY_NAME = [pytest.param(method, name, id=name) for method in METHODS for name in method.cloud_names]


@pytest.mark.parametrize(("method", "name"), EVERY_NAME)
@pytest.mark.parametrize("style", ["dict", "keywords", "both"])
def test_every_method_in_every_style(
    cloud: Cloud, upstream: Upstream, method: Method, name: str, style: str
) -> None:
    upstream.ocr({"errcode": 0, "errmsg": "ok", **method.example_reply()}, key=method.key)
    call = getattr(cloud.openapi.ocr, name)
    url = "https://example.com/a.jpg"
    if style == "dict":
        result = call({"type": "photo", "imgUrl": url})
    elif style == "keywords":
        result = call(type="photo", img_url=url)
    else:
        result = call({"type": "photo"}, imgUrl=url)
    assert list(result)[-2:] == ["errMsg", "errCode"]
    assert result["errMsg"] == f"openapi.ocr.{name}:ok"
    assert result["errCode"] == 0
    assert len(result) == len(method.example_reply()) + 2
    assert "_" not in "".join(_keys(result))
    assert [seen.path for seen in upstream.seen] == ["/cgi-bin/stable_token", f"/cv/ocr/{method.key}"]


def test_naming_trap(cloud: Cloud, upstream: Upstream) -> None:
    """`driving` is the vehicle licence, `drivinglicense` the driver licence."""
    for name, path in (
        ("vehicleLicense", "/cv/ocr/driving"),
        ("drivingLicense", "/cv/ocr/driving"),
        ("driverLicense", "/cv/ocr/drivinglicense"),
    ):
        upstream.seen.clear()
        getattr(cloud.openapi.ocr, name)(imgUrl="https://example.com/a.jpg")
        assert upstream.seen[-1].path == path, name


RECORDED = [
    (
        "idcard",
        (
            '{"errcode":0,"errmsg":"ok","type":"Front","name":"n","id":"1","addr":"a","gender":"男",'
            '"nationality":"汉","birth":"1990-01-01","card_property":4}'
        ),
        (
            '{"type":"Front","name":"n","id":"1","addr":"a","gender":"男","nationality":"汉",'
            '"birth":"1990-01-01","cardProperty":4,"errMsg":"openapi.ocr.idcard:ok","errCode":0}'
        ),
    ),
    (
        "idcard",
        (
            '{"errcode":0,"errmsg":"ok","type":"Back","authority":"x","valid_date":"20070105-20270105",'
            '"card_property":4}'
        ),
        (
            '{"type":"Back","authority":"x","validDate":"20070105-20270105","cardProperty":4,'
            '"errMsg":"openapi.ocr.idcard:ok","errCode":0}'
        ),
    ),
    (
        "vehicleLicense",
        (
            '{"errcode":0,"errmsg":"ok","plate_num":"p","vehicle_type":"t","owner":"o","plate_num_b":"b",'
            '"overall_size":"s","card_position_front":{"pos":{"left_top":{"x":1,"y":2}}},"img_size":{"w":3,"h":4}}'
        ),
        (
            '{"owner":"o","plateNum":"p","vehicleType":"t","plateNumB":"b","overallSize":"s",'
            '"cardPositionFront":{"pos":{"leftTop":{"x":1,"y":2}}},"imgSize":{"w":3,"h":4},'
            '"errMsg":"openapi.ocr.vehicleLicense:ok","errCode":0}'
        ),
    ),
    (
        "printedText",
        (
            '{"errcode":0,"errmsg":"ok","items":[{"text":"腾讯","pos":{"left_top":{"x":575,"y":519},'
            '"right_top":{"x":744,"y":519}}}],"img_size":{"w":1280,"h":720}}'
        ),
        (
            '{"items":[{"text":"腾讯","pos":{"leftTop":{"x":575,"y":519},"rightTop":{"x":744,"y":519}}}],'
            '"imgSize":{"w":1280,"h":720},"errMsg":"openapi.ocr.printedText:ok","errCode":0}'
        ),
    ),
    (
        "platenum",
        (
            '{"a__b":1,"_lead":2,"a_1":3,"field_2x":4,"aB":5,"a_b":6,"z":[{"c_d":[{"e_f":null}]},[{"g_h":1}]],'
            '"err_msg":"q"}'
        ),
        (
            '{"a_1":3,"field_2x":4,"aB":6,"z":[{"cD":[{"eF":null}]},[{"gH":1}]],"a_B":1,"Lead":2,'
            '"errMsg":"openapi.ocr.platenum:ok","errCode":0}'
        ),
    ),
]


@pytest.mark.parametrize(("name", "upstream_json", "sdk_json"), RECORDED)
def test_result_equals_what_the_sdk_gave(
    cloud: Cloud, upstream: Upstream, name: str, upstream_json: str, sdk_json: str
) -> None:
    """The right side was recorded by running wx-server-sdk 4.0.2 against the left side: keys and their order."""
    by_name = {cloud_name: method.key for method in METHODS for cloud_name in method.cloud_names}
    upstream.ocr(upstream_json.encode(), key=by_name[name])
    result = getattr(cloud.openapi.ocr, name)(imgUrl="https://example.com/a.jpg")
    assert json.dumps(result, ensure_ascii=False, separators=(",", ":")) == sdk_json


def test_convert_case_off_leaves_names_both_ways(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr({"errcode": 0, "errmsg": "ok", "valid_date": "x", "img_size": {"w": 1}})
    openapi = cloud.openapi({"convertCase": False})
    result = openapi.ocr.idcard({"img_url": "https://example.com/a.jpg", "someThing": 1})
    assert list(result) == ["valid_date", "img_size", "errMsg", "errCode"]
    assert upstream.seen[-1].query.endswith("&someThing=1")
    assert cloud.openapi(convertCase=False).ocr.idcard(img_url="https://example.com/a.jpg") == result
    with pytest.raises(CloudSDKError, match="write img_url instead of imgUrl"):
        openapi.ocr.idcard(imgUrl="https://example.com/a.jpg")


@pytest.mark.parametrize(
    "options", [{}, {"convertCase": 1}, {"convertcase": False}, {"appid": "wx1", "convertCase": False}]
)
def test_wrong_openapi_options_are_refused(cloud: Cloud, options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="openapi:fail"):
        cloud.openapi(options)


@pytest.mark.parametrize(
    "path", ["ocr.idCard", "ocr.unknown", "img.aiCrop", "a.b.c", "ocr", "ocr.idcard.x", "ocr.driving"]
)
def test_unknown_names_fail_as_the_cloud_does(cloud: Cloud, upstream: Upstream, path: str) -> None:
    api: Any = cloud.openapi
    for name in path.split("."):
        api = getattr(api, name)
    with pytest.raises(NotPermittedError) as caught:
        api({"imgUrl": "https://example.com/a.jpg"})
    assert caught.value.to_dict() == {"errCode": -604100, "errMsg": "system error: error code: -604100"}
    assert str(caught.value) == "errCode: -604100 API not found | errMsg: system error: error code: -604100"
    assert upstream.seen == []


def test_private_names_are_no_apis(cloud: Cloud) -> None:
    for owner in (cloud.openapi, cloud.openapi.ocr):
        with pytest.raises(AttributeError):
            owner._private  # noqa: B018 - reading it is the test


def test_completion_lists_the_contract(cloud: Cloud) -> None:
    assert set(dir(cloud.openapi.ocr)) == {name for method in METHODS for name in method.cloud_names}
    assert dir(cloud.openapi.img) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("https://example.com/a.jpg", "pass a dict or keyword arguments, not str"),
        (["x"], "not list"),
        ({1: "x"}, "of type int"),
        ({"imgUrl": "https://a.example/1", "img_url": "https://a.example/2"}, "img_url is given twice"),
        ({"imgUrl": "https://a.example/1", "access_token": "x"}, "access_token is no parameter"),
        (
            {"imgUrl": "https://a.example/1", "cloudbaseAccessToken": "x"},
            "cloudbase_access_token is no param",
        ),
        ({"imgUrl": "https://a.example/1", "note": "x" * 3000}, "note is too long"),
        ({"imgUrl": "https://a.example/1", "note": b"bytes"}, "note is too long for a URL; a picture goes"),
        ({"imgUrl": "https://a.example/1", "note": {1, 2}}, "of type set cannot be sent"),
        ({"imgUrl": "https://a.example/\ud800"}, "not valid Unicode"),
    ],
)
def test_wrong_arguments_are_refused_before_any_ocr_request(
    cloud: Cloud, upstream: Upstream, data: Any, said: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        cloud.openapi.ocr.idcard(data)
    assert caught.value.errCode == -601002
    assert caught.value.errMsg.startswith("openapi.ocr.idcard:fail system args error: ")
    assert said in caught.value.errMsg
    assert upstream.calls("/cv/ocr/idcard") == []


def test_same_parameter_in_dict_and_keyword_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ArgumentError, match="type given twice"):
        cloud.openapi.ocr.idcard({"type": "photo"}, type="scan")
    with pytest.raises(ArgumentError, match="pass a dict, not str"):
        cloud.openapi.ocr.idcard("x", type="scan")  # type: ignore[arg-type]  # the wrong type is the test


def test_the_caller_s_dict_is_left_alone(cloud: Cloud, upstream: Upstream) -> None:
    data = {"imgUrl": "https://example.com/a.jpg", "nested": {"aB": [1]}}
    cloud.openapi.ocr.idcard(data)
    assert data == {"imgUrl": "https://example.com/a.jpg", "nested": {"aB": [1]}}


def test_module_is_a_cloud_of_its_own(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from the environment at call time; the second call proves that `openapi` is still ours."""
    monkeypatch.setenv("WXCLOUD_API_BASE", upstream.base)
    monkeypatch.setenv("WECHAT_APPID", "wx1")
    monkeypatch.setenv("WECHAT_APPSECRET", "s")
    wxcloud.init(env=wxcloud.DYNAMIC_CURRENT_ENV)
    for _ in range(2):
        result = wxcloud.openapi.ocr.idcard({"imgUrl": "https://example.com/a.jpg"})
        assert result == {"errMsg": "openapi.ocr.idcard:ok", "errCode": 0}


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for item in value.values() for key in _keys(item))]
    return [key for item in value for key in _keys(item)] if isinstance(value, list) else []
