"""Puts the pages together: routes, what every template knows, files by content hash."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from jinja2 import StrictUndefined

from cloudbase_ocr.console import headers, preferences
from cloudbase_ocr.console.assets import Assets
from cloudbase_ocr.console.texts import Texts
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.state.emulator import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

PREFIX = "/console/"


@dataclass(frozen=True)
class Page:
    """One page: `name` is that of its template, script, style and texts; `facts` gives its template's variables."""

    name: str
    path: str
    facts: Callable[[Control], dict[str, Any]] = lambda _: {}


class Site:
    """All pages of one application."""

    def __init__(self, *pages: Page) -> None:
        """Serve these pages, in the order of the navigation."""
        self._pages = pages
        self._assets = Assets()
        self._texts = Texts()

    def init_app(self, app: Flask) -> None:
        """Add the routes to `app`; nothing is read from the disk before somebody looks."""
        bp = Blueprint("console", __name__, template_folder="templates")
        for page in self._pages:
            bp.add_url_rule(page.path, page.name, partial(self._show, page))
        bp.add_url_rule(PREFIX + "static/<digest>/<path:name>", "static", self._send)
        bp.after_request(headers.protect)
        app.register_blueprint(bp)
        app.jinja_env.undefined = StrictUndefined
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    def _show(self, page: Page) -> Response:
        control = Control(current())
        language = preferences.language()
        html = render_template(
            f"console/{page.name}.html",
            page=page,
            pages=self._pages,
            version=__version__,
            language=language,
            theme=preferences.theme(),
            t=partial(self._texts.get, language),
            script_texts=_for_scripts(self._texts.for_scripts(language, page.name)),
            asset=self._asset,
            styles=self._assets.existing("console.css", f"{page.name}.css"),
            modules=self._assets.modules(*self._assets.existing(f"{page.name}.js", "page.js")[:1]),
            turned=control.overview().turned,
            **page.facts(control),
        )
        # Half a surrogate pair (of a folder's name, or of a function's log) becomes a question mark, as in JSON.
        reply = Response(html.encode("utf-8", "replace"), content_type="text/html; charset=utf-8")
        reply.headers["Cache-Control"] = "no-cache, private"
        reply.headers["Vary"] = "Cookie, Accept-Language"
        preferences.remember(request, reply)
        return reply

    def _asset(self, name: str) -> str:
        return f"{PREFIX}static/{self._assets.digest}/{name}"

    def _send(self, digest: str, name: str) -> Response:
        found = self._assets.get(name) if digest == self._assets.digest else None
        if found is None:
            return Response("there is no such file; load the page again", 404, mimetype="text/plain")
        reply = Response(found.data, content_type=found.content_type)
        reply.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return reply


def address() -> str:
    """Return where programs reach the emulator, without a slash at the end."""
    return current().base_url or request.host_url.rstrip("/")


def _for_scripts(texts: dict[str, str]) -> str:
    """Return JSON that can stand inside a script element: nothing in it can end the element."""
    return json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")
