"""``--ocr-only``: a private OCR service instead of a cloud to develop against.

What remains is what a client of WeChat's OCR needs, tokens, ``/cv/ocr/*`` and ``/wxa/servicemarket``, and the control
side with its own guard.
Functions, storage and the APIs of CloudBase are not there, because they run code and tell callers apart by tokens that
anyone can write; neither are ``mock://`` inputs, which need no secret and answer with invented data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, request

from cloudbase_ocr.answers.magic import SCHEME
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.tencent_api import is_tencent_api
from cloudbase_ocr.state.surfaces import CONSOLE, CONTROL, METRICS, READYZ
from cloudbase_ocr.wechat import routing
from wxcloud.service_market import INVOKE_SERVICE

if TYPE_CHECKING:
    from flask import Flask, Response

TOKENS = ("/cgi-bin/token", "/cgi-bin/stable_token")
OCR = ("/cv/ocr/", INVOKE_SERVICE.path)

_ALLOWED = (*TOKENS, READYZ, METRICS)
_HOME = "/"


def install(app: Flask) -> None:
    """Refuse everything else, before any of it is looked at."""
    app.before_request(_refuse_others)


def _refuse_others() -> Response | None:
    path = request.path
    home = path == _HOME and not is_tencent_api(request.environ)
    if not (path in _ALLOWED or home or path.startswith((*OCR, CONTROL, CONSOLE))):
        abort(404)
    if path.startswith(OCR) and any(request.args.get(name, "").startswith(SCHEME) for name in _CODES):
        return routing.answer(_refuse_mock)
    return None


_CODES = {"access_token": 40001, "img_url": 101000}


def _refuse_mock() -> Response:
    name = next(name for name in _CODES if request.args.get(name, "").startswith(SCHEME))
    raise WeChatError(_CODES[name], reason=f"{SCHEME} inputs are off (--ocr-only)")
