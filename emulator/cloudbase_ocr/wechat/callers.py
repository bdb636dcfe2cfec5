"""Whose call the current request is, told from what it carries and without checking any of it."""

from __future__ import annotations

import io

from flask import request

from cloudbase_ocr.answers import magic
from cloudbase_ocr.core.bodies import MAX_JSON_BYTES, parse_json, read_body
from cloudbase_ocr.state.emulator import current


def claimed_appid() -> str:
    """Return the appid of the token, or the one that is named in the query or in a JSON body; "" without any.

    A token that has expired still tells whose it was. The body stays readable.
    """
    token = request.args.get("access_token") or request.args.get("cloudbase_access_token")
    if token:
        return magic.magic_appid(token) or current().tokens.appid_of(token) or ""
    return request.args.get("appid") or _named_in_body()


def _named_in_body() -> str:
    if not request.path.startswith("/cgi-bin/") or (request.content_length or 0) > MAX_JSON_BYTES:
        return ""
    data = read_body(request, MAX_JSON_BYTES).data
    request.environ["wsgi.input"] = io.BytesIO(data)
    try:
        fields = parse_json(data, encoding=None, constants=True)
    except ValueError:
        return ""
    appid = fields.get("appid") if isinstance(fields, dict) else None
    return appid if isinstance(appid, str) else ""
