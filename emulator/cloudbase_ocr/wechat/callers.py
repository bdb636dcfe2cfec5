"""Whose call the current request is, told from what it carries and without checking any of it."""

from __future__ import annotations

from flask import request

from cloudbase_ocr.answers import magic
from cloudbase_ocr.core.bodies import MAX_CREDENTIALS_BYTES, parse_json, read_body
from cloudbase_ocr.state.emulator import current

_WITHOUT_TOKEN = ("/cgi-bin/stable_token", "/cgi-bin/clear_quota/v2")
"""Where the body says whose call it is; every other body is read after the token was checked."""


def claimed_appid() -> str:
    """Return the appid of the token, or the one that is named in the query or in a JSON body; "" without any.

    A token that has expired still tells whose it was.
    """
    token = request.args.get("access_token") or request.args.get("cloudbase_access_token")
    if token:
        return magic.magic_appid(token) or current().tokens.appid_of(token) or ""
    return request.args.get("appid") or _named_in_body()


def _named_in_body() -> str:
    if request.path not in _WITHOUT_TOKEN:
        return ""
    try:
        fields = parse_json(read_body(request, MAX_CREDENTIALS_BYTES).data, encoding=None, constants=True)
    except ValueError:
        return ""
    appid = fields.get("appid") if isinstance(fields, dict) else None
    return appid if isinstance(appid, str) else ""
