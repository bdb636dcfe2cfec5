"""``/cgi-bin/openapi/quota/get``, ``/cgi-bin/clear_quota``, its v2, and ``/cgi-bin/openapi/rid/get``.

On the live service these know the platform's own limits, not the OCR pack (documented: a business quota goes
before; users find no interface for what is left of it). The emulator is kinder and counts the OCR calls here as
well; ``--strict`` turns that off.
"""

from __future__ import annotations

import json
import re

from flask import Blueprint, Response, request

from cloudbase_ocr.core.bodies import MAX_CREDENTIALS_BYTES
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.quotas import Usage
from cloudbase_ocr.wechat import replies, routing
from cloudbase_ocr.wechat.accounts import authenticate
from cloudbase_ocr.wechat.bodies import json_object, text_of
from wxcloud.contract import by_path

bp = Blueprint("wechat_quota", __name__)

_PATH = re.compile(r"/[A-Za-z0-9_/-]{1,200}")
_RID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")
_ON_THE_PAGE = ("/cgi-bin/message/custom/send", "/wxa/gettemplatedraftlist")
"""What the page of quota/get names itself, as programs that try it do; its example has zeros."""

_KIND = "the live service does not show or clear the OCR pack here; --strict does as it does"


def quota_get() -> Response:
    """Tell what an interface's daily limit is and what of it is used."""
    emulator = current()
    appid = routing.authorized()
    fields = json_object()
    path = text_of(fields, "cgi_path")
    if not _PATH.fullmatch(path):
        raise WeChatError(76003)
    method = by_path(path)
    if method is None:
        usage = emulator.quotas.platform_usage(appid, path)
    elif emulator.settings.strict:
        # What the live service says for an OCR path is not recorded; this code is a guess.
        raise WeChatError(76022, reason="the OCR pack cannot be read here")
    else:
        replies.call().note(_KIND)
        usage = emulator.quotas.usage(appid, method.key)
    if usage is None and path in _ON_THE_PAGE:
        replies.call().note(
            "answered with the example of the official page: the emulator has no such interface"
        )
        usage = Usage(0, 0)
    if usage is None:
        raise WeChatError(76021, reason="the emulator knows the quotas of OCR and of tokens only")
    return replies.ok({"quota": {"daily_limit": usage.limit, "used": usage.used, "remain": usage.remain}})


def clear_quota() -> Response:
    """Forget an account's counts; the token must be its own."""
    appid = routing.authorized()
    fields = json_object()
    named = text_of(fields, "appid")
    if not named:
        raise WeChatError(41002)
    if named != appid:
        raise WeChatError(40013, reason="the appid in the body is not the one that the token belongs to")
    return _clear(appid)


def clear_quota_v2() -> Response:
    """Forget an account's counts by appid and secret, from the query or a JSON body, without a token."""
    if request.args:
        appid, secret = request.args.get("appid", ""), request.args.get("appsecret", "")
    else:
        fields = json_object(MAX_CREDENTIALS_BYTES)
        appid, secret = text_of(fields, "appid"), text_of(fields, "appsecret")
    authenticate(appid, secret)
    return _clear(appid)


def rid_get() -> Response:
    """Tell what the emulator remembers of a failed call; bodies are never kept."""
    appid = routing.authorized()
    fields = json_object()
    rid = text_of(fields, "rid")
    if not _RID.fullmatch(rid):
        raise WeChatError(76002, "rid is error", reason="a rid has the form 8-8-8 hexadecimal digits")
    failed = current().log.failure(rid)
    if failed is None or failed.appid not in ("", appid):
        raise WeChatError(76001, "rid not found")
    body = json.dumps({"errcode": failed.code, "errmsg": failed.errmsg}, ensure_ascii=False)
    told = {
        "invoke_time": int(rid[:8], 16),
        "cost_in_ms": round(failed.seconds * 1000),
        "request_url": failed.path,
        "request_body": "",
        "response_body": body,
        "client_ip": failed.remote,
    }
    return replies.ok({"request": told})


def _clear(appid: str) -> Response:
    emulator = current()
    replies.call().appid = appid
    if not emulator.quotas.clear_platform(appid):
        raise WeChatError(48006)
    if not emulator.settings.strict:
        replies.call().note(_KIND)
        emulator.quotas.clear_ocr(appid)
    return replies.ok({})


routing.add(bp, "/cgi-bin/openapi/quota/get", quota_get)
routing.add(bp, "/cgi-bin/openapi/rid/get", rid_get)
routing.add(bp, "/cgi-bin/clear_quota", clear_quota)
routing.add(bp, "/cgi-bin/clear_quota/v2", clear_quota_v2)
