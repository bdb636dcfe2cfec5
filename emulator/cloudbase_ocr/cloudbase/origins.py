"""What web pages need to read answers of CloudBase's routes: preflights, and headers that name their origin.

Pages of this machine may, and those of origins that ``--allow-origin`` names; in the cloud it is the console's list of
safe domains. Others are refused by the gate (state/gate.py), before anything happens.
"""

from __future__ import annotations

from flask import Response, request

from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.gate import is_allowed
from cloudbase_ocr.state.surfaces import Surface, surface_of

_MAX_AGE = "600"


def answer_preflight() -> Response | None:
    """Answer preflights, which the gate has let through; to be run before every request."""
    if request.method != "OPTIONS" or not _is_ours():
        return None
    if "Origin" in request.headers and "Access-Control-Request-Method" in request.headers:
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
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"
    response.headers["Access-Control-Max-Age"] = _MAX_AGE
    if "Access-Control-Request-Headers" in asked:
        response.headers["Access-Control-Allow-Headers"] = asked["Access-Control-Request-Headers"]
    if asked.get("Access-Control-Request-Private-Network") == "true":
        # A page of the internet that is allowed by name reaches this machine: Chromium asks for it apart.
        response.headers["Access-Control-Allow-Private-Network"] = "true"


def _is_ours() -> bool:
    return surface_of(request.environ) is Surface.CLOUDBASE
