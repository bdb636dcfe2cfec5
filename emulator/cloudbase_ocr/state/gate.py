"""The one check in front of every route of every surface: under which name a request comes, and from which page.

Web pages must not reach an emulator that a developer happens to run: a page may send requests to any address, read
what a GET shows, and with DNS rebinding give this machine a name of its own. So, whatever the path:

1. ``Host`` names this machine, or a host that the emulator stands in for, as long as only this machine is served;
   ``--server-name`` names others. The console and the control side stand in for nobody.
2. What a page sends comes from a page of the emulator itself. CloudBase is called by pages, too: by those of this
   machine and of ``--allow-origin``. WeChat's API is for servers, and so is every path that no surface claims.
   Following a link to the console, or to a signed file, does no harm and is allowed.
3. What an emulator fetches for ``img_url`` is a file of the storage, and nothing else of an emulator.

The console and the control side have a guard of their own behind it (guard.py).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request

from cloudbase_ocr.core.calls import printable
from cloudbase_ocr.core.pages import MINI_PROGRAM, is_foreign, is_link
from cloudbase_ocr.core.reach import FETCHER, Names, host_of
from cloudbase_ocr.settings import is_origin
from cloudbase_ocr.state.files import PREFIX as FILES
from cloudbase_ocr.state.surfaces import CONTROL, SPECIMENS, Surface, refusal, surface_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from flask import Flask, Response
    from flask.typing import ResponseReturnValue

    from cloudbase_ocr.settings import Settings
    from cloudbase_ocr.state.guard import Guard

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

_FOREIGN_HOST = (
    "this emulator answers under its own address only; ask 127.0.0.1 or localhost, or start it with "
    "--server-name {}"
)
_NO_HOST = "the header Host holds no name"
_FOREIGN_PAGE = {
    Surface.OWN: "requests from web pages of another origin are refused",
    Surface.CLOUDBASE: "pages of this origin may not use the emulator; --allow-origin allows one",
    Surface.SERVERS: "this interface is for servers; requests from web pages of another origin are refused",
}
_OWN_FETCH = "img_url may name a file of the emulator's storage, and nothing else of an emulator"

_logger = logging.getLogger("cloudbase_ocr.gate")


class Gate:
    """Lets requests through that no page of a stranger can have sent."""

    def __init__(self, settings: Settings, guard: Guard) -> None:
        """Judge by these settings; `guard` stands behind, before the console and the control side."""
        self._names = Names.of(settings.host, settings.server_names)
        self._origins = settings.origins
        self._ocr_only = settings.ocr_only
        self._guard = guard

    def init_app(self, app: Flask) -> None:
        """Stand in front of everything that `app` answers; to be called before anything else asks for that."""
        app.before_request(self._check)
        app.after_request(_add_headers)

    def _check(self) -> ResponseReturnValue | None:
        surface = surface_of(request.environ)
        error = self._error(surface)
        if error:
            _logger.info("%s", printable(f"{request.method} {request.path}: refused: {error}"))
            return refusal(request.environ, error, 403)
        return self._guard.check() if surface is Surface.OWN else None

    def _error(self, surface: Surface) -> str:
        host = request.headers.get("Host")
        if not self._names.knows(host, emulated=surface is not Surface.OWN):
            name = host_of(host or "")
            return _FOREIGN_HOST.format(name) if name else _NO_HOST
        if request.headers.get("User-Agent") == FETCHER and not self._may_be_fetched(request.path):
            return _OWN_FETCH
        if is_foreign(request.headers, self._pages(surface)) and not _may_be_linked(request.path, surface):
            return _FOREIGN_PAGE[surface]
        return ""

    def _pages(self, surface: Surface) -> Callable[[str], bool]:
        if surface is Surface.CLOUDBASE:
            return lambda origin: origin == MINI_PROGRAM or is_allowed(origin, self._origins)
        return lambda origin: surface is Surface.SERVERS and origin == MINI_PROGRAM

    def _may_be_fetched(self, path: str) -> bool:
        return path.startswith(FILES if self._ocr_only else (FILES, SPECIMENS))


def is_allowed(origin: str, allowed: Collection[str]) -> bool:
    """Tell whether pages of an origin may use CloudBase's routes; those of ``http://localhost`` with any port may."""
    if origin in allowed:
        return True
    if not is_origin(origin):
        return False
    host = urlsplit(origin).hostname or ""
    return host in _LOCAL_HOSTS or host.endswith(".localhost")


def _may_be_linked(path: str, surface: Surface) -> bool:
    """Tell whether the request follows a link to a page of the console, or to a file, whose address is signed."""
    shown = (surface is Surface.OWN and not path.startswith(CONTROL)) or path.startswith(FILES)
    return shown and is_link(request.headers, request.method)


def _add_headers(reply: Response) -> Response:
    # Of every answer: none of them is for a browser to guess what it may be.
    reply.headers["X-Content-Type-Options"] = "nosniff"
    if surface_of(request.environ) is Surface.OWN:
        reply.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    return reply
