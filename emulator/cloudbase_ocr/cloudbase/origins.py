"""Which web pages may use CloudBase's routes: pages of this machine, and origins that ``--allow-origin`` names.

In the cloud it is the console's list of safe domains. A request that carries another Origin is refused before anything
happens: a page can send a POST to any address, and only the answer would be kept from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, request

from cloudbase_ocr.cloudbase.replies import json_reply
from cloudbase_ocr.settings import is_origin
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.files import PREFIX as FILES

if TYPE_CHECKING:
    from collections.abc import Collection

_PREFIXES = ("/v1/", "/auth/", FILES)
_PATHS = frozenset({"/", "/admin", "/web"})
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_MAX_AGE = "600"


def is_allowed(origin: str, allowed: Collection[str]) -> bool:
    """Tell whether pages of an origin may use the routes; ``http://localhost`` with any port may."""
    if origin in allowed:
        return True
    if not is_origin(origin):
        return False
    host = urlsplit(origin).hostname or ""
    return host in _LOCAL_HOSTS or host.endswith(".localhost")


def refuse_foreign() -> Response | None:
    """Refuse foreign pages, and answer preflights; to be run before every request."""
    origin = request.headers.get("Origin")
    if origin is None or not _is_ours():
        return None
    if not is_allowed(origin, current().settings.origins):
        message = "pages of this origin may not use the emulator; --allow-origin allows one"
        return json_reply({"code": "INVALID_REQUEST_SOURCE", "message": message, "requestId": ""}, 403)
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return Response(status=204)
    return None


def add_headers(response: Response) -> Response:
    """Let the page read the answer, when its origin is allowed; to be run after every request."""
    origin = request.headers.get("Origin")
    if not _is_ours():
        return response
    response.headers.add("Vary", "Origin")
    if origin is None or not is_allowed(origin, current().settings.origins):
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Expose-Headers"] = "X-Request-Id"
    if request.method == "OPTIONS":
        _allow_preflight(response)
    return response


def _allow_preflight(response: Response) -> None:
    asked = request.headers
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, OPTIONS"
    response.headers["Access-Control-Max-Age"] = _MAX_AGE
    if "Access-Control-Request-Headers" in asked:
        response.headers["Access-Control-Allow-Headers"] = asked["Access-Control-Request-Headers"]
    if asked.get("Access-Control-Request-Private-Network") == "true":
        # A page of the internet that is allowed by name reaches this machine: Chromium asks for it apart.
        response.headers["Access-Control-Allow-Private-Network"] = "true"


def _is_ours() -> bool:
    return request.path in _PATHS or request.path.startswith(_PREFIXES)
