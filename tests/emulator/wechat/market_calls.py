"""Calls of the service market, as tests make them: the request, the answer, and the object in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import requests

from cloudbase_ocr.server import Server
from wxcloud.service_market import INVOKE_SERVICE, SERVICE

Call = Callable[..., dict[str, Any]]

PATH = INVOKE_SERVICE.path


def request_of(data: Any, **changed: Any) -> dict[str, Any]:
    """Return a request of OcrAllInOne; a parameter that is changed to None is left out."""
    call = {"service": SERVICE, "api": "OcrAllInOne", "data": data, "client_msg_id": "m-1", **changed}
    return {name: value for name, value in call.items() if value is not None}


def by_url(url: str, ocr_type: Any = 1, **more: Any) -> dict[str, Any]:
    """Return the data of a request for a picture at an address."""
    return {"img_url": url, "data_type": 3, "ocr_type": ocr_type, **more}


def market_of(appid: str) -> Call:
    """Return what calls OcrAllInOne for an account and gives the JSON: ``market(server, {"ocr_type": 1, ...})``."""

    def post(server: Server, data: Any, **changed: Any) -> dict[str, Any]:
        reply = requests.post(
            f"{server.url}{PATH}?access_token=mock://{appid}", json=request_of(data, **changed), timeout=30
        )
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == "application/json; encoding=utf-8"
        value: dict[str, Any] = reply.json()
        return value

    return post


def result(reply: dict[str, Any]) -> dict[str, Any]:
    """Return the one object in the data of a success."""
    assert list(reply) == ["errcode", "errmsg", "data"], reply
    assert reply["errcode"] == 0
    [found] = json.loads(reply["data"]).values()
    return dict(found)
