"""``/cgi-bin/token`` and ``/cgi-bin/stable_token``. A success carries no errcode."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from cloudbase_ocr.answers import magic
from cloudbase_ocr.core.bodies import MAX_CREDENTIALS_BYTES, read_body
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat import replies, routing
from cloudbase_ocr.wechat.accounts import authenticate, check_appid
from cloudbase_ocr.wechat.bodies import as_object, not_json, text_of, wechat_json
from wxcloud.contract import DOCUMENTED
from wxcloud.errorcodes import TOKENS_USED_UP

if TYPE_CHECKING:
    from collections.abc import Mapping

bp = Blueprint("wechat_tokens", __name__)


def token() -> Response:
    """Give a new token; the former one works for five more minutes."""
    emulator = current()
    appid = _authenticated(request.args)
    if not emulator.quotas.take_token_call(appid):
        # Observed here only: the text goes on as that of 40001 does.
        told = TOKENS_USED_UP if emulator.settings.profile != DOCUMENTED else None
        raise WeChatError(45009, told, reason="/cgi-bin/token may be called 2000 times a day")
    return replies.bare(asdict(emulator.tokens.issue(appid)))


def stable_token() -> Response:
    """Give the stable token; with force_refresh a new one (30 s apart, 20 a day)."""
    emulator = current()
    fields = _stable_fields()
    appid = _authenticated({name: text_of(fields, name) for name in ("grant_type", "appid", "secret")})
    reached = emulator.quotas.take_stable_token_call(appid)
    if reached == "minute":
        raise WeChatError(45011, reason="/cgi-bin/stable_token may be called 10000 times a minute")
    if reached == "day":
        raise WeChatError(45009, reason="/cgi-bin/stable_token may be called 500000 times a day")
    if fields.get("force_refresh") is True:
        grant = emulator.tokens.refresh_stable(appid)
        if grant is not None:
            return replies.bare(asdict(grant))
        replies.call().note("force_refresh had no effect: it works 20 times a day, at least 30 s apart")
    return replies.bare(asdict(emulator.tokens.stable(appid)))


def _stable_fields() -> dict[str, Any]:
    """Read the JSON body; parameters sent in another way are not seen (observed: 41002)."""
    body = read_body(request, MAX_CREDENTIALS_BYTES)
    if not body.data and not body.too_large:
        if request.args:
            raise WeChatError(
                41002, reason="stable_token takes its parameters from a JSON body, not the query"
            )
        raise WeChatError(44002, reason="stable_token takes its parameters from a JSON body")
    try:
        fields = wechat_json(body.data)
    except ValueError as error:
        if (request.mimetype or "").startswith(("application/x-www-form-urlencoded", "multipart/")):
            raise WeChatError(
                41002, reason="stable_token takes its parameters from a JSON body, not a form"
            ) from error
        raise not_json() from error
    return as_object(fields)


def _authenticated(fields: Mapping[str, str]) -> str:
    """Check appid, grant_type and secret, in this order (R45), and return the appid.

    Raises:
        WeChatError: 41002, 40002, 40013, 41004, 40125 or 45011, and what a magic appid or secret asks for.
    """
    appid, secret = fields.get("appid", ""), fields.get("secret", "")
    for text in (appid, secret):
        code = magic.error_code(text)
        if code is not None:
            raise WeChatError(code, reason=f"the magic credential mock://{code} asked for it")
    check_appid(appid)
    if fields.get("grant_type") != "client_credential":
        raise WeChatError(40002, reason="grant_type must be client_credential")
    authenticate(appid, secret)
    replies.call().appid = appid
    return appid


routing.add(bp, "/cgi-bin/token", token, methods=("GET", "POST"))
routing.add(bp, "/cgi-bin/stable_token", stable_token)
