"""function("ocr.idcard") and @function: what CloudBase calls, and what its callers get back."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import wxcloud
from tests.wxcloud.upstream_server import JPEG, Upstream
from wxcloud import Cloud, CloudSDKError

CARD = {"imgUrl": "https://example.com/card.jpg"}
CONTEXT = {"time_limit_in_ms": 3000, "request_id": "r"}


def test_main_calls_with_the_event_s_own_keys(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr({"errcode": 0, "errmsg": "ok", "valid_date": "20070105-20270105"})
    main = cloud.function("ocr.idcard")
    event = {**CARD, "type": "photo", "some": 1, "userInfo": {"openId": "o"}, "tcbContext": {}}
    result = main(event, CONTEXT)
    assert list(result.items()) == [
        ("validDate", "20070105-20270105"),
        ("errMsg", "openapi.ocr.idcard:ok"),
        ("errCode", 0),
    ]
    assert upstream.calls("/cv/ocr/idcard")[0].query.endswith("card.jpg&type=photo&some=1")
    assert event["userInfo"] == {"openId": "o"}


def test_main_takes_what_a_mini_program_sends(cloud: Cloud, upstream: Upstream) -> None:
    event = {"img": {"contentType": "image/jpeg", "value": {"type": "Buffer", "data": list(JPEG)}}}
    assert cloud.function("ocr.bankcard")(event, CONTEXT)["errCode"] == 0
    assert upstream.calls("/cv/ocr/bankcard")[0].parts[0][3] == JPEG


def test_failure_is_a_result(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr({"errcode": 101001, "errmsg": "certificate not found"})
    result = cloud.function("ocr.idcard")(CARD, CONTEXT)
    assert result == {"errCode": 101001, "errMsg": "openapi.ocr.idcard:fail certificate not found"}


@pytest.mark.parametrize("event", [None, {}, {"userInfo": {"openId": "o"}}])
@pytest.mark.parametrize("context", [None, {}, CONTEXT, "x"])
def test_event_without_picture(cloud: Cloud, event: Any, context: Any) -> None:
    result = cloud.function("ocr.idcard")(event, context)
    assert result == {
        "errCode": 41005,
        "errMsg": "openapi.ocr.idcard:fail media data missing: give one picture as img, imgUrl or fileID",
    }


@pytest.mark.parametrize("event", ["text", 5, [1], True, b"x"])
def test_event_that_is_no_object(cloud: Cloud, event: Any) -> None:
    result = cloud.function("ocr.idcard")(event, CONTEXT)
    assert result["errCode"] == -601002
    assert f"event must be an object, not {type(event).__name__}" in result["errMsg"]


def test_main_without_arguments(cloud: Cloud) -> None:
    assert cloud.function("ocr.idcard")()["errCode"] == 41005


@pytest.mark.parametrize("name", ["ocr.unknown", "idcard", "openapi.ocr.idcard", ""])
def test_unknown_name(cloud: Cloud, name: str) -> None:
    result = cloud.function(name)(CARD, CONTEXT)
    assert result == {"errCode": -604100, "errMsg": "system error: error code: -604100"}


def test_unexpected_error_is_a_result_without_its_text(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise RuntimeError("the secret is hunter2")

    cloud = Cloud(api_base=upstream.base, credentials=broken)
    result = cloud.function("ocr.idcard")(CARD, CONTEXT)
    assert result == {
        "errCode": -1,
        "errMsg": "openapi.ocr.idcard:fail unexpected RuntimeError; its place is in the function's log",
    }
    assert "hunter2" not in caplog.text
    assert "test_function.py:" in caplog.text


def test_exit_passes(upstream: Upstream) -> None:
    def leave() -> str:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        Cloud(api_base=upstream.base, credentials=leave).function("ocr.idcard")(CARD, CONTEXT)


def test_decorated_main_makes_the_caller_known(cloud: Cloud) -> None:
    @cloud.function
    def main(event: Any, context: Any) -> Any:
        """Mine."""
        return {**cloud.openapi.ocr.idcard(event), "who": cloud.get_wx_context()["OPENID"]}

    assert (main.__name__, main.__doc__) == ("main", "Mine.")
    context = {"environment": '{"WX_CONTEXT_KEYS": "WX_OPENID", "WX_OPENID": "o"}'}
    assert main(CARD, context)["who"] == "o"
    assert main({}, context)["errCode"] == 41005


def test_decorated_main_lets_other_errors_pass(cloud: Cloud) -> None:
    @cloud.function
    def main(event: Any, context: Any) -> Any:
        return event["missing"]

    with pytest.raises(KeyError):
        main({}, {})


def test_decorated_coroutine(cloud: Cloud) -> None:
    @cloud.function
    async def main(event: Any, context: Any) -> Any:
        await asyncio.sleep(0)
        return {**cloud.openapi.ocr.idcard(event), "who": cloud.get_wx_context()["OPENID"]}

    event = {**CARD, "userInfo": {"openId": "o"}}
    with pytest.raises(KeyError):
        asyncio.run(main(CARD, {}))
    assert asyncio.run(main({"userInfo": {"openId": "o"}}, {}))["errCode"] == 41005
    del event["userInfo"]
    context = {"environment": '{"WX_CONTEXT_KEYS": "WX_OPENID", "WX_OPENID": "o"}'}
    assert asyncio.run(main(event, context))["who"] == "o"


def test_sample_of_the_documents_in_python(cloud: Cloud, upstream: Upstream) -> None:
    upstream.ocr({"errcode": 101000, "errmsg": "invalid image url"})

    def main(event: Any, context: Any) -> Any:
        try:
            return cloud.openapi.ocr.idcard({"type": "photo", "imgUrl": "https://example.com/a.jpg"})
        except CloudSDKError as error:
            return error.to_dict()

    assert main({}, {}) == {"errCode": 101000, "errMsg": "openapi.ocr.idcard:fail invalid image url"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"nev": "x"}, "unknown option nev; there are env, appid"),
        ({"env": 5}, "env must be text, not int"),
        ({"api_base": "api.weixin.qq.com"}, "api_base must be an http or https address"),
        ({"api_base": "https://h/?a=1"}, "without a query"),
        ({"timeout": 0}, "timeout must be a number of seconds"),
        ({"timeout": 15000}, "not milliseconds"),
        ({"timeout": "3"}, "timeout must be"),
        ({"timeout": True}, "timeout must be"),
        ({"max_image_bytes": -1}, "max_image_bytes must be a number of bytes above 0"),
    ],
)
def test_wrong_init_options(options: dict[str, Any], said: str) -> None:
    cloud = Cloud()
    with pytest.raises(CloudSDKError) as caught:
        cloud.init(options)
    assert caught.value.errCode == -601002
    assert caught.value.errMsg.startswith("init:fail ")
    assert said in caught.value.errMsg


def test_init_takes_a_dict_as_in_node(upstream: Upstream) -> None:
    cloud = Cloud()
    cloud.init(
        {"env": wxcloud.DYNAMIC_CURRENT_ENV, "traceUser": True, "api_base": upstream.base, "appid": None},
        credentials=lambda: "T",
    )
    assert cloud.openapi.ocr.idcard(CARD)["errCode"] == 0
    with pytest.raises(CloudSDKError, match="options must be a dict"):
        cloud.init("env-1")  # type: ignore[arg-type]  # the wrong type is the test


def test_wrong_address_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXCLOUD_API_BASE", "localhost:8787")
    result = Cloud(credentials=lambda: "T").function("ocr.idcard")(CARD, CONTEXT)
    assert result["errCode"] == -601002
    assert "api_base must be an http or https address" in result["errMsg"]


def test_function_in_a_process_of_its_own(upstream: Upstream, tmp_path: Path) -> None:
    """A whole function folder, started as the platform starts it: nothing but the environment."""
    (tmp_path / "index.py").write_text(
        'import wxcloud as cloud\n\nmain = cloud.function("ocr.idcard")\n', encoding="utf-8"
    )
    (tmp_path / "config.json").write_text('{"permissions": {"openapi": ["ocr.idcard"]}}', encoding="utf-8")
    upstream.ocr({"errcode": 0, "errmsg": "ok", "gender": "男"})
    code = f"import index, json; print(json.dumps(index.main({CARD!r}, {CONTEXT!r}), ensure_ascii=True))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(Path(wxcloud.__file__).parents[1]),
            "TENCENTCLOUD_RUNENV": "SCF",
            "WXCLOUD_API_BASE": upstream.base,
            "WECHAT_APPID": "wx1",
            "WECHAT_APPSECRET": "s",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert json.loads(done.stdout) == {"gender": "男", "errMsg": "openapi.ocr.idcard:ok", "errCode": 0}
