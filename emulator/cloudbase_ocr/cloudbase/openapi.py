"""``cloud.openapi.*`` and ``cloud.callOpenAPI`` of the server SDKs: actions ``wx.openApi`` and ``wx.api``.

The call's name is the path that the caller typed (``ocr.idcard``); the SDK has no list of names. Arguments come as
key and JSON text; a picture comes as bytes with a filename. They reach the same OCR as ``/cv/ocr/*``, and the same
service market as ``/wxa/servicemarket``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from cloudbase_ocr.cloudbase.bodies import text_field
from cloudbase_ocr.cloudbase.identity import check_token, find_source, may_call
from cloudbase_ocr.cloudbase.messages import JSON, OPEN_API, CallMessage, Pair, ReplyMessage
from cloudbase_ocr.cloudbase.protobuf import ProtobufError
from cloudbase_ocr.cloudbase.replies import TcbError
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.jsonable import encode_json
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat import img, lessons, ocr, replies, service_market
from cloudbase_ocr.wechat.upload import Picture
from wxcloud.contract import METHODS, by_cloud_name
from wxcloud.service_market import INVOKE_SERVICE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.cloudbase.identity import Source
    from wxcloud.contract import Method

API_NOT_FOUND = -604100
NO_PERMISSION = -604101

# fmt: off
_ELSEWHERE = frozenset({
    "analysis", "cloudbase", "customerServiceMessage", "express", "immediateDelivery", "livebroadcast",
    "logistics", "nearbyPoi", "openapi", "operation", "phonenumber", "plugin", "pluginManager",
    "riskControl", "search", "security", "shortlink", "soter", "subscribeMessage",
    "templateMessage", "uniformMessage", "updatableMessage", "urllink", "urlscheme", "wxacode",
})
# fmt: on
"""Names before the dot of cloud calls that WeChat documents and the emulator does not have."""

_MAX_TEXT_BYTES = 64 * 1024
_NOT_BYTES = (
    "img came as JSON instead of bytes: give img: {contentType: 'image/png', value: Buffer.from(...)}, "
    "also for an ArrayBuffer that came through callFunction"
)


class GatewayRefusal(Exception):
    """WeChat's gateway refuses the call itself, with one of -604100 to -604104."""

    def __init__(self, code: int) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


def answer_message(api: str, fields: dict[str, Any]) -> bytes:
    """Answer ``wx.openApi``: CommApiData in, CommOpenApiResp out.

    Raises:
        TcbError: INVALID_PARAM when `requestData` is no such message, or when the token is refused.
    """
    data = fields.get("requestData")
    try:
        message = CallMessage.parse(data if isinstance(data, memoryview) else b"")
    except ProtobufError as error:
        raise TcbError("INVALID_PARAM", f"requestData is not a valid message: {error}") from error
    try:
        if message.api_type != OPEN_API:
            replies.call().note(
                f"{api} is no openapi call; open data, signatures and payment are not emulated"
            )
            raise GatewayRefusal(API_NOT_FOUND)
        reply = _answer(api, fields, message.pairs, message.appid)
    except GatewayRefusal as error:
        replies.call().code = error.code
        return ReplyMessage(error_code=error.code).encode()
    return ReplyMessage(encode_json(reply), JSON).encode()


def answer_json(api: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Answer ``wx.api``: arguments as one JSON text in, WeChat's reply as JSON text out, keys as they are.

    What the real service answers for a name that does not exist, or that is not permitted, is not known; here the code
    comes as WeChat's errcode.

    Raises:
        TcbError: INVALID_PARAM when the arguments are no JSON object, or when the token is refused.
    """
    text = text_field(fields, "requestData")
    try:
        arguments = parse_json(text) if text else {}
        if not isinstance(arguments, dict):
            raise ValueError("it must be an object")  # noqa: TRY004 - what was sent is wrong, not our code
    except ValueError as error:
        raise TcbError("INVALID_PARAM", f"requestData is not JSON: {error}") from error
    pairs = [Pair(key, encode_json(value)) for key, value in arguments.items()]
    try:
        reply = _answer(api.removeprefix("openapi."), fields, pairs, "")
    except GatewayRefusal as error:
        replies.call().code = error.code
        reply = {"errcode": error.code, "errmsg": f"system error: error code: {error.code}"}
    return {"responseData": encode_json(reply).decode()}


def _answer(api: str, fields: dict[str, Any], pairs: Sequence[Pair], appid: str) -> dict[str, Any]:
    """Return WeChat's reply as the object that it is on the wire, errors included."""
    emulator, call = current(), replies.call()
    check_token(emulator, fields, call.note)
    source = find_source(emulator, fields)
    method, image_method = _method(api), img.by_cloud_name(api)
    if method is None and image_method is None:
        if api.partition(".")[0] in _ELSEWHERE:
            _refuse_elsewhere(api, source)
        known = [name for method in (*METHODS, INVOKE_SERVICE) for name in method.permissions]
        call.note(
            f"there is no API {api[:80]!r} here (-604100); there are {', '.join((*known, *_image_names()))}"
        )
        raise GatewayRefusal(API_NOT_FOUND)
    if not may_call(emulator, source, api, call.note):
        raise GatewayRefusal(NO_PERMISSION)
    try:
        call.appid = _appid(source, appid)
        if method is None:
            assert image_method is not None  # noqa: S101 - for the type checker
            emulator.faults.spoil_cloud_call(image_method.path, call.appid)
            return replies.success_body(img.answer(image_method, lambda: _picture(pairs)))
        emulator.faults.spoil_cloud_call(method.path, call.appid)
        if method is INVOKE_SERVICE:
            return replies.success_body(service_market.answer(call.appid, _json_members(pairs)))
        texts = {pair.key: _text(pair) for pair in pairs if not pair.filename}
        found = ocr.answer(method, call.appid, lambda: _picture(pairs), _resp_type(pairs), texts)
        return replies.success_body(found)
    except WeChatError as error:
        return replies.failure_body(error, with_hint=method is not INVOKE_SERVICE)


def _refuse_elsewhere(api: str, source: Source) -> NoReturn:
    """Refuse a cloud call that exists in the cloud only; its permission is looked at first, as for others (R47).

    Raises:
        GatewayRefusal: -604101 when config.json does not list it, else -604100.
    """
    call = replies.call()
    if not may_call(current(), source, api, call.note):
        raise GatewayRefusal(NO_PERMISSION)
    call.note(
        f"WeChat has {api[:80]}, this emulator has not: the program gets -604100 (API not found) here, and an answer "
        "in the cloud. Give the function an answer of your own for tests"
    )
    raise GatewayRefusal(API_NOT_FOUND)


def _method(api: str) -> Method | None:
    if api == INVOKE_SERVICE.permission:
        return INVOKE_SERVICE
    namespace, _, name = api.partition(".")
    return by_cloud_name(name) if namespace == "ocr" else None


def _image_names() -> list[str]:
    return [method.cloud_name for method in img.IMAGE_METHODS]


def _appid(source: Source, named: str) -> str:
    """Return the account that the call counts for: the one that ``cloud.openapi({appid})`` names, or the caller's."""
    current().accounts.check_appid(named or source.appid)
    return named or source.appid


def _picture(pairs: Sequence[Pair]) -> Picture:
    """Return the picture of a call: `img` with a filename, else `img_url` (rulings R11 to R13).

    Raises:
        WeChatError: 41005 when there is neither.
    """
    call = replies.call()
    by_key = {pair.key: pair for pair in pairs}
    picture, url = by_key.get("img"), _text(by_key.get("img_url"))
    if picture is not None and picture.filename and len(picture.value):
        if url:
            call.note(lessons.BOTH)
        return Picture(bytes(picture.value), picture.filename)
    if url:
        return Picture(url=url)
    call.note(_NOT_BYTES if picture is not None else lessons.about_names("call", by_key))
    raise WeChatError(41005)


def _resp_type(pairs: Sequence[Pair]) -> str:
    return next((_scalar(pair) for pair in pairs if pair.key == "resp_type"), "")


def _scalar(pair: Pair) -> str:
    return bytes(pair.value[:16]).decode("utf-8", "replace").strip('"')


def _text(pair: Pair | None) -> str:
    """Return an argument that is JSON text for a string, "" for anything else."""
    if pair is None or len(pair.value) > _MAX_TEXT_BYTES:
        return ""
    value = _value(pair)
    return value if isinstance(value, str) else ""


def _json_members(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the arguments as one JSON object; what is no JSON text, such as a file, counts as not given."""
    members = {pair.key: None if pair.filename else _value(pair) for pair in pairs}
    return {key: value for key, value in members.items() if value is not None}


def _value(pair: Pair) -> Any:
    """Return an argument that is JSON text, None for what is none."""
    try:
        return parse_json(bytes(pair.value))
    except ValueError:
        return None
