"""Which of the emulator's surfaces a request is for, and how each of them says that it refuses one."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.core.tencent_api import is_tencent_api
from cloudbase_ocr.state.files import PREFIX as FILES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

CONTROL = "/_emulator/"
CONSOLE = "/console/"
SPECIMENS = CONTROL + "specimens/"
READYZ = "/readyz"
METRICS = "/metrics"
HTTP_ACCESS = "/_http/"
"""The HTTP access service, under every name of the emulator; under names of its own it has all paths."""

_WECHAT = ("/cv/", "/cgi-bin/", "/tcb/", "/wxa/")
_CLOUDBASE = ("/v1/", "/auth/", FILES, HTTP_ACCESS)
_CLOUDBASE_PATHS = frozenset({"/admin", "/web"})

_WECHAT_JSON = "application/json; encoding=utf-8"
_CLOUDBASE_JSON = "application/json; charset=utf-8"
_UNAUTHORIZED = 48001  # "api unauthorized", the nearest that WeChat has
_CODES = {401: "PERMISSION_DENIED"}
_TENCENT_CODE = "UnauthorizedOperation"


class Surface(Enum):
    """Whom a part of the paths is for; a path that nobody has named is for servers, and the strictest."""

    OWN = auto()
    """The console and the control side."""
    CLOUDBASE = auto()
    """CloudBase and its files, which pages call, too."""
    SERVERS = auto()
    """api.weixin.qq.com, and whatever else there is: never for pages."""


def surface_of(environ: Mapping[str, Any]) -> Surface:
    """Return the surface of a WSGI request; at ``/`` there are the console and Tencent Cloud's API."""
    path = environ["PATH_INFO"]
    if path in ("", "/"):
        return Surface.CLOUDBASE if is_tencent_api(environ) else Surface.OWN
    if path == METRICS or path.startswith((CONTROL, CONSOLE)):
        return Surface.OWN
    if path in _CLOUDBASE_PATHS or path.startswith(_CLOUDBASE):
        return Surface.CLOUDBASE
    return Surface.SERVERS


def is_wechat(path: str) -> bool:
    """Tell whether a path is one of api.weixin.qq.com."""
    return path.startswith(_WECHAT)


def refusal(environ: Mapping[str, Any], text: str, status: int) -> Response:
    """Return what says no to a WSGI request, in the form that clients of its surface read."""
    if is_wechat(environ["PATH_INFO"]):
        content = {"errcode": _UNAUTHORIZED, "errmsg": text}
        return json_response(content, status, content_type=_WECHAT_JSON)
    if is_tencent_api(environ):
        error = {"Code": _TENCENT_CODE, "Message": text}
        return json_response({"Response": {"Error": error, "RequestId": ""}}, status)
    if surface_of(environ) is Surface.CLOUDBASE:
        code = _CODES.get(status, "INVALID_REQUEST_SOURCE")
        content = {"code": code, "message": text, "requestId": ""}
        return json_response(content, status, content_type=_CLOUDBASE_JSON)
    return json_response({"error": text}, status)
