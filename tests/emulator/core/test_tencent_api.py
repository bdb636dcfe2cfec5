"""Which requests are for Tencent Cloud's API, and which for the console at the same address."""

from __future__ import annotations

import pytest

from cloudbase_ocr.core.tencent_api import is_tencent_api


def environ(**changes: str) -> dict[str, str]:
    return {"PATH_INFO": "/", "REQUEST_METHOD": "GET", "HTTP_HOST": "127.0.0.1:8787", **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "PUT"},
        {"HTTP_X_TC_ACTION": "Invoke"},
        {"HTTP_X_TC_VERSION": "2018-04-16", "REQUEST_METHOD": "HEAD"},
        {"HTTP_AUTHORIZATION": "TC3-HMAC-SHA256 Credential=x"},
        {"HTTP_HOST": "tcb.tencentcloudapi.com"},
        {"HTTP_HOST": "SCF.ap-shanghai.tencentcloudapi.com:443"},
        {"QUERY_STRING": "Version=2018-04-16&Action=Invoke"},
        {"QUERY_STRING": "Act%69on="},
        {"QUERY_STRING": "Action"},
        {"PATH_INFO": "", "QUERY_STRING": "Action=Invoke"},
    ],
)
def test_requests_for_the_api(changes: dict[str, str]) -> None:
    assert is_tencent_api(environ(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"REQUEST_METHOD": "HEAD"},
        {"QUERY_STRING": "action=Invoke&Actions=1&token=Action"},
        {"HTTP_AUTHORIZATION": "Bearer x"},
        {"HTTP_HOST": "tencentcloudapi.com.example.com"},
        {"HTTP_HOST": "a b"},
        {"PATH_INFO": "/admin", "REQUEST_METHOD": "POST", "HTTP_HOST": "tcb-admin.tencentcloudapi.com"},
        {"PATH_INFO": "/console/journal", "QUERY_STRING": "Action=x"},
    ],
)
def test_requests_for_others(changes: dict[str, str]) -> None:
    assert not is_tencent_api(environ(**changes))
