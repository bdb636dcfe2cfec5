"""Who may use the console and the control side, and who may run functions.

The gate (gate.py) keeps pages of other sites out of everything. What runs functions and shows what was read needs more,
because a neighbour in the network must not reach it either:

1. A page sends no form to the control side: what a browser would send without asking first (text/plain, forms) is
   refused from pages.
2. Where other machines can reach the emulator, with `--control-token`, and for a private service (`--ocr-only`), a
   request carries the token: ``Authorization: Bearer`` or ``X-Control-Token`` for programs; for browsers once
   ``?token=``, which becomes a cookie that no script and no other site can use.
3. The routes of WeChat and CloudBase ask for no token, as WeChat and CloudBase know none; but other machines run
   functions with it only, unless `--open-functions` lets them. This machine itself runs them freely.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Response, abort, redirect, request

from cloudbase_ocr.core.pages import is_from_page
from cloudbase_ocr.core.reach import ASKING, Names, host_of, is_loopback_host
from cloudbase_ocr.state.surfaces import CONTROL, METRICS, Surface, refusal, surface_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from cloudbase_ocr.settings import Settings

MIN_TOKEN = 8
TOKEN_HEADER = "X-Control-Token"  # noqa: S105 - a header's name
"""For clients whose Authorization says something else: SDKs sign in it, js-sdk logs in with it."""

_TOKEN = re.compile(r"[A-Za-z0-9._~-]{8,200}")
_BYTES = 24

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SIMPLE = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
_FORWARDED = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-Ip",
)
"""What proxies add; a request with one of them comes from elsewhere, whoever brings it."""

_FORM = "pages send application/json here; forms and plain text are refused, because any site can send them"
_UNASKED = (
    "this emulator asks for a token, because other machines can reach it, it is a private service, or --control-token "
    "was given. `serve` prints it; send it as Authorization: Bearer <token>, or give it to cloudbase-ocr as "
    "--control-token"
)
_CLOSED = (
    "other machines run functions of this emulator with its control token only. `serve` prints it; send it as "
    f"{TOKEN_HEADER} or as Authorization: Bearer, or start the emulator with --open-functions"
)

_LOGIN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>cloudbase-ocr</title><link rel="icon" href="data:,">
<main><h1>cloudbase-ocr</h1>
<p>Other machines can reach this emulator, so its pages ask for the token that <code>cloudbase-ocr serve</code> printed.
<p lang="zh-CN">其他机器可以访问这个模拟器，因此页面需要 <code>cloudbase-ocr serve</code> 启动时打印的控制 token。
<form action="/"><label>Token <input name="token" type="password" required
autocomplete="off"></label> <button>OK</button></form></main></html>
"""
_LOGIN_POLICY = (
    "default-src 'none'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Guard:
    """Lets in who may use the console and the control side, and run functions.

    `token` is what the console and the control side ask for, "" when they ask for none; `chosen`: the settings name it.
    `reachable`: other machines reach the emulator, be it through a proxy. `open_functions`: all of them run functions.
    """

    def __init__(self, settings: Settings) -> None:
        """Ask for a token where the settings name one, or let others reach the emulator.

        Raises:
            ValueError: the token of the settings is too short, or could not be sent as it is.
        """
        self._host = host_of(settings.host) or settings.host
        self.reachable = not is_loopback_host(settings.host) or bool(settings.server_names)
        self.open_functions = settings.open_functions or not self.reachable
        self.token = _chosen(settings.control_token)
        self.chosen = bool(self.token)
        if not self.token and (self.reachable or settings.ocr_only):
            # Never from the seed: who knows it could guess the token.
            self.token = secrets.token_urlsafe(_BYTES)

    def check(self) -> ResponseReturnValue | None:
        """Return what refuses a request to the console or the control side, None if it is let in."""
        if is_from_page(request.headers) and request.method not in _SAFE and request.mimetype in _SIMPLE:
            return refusal(request.environ, _FORM, 415)
        return self._check_token() if self.token else None

    def check_functions(self) -> None:
        """Refuse the current request, if it may not run a function.

        Raises:
            HTTPException: the refusal, 401.
        """
        # The control side has asked for the token already.
        if self.open_functions or surface_of(request.environ) is Surface.OWN:
            return
        if not (self._is_this_machine() or self._has_token()):
            abort(_asking(refusal(request.environ, _CLOSED, 401)))

    def _is_this_machine(self) -> bool:
        """Tell whether the request was sent on this machine: no proxy has brought it, and no page of another name."""
        peer, headers = request.remote_addr, request.headers
        if peer is not None and not (is_loopback_host(peer) or peer == self._host):
            return False
        host = headers.get("Host")
        own = Names.is_this_machine(host) or host_of(host or "") == self._host
        return own and not any(name in headers for name in _FORWARDED)

    def _has_token(self) -> bool:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        return (scheme.lower() == "bearer" and self._is_right(text.strip())) or self._is_right(
            request.headers.get(TOKEN_HEADER, "")
        )

    def _check_token(self) -> ResponseReturnValue | None:
        if self._has_token():
            return None
        if _is_page() and request.method in _SAFE and self._is_right(request.args.get("token", "")):
            return self._exchange()
        if self._is_right(request.cookies.get(_cookie(), "")) and (
            request.method in _SAFE or "Origin" in request.headers
        ):
            return None
        if _is_page():
            return Response(_LOGIN, 401, {**_ASKING, "Content-Security-Policy": _LOGIN_POLICY})
        return _asking(refusal(request.environ, _UNASKED, 401))

    def _exchange(self) -> ResponseReturnValue:
        """Put the token into a cookie, and lead to the same page without it in the address."""
        rest = [(name, value) for name, value in request.args.items(multi=True) if name != "token"]
        reply = redirect(request.path + ("?" + urlencode(rest) if rest else ""), 303)
        reply.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        reply.set_cookie(_cookie(), self.token, httponly=True, samesite="Strict")
        return reply

    def _is_right(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8", "replace"), self.token.encode())


_ASKING = {
    "WWW-Authenticate": ASKING,
    "Cache-Control": "no-store",
    "Content-Type": "text/html; charset=utf-8",
    "Referrer-Policy": "no-referrer",
}


def _chosen(token: str | None) -> str:
    if token is None:
        return ""
    if not _TOKEN.fullmatch(token):
        raise ValueError(
            f"control_token: must have {MIN_TOKEN} to 200 letters, digits or -._~, so that it can stand in an address "
            "and is not guessed"
        )
    return token


def _is_page() -> bool:
    return request.path != METRICS and not request.path.startswith(CONTROL)


def _cookie() -> str:
    """Return the cookie's name: browsers share cookies between ports, and each emulator has a token of its own."""
    return "cloudbase-ocr-token-" + (re.sub(r"\D", "", request.host.rpartition(":")[2]) or "80")


def _asking(reply: Response) -> Response:
    reply.headers["WWW-Authenticate"] = ASKING
    return reply
