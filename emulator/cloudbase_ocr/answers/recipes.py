"""One request for each error code: how to see every failure without setting anything up.

The documentation prints this list, and a test sends every request of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cloudbase_ocr.answers.magic import SCHEME
from wxcloud.contract import ERRORS
from wxcloud.errorcodes import MARKET_ERRORS
from wxcloud.service_market import API, IMG_URL, INVOKE_SERVICE, OCR_ID_CARD, RETRIEVE_PATH, SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

_OCR = "/cv/ocr/idcard"
_TOKEN = "/cgi-bin/token"  # noqa: S105 - a path
_STABLE = "/cgi-bin/stable_token"
_QUOTA = "/cgi-bin/openapi/quota/get"
_ACCOUNT = {"grant_type": "client_credential", "appid": "wx1234", "secret": "s"}
_CALLER = {"access_token": SCHEME + "wx1234"}
_TOKEN_CODES = frozenset({40164, 40243, 50004, 45009, 45011, 40125, 40013})
_PICTURE_CODES = frozenset({-1, 101000, 101001, 101002, 101003})


@dataclass(frozen=True)
class Recipe:
    """A request that gives one error code; `body` is sent as it is, with `content_type`."""

    code: int
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    content_type: str = ""

    @property
    def target(self) -> str:
        """Path and query, percent-encoded."""
        return self.path + ("?" + urlencode(self.query) if self.query else "")

    def curl(self, base_url: str) -> str:
        """Return the request as a command line for a shell."""
        parts = ["curl"]
        if self.method != ("POST" if self.body else "GET"):
            parts.append(f"-X {self.method}")
        if self.body:
            parts.append(f"-H 'Content-Type: {self.content_type}' -d '{self.body}'")
        return " ".join((*parts, f"'{base_url}{self.target}'"))


def error_recipes() -> list[Recipe]:
    """Return one request for every error code of the contract, in the contract's order.

    Where a plain wrong request gives the code, that is the request; else a magic credential or URL does.
    """
    plain = {recipe.code: recipe for recipe in _plain()}
    return [plain.get(code) or _magic(code) for code in ERRORS if code != 0]


def _plain() -> list[Recipe]:
    json_type = "application/json"
    return [
        Recipe(40001, "POST", _OCR, {"access_token": "unknown", "img_url": "mock://idcard"}),
        Recipe(40002, "GET", _TOKEN, {**_ACCOUNT, "grant_type": "password"}),
        Recipe(40066, "POST", "/cv/ocr/passport", _CALLER),
        Recipe(41001, "POST", _OCR, {"img_url": "mock://idcard"}),
        Recipe(41002, "GET", _TOKEN, {"grant_type": "client_credential", "secret": "s"}),
        Recipe(41004, "GET", _TOKEN, {"grant_type": "client_credential", "appid": "wx1234"}),
        Recipe(41005, "POST", _OCR, _CALLER),
        Recipe(43002, "GET", _OCR, {**_CALLER, "img_url": "mock://idcard"}),
        Recipe(44002, "POST", _STABLE),
        Recipe(47001, "POST", _STABLE, body="{", content_type=json_type),
        Recipe(76003, "POST", _QUOTA, _CALLER, '{"cgi_path":"cv/ocr/idcard"}', json_type),
        Recipe(76021, "POST", _QUOTA, _CALLER, '{"cgi_path":"/cv/ocr/passport"}', json_type),
    ]


def _magic(code: int) -> Recipe:
    if code in _PICTURE_CODES:
        return Recipe(code, "POST", _OCR, {**_CALLER, "img_url": f"{SCHEME}{code}"})
    if code in _TOKEN_CODES:
        return Recipe(code, "GET", _TOKEN, {**_ACCOUNT, "secret": f"{SCHEME}{code}"})
    return Recipe(code, "POST", _OCR, {"access_token": f"{SCHEME}{code}", "img_url": "mock://idcard"})


def market_recipes() -> list[Recipe]:
    """Return one request for every error code of the service market, and for those of its page that all have."""
    plain = {recipe.code: recipe for recipe in _of_market()}
    codes = [code for code in INVOKE_SERVICE.error_codes if code not in MARKET_ERRORS]
    return [
        plain.get(code) or _market(code, {"data": {**_DATA, "img_url": f"{SCHEME}{code}"}})
        for code in (*codes, *MARKET_ERRORS)
    ]


def _of_market() -> list[Recipe]:
    path, json_type = INVOKE_SERVICE.path, "application/json"
    return [
        Recipe(40001, "POST", path, {"access_token": "unknown"}),
        Recipe(43002, "GET", path, _CALLER),
        Recipe(44002, "POST", path, _CALLER),
        Recipe(47001, "POST", path, _CALLER, "{", json_type),
        _market(9301001, {"api": None}),
        _market(9301003, {"data": json.dumps(_DATA)}),
        _market(9301008, {"service": "wx0000000000000000"}),
        _market(9301013, {"async": True}),
        Recipe(9301014, "POST", RETRIEVE_PATH, _CALLER, '{"request_id":"ML0"}', json_type),
        Recipe(9301015, "POST", RETRIEVE_PATH, _CALLER, '{"request_id":"mock://9301015"}', json_type),
    ]


_DATA = {"data_type": IMG_URL, "img_url": f"{SCHEME}idcard", "ocr_type": OCR_ID_CARD}


def _market(code: int, changed: Mapping[str, Any]) -> Recipe:
    call = {"service": SERVICE, "api": API, "data": _DATA, "client_msg_id": "1", **changed}
    body = json.dumps(
        {name: value for name, value in call.items() if value is not None}, separators=(",", ":")
    )
    return Recipe(code, "POST", INVOKE_SERVICE.path, _CALLER, body, "application/json")
