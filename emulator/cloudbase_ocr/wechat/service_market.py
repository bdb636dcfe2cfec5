"""``POST /wxa/servicemarket`` and ``/wxa/servicemarketretrieve``: OCR through WeChat's service market.

Checks run in the order of ruling R52: method, token, body, what every request has, service and api, async, kind of
data, quota, parameters of OcrAllInOne, picture, recognition. A document answers as the method that reads the same
(answers/market.py), and draws from its quota.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from cloudbase_ocr.answers import magic
from cloudbase_ocr.answers.market import Market, reply_of, size_of
from cloudbase_ocr.core.bodies import MAX_EVENT_BYTES, parse_json
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat import ocr, replies, routing
from cloudbase_ocr.wechat.bodies import json_object
from cloudbase_ocr.wechat.upload import Picture
from wxcloud.service_market import (
    API,
    IMG_DATA,
    IMG_URL,
    INVOKE_SERVICE,
    RETRIEVE_PATH,
    SERVICE,
    by_type,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.answers import Answer
    from cloudbase_ocr.answers.question import Reply
    from cloudbase_ocr.recognizer import Explanation
    from wxcloud.service_market import Document

bp = Blueprint("wechat_service_market", __name__)

PARAMETER, INTERNAL, NO_SUCH_API, CONSUMPTION, KIND = 9301001, 9301003, 9301008, 9301010, 9301013
NO_SUCH_REQUEST = 9301014
DONE = magic.SCHEME + "done"
"""A request_id whose result is there: the page's example."""

_BASE64_URL = "data:"


def invoke_service() -> Response:
    """Answer one call of a service."""
    appid = routing.authorized()
    return replies.ok(answer(appid, json_object(MAX_EVENT_BYTES)))


def retrieve() -> Response:
    """Answer for the result of an asynchronous call, which OcrAllInOne has none of (ruling R61)."""
    routing.authorized()
    name = json_object().get("request_id")
    if not isinstance(name, str) or not name:
        raise WeChatError(PARAMETER, reason="request_id is missing, or no text")
    if name != DONE or current().settings.ocr_only:
        code = magic.error_code(name, market=True) or NO_SUCH_REQUEST
        raise WeChatError(code, reason=f"no asynchronous call has this request_id; {DONE} has a result")
    request_id = replies.market_request_id(current().random)
    return replies.ok({**reply_of({"result": True}), "request_id": request_id})


def answer(appid: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reply holds besides errcode and errmsg, for every surface; `request` is the call's JSON.

    Raises:
        WeChatError: what WeChat would refuse.
    """
    data = _data_of(request)
    document = by_type(data.get("ocr_type"))
    settings = current().settings
    if "unclaimed" in settings.market_rules:
        raise WeChatError(CONSUMPTION, reason="--market-rule unclaimed: the account has no pack")
    if document is None:
        raise WeChatError(PARAMETER, reason="ocr_type is 1, 2, 3, 4, 7, 8 or 10")
    market, reading = Market.of(settings), _Reading(document, appid, data)
    key = INVOKE_SERVICE.key if "own-quota" in settings.market_rules else document.method.key
    try:
        reply = ocr.counted(key, appid, reading.read)
    except WeChatError as error:
        return reply_of(market.answer(document, error, reading.size()))
    if reply.as_data:
        return reply_of(reply.fields)
    return reply_of(market.success(document, reply.fields, reading.explanation, reading.size()))


class _Reading:
    """The reading of one picture, and what it tells of the picture beside the fields."""

    def __init__(self, document: Document, appid: str, data: Mapping[str, Any]) -> None:
        self._document = document
        self._appid = appid
        self._data = data
        self._found: Answer | None = None

    def read(self) -> Reply:
        settings = current().settings
        picture, limit = picture_of(self._data, strict=settings.strict), ocr.image_limit("")
        if settings.ocr_only and (picture.url or "").startswith(magic.SCHEME):
            raise WeChatError(101000, reason=f"{magic.SCHEME} inputs are off (--ocr-only)")
        self._found = ocr.asked(
            self._document.method, self._appid, picture, limit, market=True, texts=self._texts
        )
        return self._found.or_raise()

    @property
    def _texts(self) -> dict[str, str]:
        """What `data` says beside the picture."""
        return {
            name: str(value)
            for name, value in self._data.items()
            if isinstance(value, (str, int)) and name != "img_data"
        }

    @property
    def explanation(self) -> Explanation | None:
        return self._found.trace.explanation if self._found else None

    def size(self) -> tuple[int, int] | None:
        """Return width and height of the picture that was looked at, None when there was none."""
        return size_of(self.explanation, self._found.picture if self._found else b"")


def _data_of(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of a call that is written as it has to be (rulings R52 to R55).

    Raises:
        WeChatError: 9301001, 9301003, 9301008 or 9301013.
    """
    switches = current().settings.market_rules
    required = ["service", "api"] + ([] if "no-client-msg-id" in switches else ["client_msg_id"])
    for name in required:
        if not isinstance(request.get(name), str) or not request[name]:
            raise WeChatError(PARAMETER, reason=f"{name} is missing, or no text")
    data = request.get("data")
    if not isinstance(data, (dict, str)) or data == "":
        raise WeChatError(PARAMETER, reason="data is missing, or no object")
    if not isinstance(request.get("async", False), bool):
        raise WeChatError(PARAMETER, reason="async is true or false")
    if (request["service"], request["api"]) != (SERVICE, API):
        raise WeChatError(NO_SUCH_API, reason=f"the service of OCR is {SERVICE}, and its api {API}")
    if request.get("async"):
        raise WeChatError(KIND, reason=f"{API} answers at once; leave async out")
    if isinstance(data, dict):
        return data
    if "text-data" not in switches:
        raise WeChatError(INTERNAL, reason="data is JSON text; send the object itself")
    return _parsed(data)


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        data = parse_json(text)
    except ValueError as error:
        raise WeChatError(INTERNAL, reason="data is a text, but no JSON") from error
    if not isinstance(data, dict):
        raise WeChatError(INTERNAL, reason="data is JSON, but no object")
    return data


def picture_of(data: Mapping[str, Any], *, strict: bool = False) -> Picture:
    """Return the picture that `data` brings: an address or base64 text, as its `data_type` says (ruling R56).

    Raises:
        WeChatError: 9301001 when there is none, 101002 for text that is no base64.
    """
    kind = data.get("data_type")
    name = {str(IMG_URL): "img_url", str(IMG_DATA): "img_data"}.get(str(kind))
    if name is None:
        raise WeChatError(PARAMETER, reason=f"data_type is {IMG_URL} for img_url, {IMG_DATA} for img_data")
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise WeChatError(PARAMETER, reason=f"{name} is missing, or no text (data_type {kind})")
    if name == "img_data":
        return Picture(_decoded(value, strict=strict))
    return Picture(url=value)


def _decoded(text: str, *, strict: bool) -> bytes:
    if text.startswith(_BASE64_URL):
        if strict:
            raise WeChatError(101002, reason="img_data begins with data:; send the base64 text alone")
        text = text.partition(",")[2]
    compact = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WeChatError(101002, reason="img_data is no base64") from error


routing.add(bp, INVOKE_SERVICE.path, invoke_service)
routing.add(bp, RETRIEVE_PATH, retrieve)
