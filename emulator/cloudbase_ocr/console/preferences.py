"""Language and colours: what the reader chose, else what the browser says. Remembered in cookies, by value only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from cloudbase_ocr.console.texts import LANGUAGES

if TYPE_CHECKING:
    from flask import Request, Response

THEMES = ("auto", "light", "dark")
LANGUAGE_COOKIE = "cloudbase-ocr-language"
THEME_COOKIE = "cloudbase-ocr-theme"

_YEAR = 365 * 24 * 3600


def language() -> str:
    """Return the language of the current request: ``?lang=``, then the cookie, then Accept-Language, then English."""
    for wanted in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in LANGUAGES:
            return wanted
    return _of_browser()


def theme() -> str:
    """Return the colours that the reader chose: auto follows the system."""
    chosen = request.cookies.get(THEME_COOKIE)
    return chosen if chosen in THEMES else "auto"


def remember(asked: Request, reply: Response) -> None:
    """Keep a language that was chosen with ``?lang=``."""
    wanted = asked.args.get("lang")
    if wanted in LANGUAGES and wanted != asked.cookies.get(LANGUAGE_COOKIE):
        reply.set_cookie(LANGUAGE_COOKIE, wanted, max_age=_YEAR, samesite="Lax", httponly=True)


def _of_browser() -> str:
    # Not best_match: it knows zh-CN and zh-Hans-CN only where they are listed.
    for tag, quality in request.accept_languages:
        plain = tag.partition("-")[0].lower()
        if quality > 0 and plain in LANGUAGES:
            return plain
    return LANGUAGES[0]
