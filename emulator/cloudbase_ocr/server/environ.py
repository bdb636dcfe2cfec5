"""A request as WSGI describes it (PEP 3333), with what Werkzeug's own server adds."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from cloudbase_ocr.core.connection import SOCKET, scheme_of
from cloudbase_ocr.server.body import is_chunked

if TYPE_CHECKING:
    import socket

    import h11

    from cloudbase_ocr.server.body import BodyStream

_OWN_NAMES = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}
_BUFFER = 8 * 1024
"""Small, because what is read in larger pieces goes past it."""


def environ_of(
    request: h11.Request, body: BodyStream, connection: socket.socket, client: Any, server: tuple[str, int]
) -> dict[str, Any]:
    """Return the environment of a request; `client` is the address of its sender, `server` ours.

    Headers with an underscore in their name are left out: they would be taken for others.
    """
    target = request.target.decode("ascii")
    host, path, query = _parts(target)
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme_of(connection),
        "wsgi.input": io.BufferedReader(body, _BUFFER),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        SOCKET: connection,
        "REQUEST_METHOD": request.method.decode("ascii"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": client[1],
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{request.http_version.decode('ascii')}",
    }
    _add_headers(environ, request)
    if host:
        environ["HTTP_HOST"] = host
    return environ


def _add_headers(environ: dict[str, Any], request: h11.Request) -> None:
    for name, value in request.headers:
        if b"_" in name:
            continue
        upper = name.decode("ascii").upper()
        key = _OWN_NAMES.get(upper) or "HTTP_" + upper.replace("-", "_")
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    if is_chunked(request):
        environ.pop("CONTENT_LENGTH", None)


def _parts(target: str) -> tuple[str, str, str]:
    """Return host, path and query of a request's target, in any of the forms that RFC 9112 has; "" for no host."""
    path, _, query = target.partition("#")[0].partition("?")
    if path.startswith("/"):
        return "", path, query
    if path.lower().startswith(("http://", "https://")):
        try:
            parts = urlsplit(path)
        except ValueError:
            return "", "/" + path, query
        return parts.netloc, parts.path or "/", query
    return "", "/" + path, query
