"""The control side, under ``/_emulator/``: the operations of `Control` over HTTP, and files for the storage.

It is for developers, never for WeChat's clients; state/guard.py keeps others out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from cloudbase_ocr.control.facade import OPERATIONS, Control
from cloudbase_ocr.control.openapi_document import document
from cloudbase_ocr.control.operation import ControlError, NotThereError
from cloudbase_ocr.core.bodies import MEGABYTE, parse_json, read_body
from cloudbase_ocr.core.jsonable import as_json
from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.specimens.catalog import specimen
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.files import MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudbase_ocr.control.operation import Operation

PREFIX = "/_emulator/"
MAX_ARGUMENTS_BYTES = 16 * MEGABYTE
"""Where arguments come as JSON: a picture of 10 MiB in base64 fits in."""
_CUT = "the body ended before its announced length, or its chunks are broken; send it again"

bp = Blueprint("control", __name__)


def init_app(app: Flask) -> None:
    """Add the routes."""
    app.register_blueprint(bp)
    app.register_blueprint(blueprint_of(OPERATIONS))


def blueprint_of(operations: Iterable[Operation]) -> Blueprint:
    """Return the routes of some operations, those of `Control` as a rule."""
    routes = Blueprint("operations", __name__)
    for operation in operations:
        routes.add_url_rule(
            PREFIX + operation.path.replace("{", "<path:").replace("}", ">"),
            operation.name.replace(".", "_"),
            partial(_run, operation),
            methods=[operation.method],
        )
    return routes


@bp.get(PREFIX + "openapi.json")
def openapi() -> Response:
    """Describe everything under /_emulator/ as OpenAPI."""
    return _json(document(current_app, PREFIX), 200)


@bp.post(PREFIX + "files")
def put_file() -> tuple[Response, int] | Response:
    """Store the request's body under ``?name=``; give its ``fileID`` and a ``url`` to download it."""
    emulator = current()
    body = read_body(request, MAX_FILE_BYTES)
    if body.too_large:
        return jsonify(error=f"files may have {MAX_FILE_BYTES} bytes, and this one has more"), 413
    if not body.complete:
        return jsonify(error=_CUT), 400
    try:
        file_id = emulator.files.put(emulator.runtime.env_id, request.args.get("name", ""), body.data)
    except ValueError as error:
        return jsonify(error=str(error)), 400
    url = emulator.files.download_url(emulator.base_url or request.host_url.rstrip("/"), file_id, 7200)
    return jsonify(fileID=file_id, url=url)


@bp.get(PREFIX + "specimens/<name>.jpg")
def specimen_picture(name: str) -> tuple[Response, int] | Response:
    """Send the picture of an invented document; GET /_emulator/specimens lists them."""
    found = specimen(name)
    if found is None:
        return jsonify(error=f"there is no specimen {name[:80]!r}; GET /_emulator/specimens lists them"), 404
    return Response(found.picture, content_type="image/jpeg")


@bp.get(PREFIX + "journal/<id>/picture")
def picture(id: str) -> Response:  # noqa: A002 - its name on the wire
    """Give the picture of an OCR call as it was sent, while it is kept, with ``?personal_data=true``."""
    asked = request.args.get("personal_data")
    try:
        data, kind = Control(current()).journal.picture(id, None if asked is None else asked == "true")
    except NotThereError as error:
        return _json({"error": str(error)}, 404)
    except ControlError as error:
        return _json({"error": str(error)}, 403)
    reply = Response(data, content_type=kind or "application/octet-stream")
    # What was sent may be anything: a browser shows a picture, and runs nothing.
    reply.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _run(operation: Operation, **in_path: str) -> Response:
    try:
        arguments = _arguments(operation)
        if twice := arguments.keys() & in_path.keys():
            raise ControlError(f"{min(twice)}: is part of the path already")
        return _json(as_json(operation.call(Control(current()), {**arguments, **in_path})), 200)
    except NotThereError as error:
        return _json({"error": str(error)}, 404)
    except ValueError as error:
        return _json({"error": str(error)}, 400)


def _json(value: Any, status: int) -> Response:
    return json_response(value, status, compact=False)


def _arguments(operation: Operation) -> dict[str, Any]:
    """Return what the request gives: a JSON object with POST, else the query."""
    if operation.method != "POST":
        known = {parameter.name: parameter for parameter in operation.parameters}
        return {
            name: known[name].read(texts) if name in known else texts
            for name, texts in request.args.to_dict(flat=False).items()
        }
    body = read_body(request, MAX_ARGUMENTS_BYTES)
    if body.too_large:
        raise ControlError(f"the body may have {MAX_ARGUMENTS_BYTES} bytes")
    if not body.complete:
        raise ControlError(_CUT)
    if not body.data.strip():
        return {}
    try:
        arguments = parse_json(body.data, encoding=None, constants=True)
    except ValueError as error:
        raise ControlError(f"the body is not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ControlError("the body must be a JSON object")
    return arguments
