"""permissions.openapi of config.json: what is not listed is refused as the cloud refuses it, before any request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.wxcloud.upstream_server import Upstream
from wxcloud import Cloud, NotPermittedError

CARD = {"imgUrl": "https://example.com/card.jpg"}


def write(folder: Path, content: Any) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "config.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def listing(*names: str) -> dict[str, Any]:
    return {"permissions": {"openapi": list(names)}}


def refused(cloud: Cloud, upstream: Upstream, name: str = "idcard") -> str:
    with pytest.raises(NotPermittedError) as caught:
        getattr(cloud.openapi.ocr, name)(CARD)
    assert caught.value.to_dict() == {"errCode": -604101, "errMsg": "system error: error code: -604101"}
    assert str(caught.value) == (
        "errCode: -604101 function has no permission to call this API | "
        "errMsg: system error: error code: -604101"
    )
    assert upstream.seen == []
    return " ".join(caught.value.hints)


def test_listed_method_may_be_called(cloud: Cloud, tmp_path: Path) -> None:
    write(tmp_path, listing("ocr.bankcard", "ocr.idcard"))
    assert cloud.openapi.ocr.idcard(CARD)["errCode"] == 0


def test_method_that_is_not_listed_may_not(
    cloud: Cloud, upstream: Upstream, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, listing("ocr.bankcard"))
    hint = refused(cloud, upstream)
    assert hint == 'config.json does not list "ocr.idcard" under permissions.openapi'
    assert hint in caplog.text
    assert "deploy again" in caplog.text


@pytest.mark.parametrize(
    "content",
    [
        listing(),
        {"permissions": {}},
        {"permissions": None},
        {"permissions": {"openapi": "ocr.idcard"}},
        {"permissions": ["ocr.idcard"]},
        {"permissions": {"openapi": ["idcard", "openapi.ocr.idcard", "OCR.IDCARD", 5, None]}},
    ],
)
def test_wrong_lists_grant_nothing(cloud: Cloud, upstream: Upstream, tmp_path: Path, content: Any) -> None:
    write(tmp_path, content)
    refused(cloud, upstream)


@pytest.mark.parametrize("content", ["", "{", '["ocr.idcard"]', "\xff"])
def test_unreadable_config_grants_nothing(
    cloud: Cloud, upstream: Upstream, tmp_path: Path, content: str
) -> None:
    write(tmp_path, content)
    assert "is not" in refused(cloud, upstream)


def test_byte_order_mark_is_no_fault(cloud: Cloud, tmp_path: Path) -> None:
    write(tmp_path, "\ufeff" + json.dumps(listing("ocr.idcard")))
    assert cloud.openapi.ocr.idcard(CARD)["errCode"] == 0


def test_permission_is_for_the_name_that_is_called(cloud: Cloud, upstream: Upstream, tmp_path: Path) -> None:
    write(tmp_path, listing("ocr.drivingLicense"))
    refused(cloud, upstream, "vehicleLicense")
    assert cloud.openapi.ocr.drivingLicense(CARD)["errCode"] == 0


@pytest.mark.parametrize("variable", ["TENCENTCLOUD_RUNENV", "USER_CODE_ROOT"])
def test_function_without_config_has_no_permission(
    cloud: Cloud, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "SCF" if variable == "TENCENTCLOUD_RUNENV" else str(tmp_path))
    assert 'write {"permissions": {"openapi": ["ocr.idcard"]}}' in refused(cloud, upstream)


def test_code_root_comes_before_the_working_directory(
    cloud: Cloud, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER_CODE_ROOT", str(tmp_path / "code"))
    write(tmp_path, listing("ocr.idcard"))
    assert cloud.openapi.ocr.idcard(CARD)["errCode"] == 0
    upstream.seen.clear()
    write(tmp_path / "code", listing("ocr.bankcard"))
    refused(cloud, upstream)


def test_nothing_is_enforced_outside_a_function(cloud: Cloud, tmp_path: Path) -> None:
    assert cloud.openapi.ocr.idcard(CARD)["errCode"] == 0
    write(tmp_path, {"name": "somebody else's file"})
    assert cloud.openapi.ocr.idcard(CARD)["errCode"] == 0


def test_somebody_else_s_config_grants_nothing_inside_a_function(
    cloud: Cloud, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"name": "no permissions"})
    monkeypatch.setenv("TENCENTCLOUD_RUNENV", "SCF")
    refused(cloud, upstream)


@pytest.mark.parametrize("as_path", [True, False])
def test_config_of_init_comes_first(upstream: Upstream, tmp_path: Path, as_path: bool) -> None:
    write(tmp_path, listing("ocr.idcard"))
    other = listing("ocr.bankcard")
    config = write(tmp_path / "other", other) if as_path else other
    cloud = Cloud(api_base=upstream.base, appid="wx1", secret="s", config=config)
    refused(cloud, upstream)
    assert cloud.openapi.ocr.bankcard(CARD)["errCode"] == 0


@pytest.mark.parametrize("config", [{}, "no/such/config.json"])
def test_config_of_init_that_lists_nothing(upstream: Upstream, config: Any) -> None:
    cloud = Cloud(api_base=upstream.base, appid="wx1", secret="s", config=config)
    refused(cloud, upstream)


def test_unknown_name_comes_before_permission(cloud: Cloud, tmp_path: Path) -> None:
    write(tmp_path, listing())
    with pytest.raises(NotPermittedError) as caught:
        cloud.openapi.ocr.unknown(CARD)
    assert caught.value.errCode == -604100


def test_permission_comes_before_arguments(cloud: Cloud, upstream: Upstream, tmp_path: Path) -> None:
    write(tmp_path, listing())
    with pytest.raises(NotPermittedError):
        cloud.openapi.ocr.idcard({})
