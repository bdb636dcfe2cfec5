"""WeChat's reply as an object: errcode and errmsg in front of the fields. What is random in it is added elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wxcloud.contract import DOCUMENTED, ERRORS

if TYPE_CHECKING:
    from cloudbase_ocr.core.errors import WeChatError
    from cloudbase_ocr.settings import Settings


def success(settings: Settings, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the object of a success."""
    return {"errcode": errcode(settings, 0), "errmsg": "ok", **fields}


def failure(settings: Settings, code: int, errmsg: str) -> dict[str, Any]:
    """Return the object of an error."""
    return {"errcode": errcode(settings, code), "errmsg": errmsg}


def errcode(settings: Settings, code: int) -> int | str:
    """Return a code as number or as text (ruling R1)."""
    return str(code) if settings.errcode_as_string else code


def error_text(settings: Settings, error: WeChatError) -> str:
    """Return an error's errmsg, without hint and rid."""
    if error.message is not None:
        return error.message
    known = ERRORS[error.code]
    return known.text if settings.profile == DOCUMENTED else known.observed
