"""WeChat's envelope around its objects (emulator/cloudbase_ocr/answers/envelope.py), built here and nowhere else.

HTTP 200 also for errors, ``application/json; encoding=utf-8`` (observed; not ``charset``), Chinese as it is, keys in
the order errcode, errmsg, fields. An error's text ends in `` rid: ..``, under /cv also in `` hint: [..]`` before it.
"""

from __future__ import annotations

import random
import re
import string
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import g, request

from cloudbase_ocr.core.calls import Call
from cloudbase_ocr.core.errors import OverloadError, WeChatError
from cloudbase_ocr.core.held import RETRY_AFTER
from cloudbase_ocr.core.reach import client_address, is_proxy
from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.state.emulator import current
from wxcloud.contract import DOCUMENTED
from wxcloud.errorcodes import MARKET_ERRORS

if TYPE_CHECKING:
    from random import Random

    from flask import Response

    from cloudbase_ocr.core.held import TooMuchHeld

CONTENT_TYPE = "application/json; encoding=utf-8"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_HINT_CHARACTERS = string.ascii_letters + string.digits
_ID_CHARACTERS = _HINT_CHARACTERS + "_-"


def ok(fields: dict[str, Any]) -> Response:
    """Return a success: errcode 0, errmsg ok, then the fields."""
    return _json(success_body(fields))


def success_body(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the object of a success, for surfaces that wrap WeChat's reply."""
    call().code = 0
    return current().envelope.success(fields)


def bare(fields: dict[str, Any]) -> Response:
    """Return a success that carries no errcode, as the token interfaces do."""
    return _json(fields)


def failure(error: WeChatError) -> Response:
    """Return the reply for an error, and leave its reason in the call log."""
    reply = _json(failure_body(error, with_hint=request.path.startswith("/cv/")))
    if isinstance(error, OverloadError) and current().settings.overload == "503":
        _ask_for_patience(reply)
    return reply


def busy(error: TooMuchHeld) -> Response:
    """Return the reply for a body that there is no room for: -1 for clients, 503 for the proxies before them."""
    reply = failure(WeChatError(-1, reason=f"answered with 503: {error.text}"))
    _ask_for_patience(reply)
    return reply


def _request_id(peer: str) -> str:
    """Return what a proxy calls the current request; a number of our own where none does, or it is no such name."""
    sent = request.headers.get("X-Request-ID", "")
    if _REQUEST_ID.fullmatch(sent) and is_proxy(peer, current().settings.proxies):
        return sent
    return f"{random.getrandbits(64):016x}"


def _ask_for_patience(reply: Response) -> None:
    reply.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    reply.headers["Retry-After"] = str(RETRY_AFTER)


def failure_body(error: WeChatError, *, with_hint: bool) -> dict[str, Any]:
    """Return the object of an error, for surfaces that wrap WeChat's reply, and leave its reason in the call log."""
    errmsg = _text(error)
    entry = call()
    if current().settings.hints:
        hint, rid = suffix(current().clock.now(), current().random)
        if error.code in MARKET_ERRORS:
            errmsg += f" request id:[{market_request_id(current().random)}] rid = {rid} rid: {rid}"
        else:
            errmsg += f" hint: [{hint}] rid: {rid}" if with_hint else f" rid: {rid}"
        entry.rid = rid
    entry.code = error.code
    entry.errmsg = errmsg
    entry.note(error.reason)
    return current().envelope.failure(error.code, errmsg)


def suffix(now: float, dice: Random) -> tuple[str, str]:
    """Return the hint and the rid of a reply sent at `now`.

    Computed from recorded replies: the rid begins with the Unix time in hex; the hint is six characters, a
    0, the last three digits of that time, and four characters.
    """
    moment = int(now)
    rid = f"{moment & 0xFFFFFFFF:08x}-{dice.getrandbits(32):08x}-{dice.getrandbits(32):08x}"
    head = "".join(dice.choices(_HINT_CHARACTERS, k=6))
    tail = "".join(dice.choices(_HINT_CHARACTERS, k=4))
    return f"{head}0{moment % 1000:03d}{tail}", rid


def market_request_id(random: Random) -> str:
    """Return the ID that the service market gives a request: ML and 65 characters (recorded replies)."""
    return "ML" + "".join(random.choices(_ID_CHARACTERS, k=65))


def call() -> Call:
    """Return the log entry of the current request."""
    entry: Call | None = g.get("call")
    if entry is None:
        peer, settings = request.remote_addr or "", current().settings
        entry = Call(
            request.method,
            request.path,
            current().clock.monotonic(),
            remote=peer,
            client=client_address(peer, request.headers.get("X-Forwarded-For", ""), settings.proxies),
            request_id=_request_id(peer),
        )
        g.call = entry
    return entry


def _text(error: WeChatError) -> str:
    settings = current().settings
    if error.code == 40164 and error.message is None and settings.profile != DOCUMENTED:
        address = request.remote_addr or "127.0.0.1"
        mapped = address if ":" in address else f"::ffff:{address}"
        return f"invalid ip {address} ipv6 {mapped}, not in whitelist"
    return current().envelope.text(error)


def _json(body: dict[str, Any]) -> Response:
    return json_response(body, content_type=CONTENT_TYPE)
