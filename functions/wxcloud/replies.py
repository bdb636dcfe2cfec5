"""From the bytes that WeChat sent to the object that ``cloud.openapi.ocr.*`` gives."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from .casing import camel_keys
from .contract import ERRORS, Method
from .errorcodes import MARKET_ERRORS
from .errors import Failure

_DECIMAL = re.compile(r"-?[0-9]{1,18}")


def decode(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, read as UTF-8 whatever content type came with it (ruling R24).

    Raises:
        Failure: -601001. The body itself is not repeated: a cut-off reply holds personal data.
    """
    try:
        reply = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _malformed(f"response body is invalid json: {len(body)} bytes") from None
    if not isinstance(reply, dict):
        raise _malformed(f"response body is a JSON {type(reply).__name__}, not an object")
    return reply


def error_code(reply: dict[str, Any]) -> int:
    """Return errcode as int: a number or a decimal string (ruling R1); 0 when there is none, as in the SDK.

    Raises:
        Failure: -601001 for anything else.
    """
    code = reply.get("errcode", 0)
    if isinstance(code, int) and not isinstance(code, bool):
        return code
    if isinstance(code, str) and _DECIMAL.fullmatch(code):
        return int(code)
    raise _malformed(f"errcode is a JSON {type(code).__name__}, neither an integer nor a decimal string")


def check(reply: dict[str, Any]) -> dict[str, Any]:
    """Return `reply`, which says success.

    Raises:
        Failure: it does not; with its errcode and errmsg.
    """
    code = error_code(reply)
    if code == 0:
        return reply
    text = reply.get("errmsg")
    if text is None:
        known = ERRORS.get(code) or MARKET_ERRORS.get(code)
        text = known.text if known else ""
    raise Failure(code, str(text), answered=True)


def cloud_object(api: str, method: Method, reply: dict[str, Any], convert_case: bool) -> dict[str, Any]:
    """Return the object of a successful cloud call: the fields, then errMsg, then errCode.

    Key order is that of wx-server-sdk 4.0.2 (executed). Fields that the contract does not know are passed on.
    """
    fields = {name: value for name, value in reply.items() if name not in ("errcode", "errmsg")}
    fields = _repaired(method, fields)
    if convert_case:
        try:
            fields = camel_keys(fields)
        except RecursionError:
            raise _malformed("response body is nested too deeply") from None
    return {**fields, "errMsg": f"{api}:ok", "errCode": 0}


def menu_items(reply: dict[str, Any]) -> list[Any]:
    """Return the dishes of an ``ocr.menu`` reply: ``[{"name": ..., "price": ...}]``.

    `content` is JSON text in the documented example and an object in the documented table (ruling R20); both
    are read. An unreadable or missing content gives an empty list.
    """
    content = reply.get("content")
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return []
    if not isinstance(content, dict):
        return []
    items = content.get("menu_items", content.get("menuItems"))
    return items if isinstance(items, list) else []


def _repaired(method: Method, fields: dict[str, Any]) -> dict[str, Any]:
    if method.key == "bankcard" and "number" not in fields and "id" in fields:  # ruling R2
        return {"number" if name == "id" else name: value for name, value in fields.items()}
    if method.key == "idcard" and fields.get("type") == "Frond":  # ruling R3
        return {**fields, "type": "Front"}
    if method.key == "comm" and fields.get("items") is None:  # ruling R19
        return {"items": [], **{name: value for name, value in fields.items() if name != "items"}}
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _malformed(text: str) -> Failure:
    return Failure(-601001, f"wechat server internal error, {text}")
