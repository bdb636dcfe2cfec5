"""Who may use the console and the control side: one check in front of every request to them.

They run functions and show what was read, so a web page that a developer happens to have open must not reach them (it
may send a POST to any address, and with DNS rebinding under any name), and neither may a neighbour in the network:

1. A request names this machine, as long as the emulator listens on this machine only.
2. A request of a page comes from a page of the emulator itself: by Origin, and by Sec-Fetch-Site, which browsers also
   send where they leave Origin out. Following a link to the console is no harm and allowed.
3. A page sends no form: what a browser would send without asking first (text/plain, forms) is refused from pages.
4. With `--host` for other machines, or with `--control-token`, a request carries the token: ``Authorization: Bearer``
   for programs; for browsers once ``?token=``, which becomes a cookie that no script and no other site can use.

api.weixin.qq.com and CloudBase, which the rest of the emulator stands in for, have rules of their own.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Response, jsonify, redirect, request

from cloudbase_ocr.core.reach import ASKING, is_loopback_host

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from cloudbase_ocr.settings import Settings

CONTROL = "/_emulator/"
CONSOLE = "/console/"

MIN_TOKEN = 8
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{8,200}")
_BYTES = 24

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SIMPLE = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
_OWN_SITES = frozenset({"same-origin", "none"})
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}

_FOREIGN_HOST = "this emulator answers under its own address only; ask 127.0.0.1 or localhost"
_FOREIGN_PAGE = "requests from web pages of another origin are refused"
_FORM = "pages send application/json here; forms and plain text are refused, because any site can send them"
_UNASKED = (
    "this emulator asks for a token, because other machines can reach it or --control-token was given. `serve` prints "
    "it; send it as Authorization: Bearer <token>, or give it to cloudbase-ocr as --control-token"
)

_LOGIN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>cloudbase-ocr</title><link rel="icon" href="data:,">
<main><h1>cloudbase-ocr</h1>
<p>Other machines can reach this emulator, so its pages ask for the token that <code>cloudbase-ocr serve</code> printed.
<p lang="zh-CN">其他机器可以访问这个模拟器，因此页面需要 <code>cloudbase-ocr serve</code> 启动时打印的令牌。
<form action="/"><label>Token <span lang="zh-CN">令牌</span> <input name="token" type="password" required
autocomplete="off"></label> <button>OK</button></form></main></html>
"""
_LOGIN_POLICY = (
    "default-src 'none'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Guard:
    """Lets in who may use the console and the control side. `token` is what they need, "" when they need none."""

    def __init__(self, settings: Settings) -> None:
        """Ask for a token where the settings name one, or let other machines reach the emulator.

        Raises:
            ValueError: the token of the settings is too short, or could not be sent as it is.
        """
        self._local = is_loopback_host(settings.host)
        self.token = _chosen(settings.control_token)
        self.chosen = bool(self.token)
        if not self.token and not self._local:
            # Never from the seed: who knows it could guess the token.
            self.token = secrets.token_urlsafe(_BYTES)

    def init_app(self, app: Flask) -> None:
        """Stand in front of everything that `app` has under ``/_emulator/`` and ``/console/``, and of its page."""
        app.before_request(self._check)
        app.after_request(_add_headers)

    def _check(self) -> ResponseReturnValue | None:
        if not _is_ours():
            return None
        if self._local and not is_loopback_host(urlsplit("//" + request.host).hostname or ""):
            return _refusal(_FOREIGN_HOST, 403)
        if _is_foreign():
            return _refusal(_FOREIGN_PAGE, 403)
        if _is_from_page() and request.method not in _SAFE and request.mimetype in _SIMPLE:
            return _refusal(_FORM, 415)
        return self._check_token() if self.token else None

    def _check_token(self) -> ResponseReturnValue | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_right(text.strip()):
            return None
        if _is_page() and request.method in _SAFE and self._is_right(request.args.get("token", "")):
            return self._exchange()
        if self._is_right(request.cookies.get(_cookie(), "")) and (
            request.method in _SAFE or "Origin" in request.headers
        ):
            return None
        if _is_page():
            return Response(_LOGIN, 401, {**_ASKING, "Content-Security-Policy": _LOGIN_POLICY})
        return _refusal(_UNASKED, 401)

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


def _is_ours() -> bool:
    """Tell whether the guard stands before the request; ``POST /``, and asking for it, is Tencent Cloud's API."""
    return request.path.startswith((CONTROL, CONSOLE)) or (
        request.path == "/" and request.method in {"GET", "HEAD"}
    )


def _is_page() -> bool:
    return not request.path.startswith(CONTROL)


def _is_from_page() -> bool:
    return any(name in request.headers for name in ("Origin", "Sec-Fetch-Site", "Referer"))


def _is_foreign() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None and _authority(origin) != request.host:
        return True
    if request.headers.get("Sec-Fetch-Site", "none") in _OWN_SITES:
        return False
    asked = request.headers
    is_link = asked.get("Sec-Fetch-Mode") == "navigate" and asked.get("Sec-Fetch-Dest") == "document"
    return not (is_link and _is_page() and request.method in _SAFE)


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _cookie() -> str:
    """Return the cookie's name: browsers share cookies between ports, and each emulator has a token of its own."""
    return "cloudbase-ocr-token-" + (re.sub(r"\D", "", request.host.rpartition(":")[2]) or "80")


def _refusal(error: str, status: int) -> Response:
    reply = jsonify(error=error)
    reply.status_code = status
    if status == 401:
        reply.headers["WWW-Authenticate"] = ASKING
    return reply


def _add_headers(reply: Response) -> Response:
    if _is_ours():
        for name, value in _HEADERS.items():
            reply.headers.setdefault(name, value)
    return reply
