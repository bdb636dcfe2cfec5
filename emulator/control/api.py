"""The control side, under ``/_emulator/``: health, and files for the storage. It is for developers, never for WeChat's
clients.

A web page that a developer happens to have open must not reach it: requests that carry a foreign Origin, or that
name a host other than this machine while the emulator listens on this machine only, are refused. (A page may send
a POST to any address, and with DNS rebinding under any name.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, request

from .. import __version__
from ..state import current

if TYPE_CHECKING:
    from ..runtime import FunctionInfo

PREFIX = "/_emulator/"
MAX_FILE_BYTES = 32 * 1024 * 1024

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

bp = Blueprint("control", __name__)


def init_app(app: Flask) -> None:
    """Add the routes, and the guard in front of all of ``/_emulator/``."""
    app.before_request(_refuse_foreign)
    app.register_blueprint(bp)


@bp.get(PREFIX + "health")
def health() -> Response:
    """Tell that this is an emulator, which functions it has, and what it can read."""
    emulator = current()
    return jsonify(
        service="cloudbase-ocr",
        version=__version__,
        recognizer=sorted(emulator.recognizer.methods) if emulator.recognizer else [],
        functions=[_describe(function) for function in emulator.runtime.functions()],
    )


@bp.post(PREFIX + "files")
def put_file() -> tuple[Response, int] | Response:
    """Store the request's body under ``?name=``; give its ``fileID`` and a ``url`` to download it."""
    emulator = current()
    if (request.content_length or 0) > MAX_FILE_BYTES:
        return jsonify(
            error=f"files may have {MAX_FILE_BYTES} bytes, this one has {request.content_length}"
        ), 413
    try:
        file_id = emulator.files.put(
            emulator.settings.env_id, request.args.get("name", ""), request.get_data()
        )
    except ValueError as error:
        return jsonify(error=str(error)), 400
    url = emulator.files.download_url(emulator.base_url or request.host_url.rstrip("/"), file_id, 7200)
    return jsonify(fileID=file_id, url=url)


def _describe(function: FunctionInfo) -> dict[str, Any]:
    return {
        "name": function.name,
        "runnable": function.runnable,
        "reason": function.reason,
        "timeout": function.timeout,
        "permissions": list(function.permissions),
    }


def _refuse_foreign() -> tuple[Response, int] | None:
    if not request.path.startswith(PREFIX):
        return None
    host = urlsplit("//" + request.host).hostname or ""
    if current().settings.host in _LOCAL_NAMES and host not in _LOCAL_NAMES:
        return jsonify(
            error="this emulator answers under its own address only; ask 127.0.0.1 or localhost"
        ), 403
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return jsonify(error="requests from web pages of another origin are refused"), 403
    return None
