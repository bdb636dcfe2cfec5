"""Which of the emulator's surfaces a request is for, and how each of them says that it refuses one."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.state.files import PREFIX as FILES

if TYPE_CHECKING:
    from flask import Response

CONTROL = "/_emulator/"
CONSOLE = "/console/"
SPECIMENS = CONTROL + "specimens/"

_WECHAT = ("/cv/", "/cgi-bin/", "/tcb/")
_CLOUDBASE = ("/v1/", "/auth/", FILES)
_CLOUDBASE_PATHS = frozenset({"/admin", "/web"})
_READING = frozenset({"GET", "HEAD"})

_WECHAT_JSON = "application/json; encoding=utf-8"
_CLOUDBASE_JSON = "application/json; charset=utf-8"
_UNAUTHORIZED = 48001  # "api unauthorized", the nearest that WeChat has
_CODES = {401: "PERMISSION_DENIED"}


class Surface(Enum):
    """Whom a part of the paths is for; a path that nobody has named is for servers, and the strictest."""

    OWN = auto()
    """The console and the control side."""
    CLOUDBASE = auto()
    """CloudBase and its files, which pages call, too."""
    SERVERS = auto()
    """api.weixin.qq.com, and whatever else there is: never for pages."""


def surface_of(path: str, method: str) -> Surface:
    """Return the surface of a path; reading ``/`` is the console, anything else there Tencent Cloud's API."""
    if path == "/":
        return Surface.OWN if method in _READING else Surface.CLOUDBASE
    if path.startswith((CONTROL, CONSOLE)):
        return Surface.OWN
    if path in _CLOUDBASE_PATHS or path.startswith(_CLOUDBASE):
        return Surface.CLOUDBASE
    return Surface.SERVERS


def refusal(path: str, method: str, text: str, status: int) -> Response:
    """Return what says no to a request, in the form that clients of its surface read."""
    if path.startswith(_WECHAT):
        content = {"errcode": _UNAUTHORIZED, "errmsg": text}
        return json_response(content, status, content_type=_WECHAT_JSON)
    if surface_of(path, method) is Surface.CLOUDBASE:
        code = _CODES.get(status, "INVALID_REQUEST_SOURCE")
        content = {"code": code, "message": text, "requestId": ""}
        return json_response(content, status, content_type=_CLOUDBASE_JSON)
    return json_response({"error": text}, status)
