"""The HTTP access service: functions behind a URL.

An event function gets the request as an event, and what it returns becomes the answer; the web server of an HTTP
function gets the request itself. Where the service is, and which function a path leads to, says ``http_routing.py``.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Response, current_app, redirect, request

from cloudbase_ocr.cloudbase.bodies import BodyTooLarge, read_body
from cloudbase_ocr.cloudbase.calls import call_function
from cloudbase_ocr.cloudbase.gateway import CODES
from cloudbase_ocr.cloudbase.http_event import event_of, headers_of, limit_of
from cloudbase_ocr.cloudbase.http_reply import NotAReply, refusal_of, reply_of, with_request_id
from cloudbase_ocr.cloudbase.http_routing import OWN_NAME, HttpAccess
from cloudbase_ocr.core.calls import printable
from cloudbase_ocr.core.pages import is_link
from cloudbase_ocr.core.reach import client_address, host_of, is_loopback_host
from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.runtime import Caller, EventTooLarge, FunctionNotFound, HttpRequest, find_function
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.surfaces import HTTP_ACCESS

if TYPE_CHECKING:
    from flask import Flask

    from cloudbase_ocr.project import Route
    from cloudbase_ocr.runtime import HttpAnswer, InvocationError

bp = Blueprint("http_access", __name__)

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
_SANDBOX = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts"
_EXTENSION = "cloudbase_ocr_http_access"
_FAILED = "FUNCTION_INVOCATION_FAILED"
_TOO_LARGE = "EXCEED_MAX_PAYLOAD_SIZE"

_logger = logging.getLogger("cloudbase_ocr.http_access")


def init_app(app: Flask, access: HttpAccess) -> None:
    """Serve by these routes."""
    app.extensions[_EXTENSION] = access


@bp.route(HTTP_ACCESS, defaults={"path": ""}, methods=METHODS, provide_automatic_options=False)
@bp.route(HTTP_ACCESS + "<path:path>", methods=METHODS, provide_automatic_options=False)
def answer(path: str) -> Response:
    """Let the function that the path leads to answer."""
    access = access_of(current_app)
    path = "/" + path
    if (elsewhere := _own_origin(access, path)) is not None:
        return elsewhere
    emulator = current()
    request_id = emulator.runtime.new_id()
    try:
        route = access.find(path)
    except ConfigError as error:
        return _refuse("INVALID_PATH", "Invalid path", request_id, str(error))
    if route is None:
        known = ", ".join(f"{route.path} -> {route.function}" for route in access.listed()) or "none"
        hint = f"no route takes {printable(path)}; named are {known}, and each function has its own name as a path"
        return _refuse("INVALID_PATH", "Invalid path", request_id, hint)
    try:
        body = read_body(request, limit_of(request.mimetype))
    except BodyTooLarge as error:
        hint = (
            f"{error}; text may have 100 KB, anything else 6 MB: upload what is larger, and send its address"
        )
        return _refuse(_TOO_LARGE, "Request body exceeds the size limit", request_id, hint)
    except ValueError as error:
        return _refuse("INVALID_PARAM", str(error), request_id)
    reply = _call(route, path, body, request_id)
    if not request.environ.get(OWN_NAME):
        # The console is of the same origin here: what a function answers with may not act as a page of it.
        reply.headers["Content-Security-Policy"] = _SANDBOX
    return reply


def access_of(app: Flask) -> HttpAccess:
    """Return the routes of an application."""
    access: HttpAccess = app.extensions[_EXTENSION]
    return access


def _call(route: Route, path: str, body: bytes, request_id: str) -> Response:
    emulator = current()
    try:
        info = find_function(emulator.runtime.project, route.function)
    except FunctionNotFound as error:
        return _refuse("FUNCTION_NOT_FOUND", "Function not found", request_id, error.hint)
    client = client_address(
        request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), emulator.settings.proxies
    )
    if info.is_http:
        return _pass_on(route, path, body, client)
    event = event_of(
        request,
        path,
        route,
        body,
        client=client,
        env_id=emulator.runtime.env_id,
        request_id=request_id,
    )
    invocation = call_function(route.function, event, Caller("api"))
    if invocation.error is not None:
        return _failed(invocation.error, invocation.request_id)
    try:
        reply = reply_of(json.loads(invocation.result or "null"))
    except NotAReply as error:
        hint = f"{route.function} returned an integration response with a mistake in it: {error}"
        return _refuse(_FAILED, "Invalid scf response format", invocation.request_id, hint)
    return with_request_id(reply, invocation.request_id)


def _pass_on(route: Route, path: str, body: bytes, client: str) -> Response:
    """Let the web server of an HTTP function answer."""
    query = request.query_string.decode("latin-1")
    target = quote(route.seen(path), safe="/!$&'()*+,;=:@~") + (f"?{query}" if query else "")
    asked = HttpRequest(request.method, target, tuple(headers_of(request, client)), body)
    invocation, answered = current().runtime_for_request().answer(route.function, asked, Caller("api"))
    if answered is None:
        assert invocation.error is not None  # noqa: S101 - for the type checker
        return _failed(invocation.error, invocation.request_id)
    return with_request_id(_as_response(answered), invocation.request_id)


def _as_response(answered: HttpAnswer) -> Response:
    reply = Response(answered.chunks, answered.status)
    reply.call_on_close(answered.close)
    del reply.headers["Content-Type"]
    for name, value in answered.headers:
        if name.lower() != "server":  # this one names itself
            reply.headers.add(name, value)
    return reply


def _failed(error: InvocationError, request_id: str) -> Response:
    if isinstance(error, EventTooLarge):
        return refusal_of(_TOO_LARGE, error.message, request_id)
    return refusal_of(CODES.get(type(error), _FAILED), error.message, request_id)


def _refuse(code: str, message: str, request_id: str, hint: str = "") -> Response:
    if hint:
        _logger.warning("%s", printable(f"{request.method} {request.path}: {code}: {hint}"))
    return refusal_of(code, message, request_id)


def _own_origin(access: HttpAccess, path: str) -> Response | None:
    """Lead somebody who opens a page here to the service's own name; None when nobody does."""
    authority = request.headers.get("Host", "")
    host = host_of(authority)
    local = is_loopback_host(host) or host.endswith(".localhost")
    if request.environ.get(OWN_NAME) or not local or not _opens_a_page():
        return None
    port = authority.rpartition(":")[2] if authority.rpartition(":")[2].isdigit() else "80"
    query = request.query_string.decode("latin-1")
    target = f"http://{access.own_host()}:{port}{quote(path)}" + (f"?{query}" if query else "")
    reply = redirect(target, 307)
    reply.headers["Cache-Control"] = "no-store"
    return Response(reply.get_data(), reply.status_code, reply.headers)


def _opens_a_page() -> bool:
    return "Sec-Fetch-Mode" in request.headers and is_link(request.headers, request.method)
