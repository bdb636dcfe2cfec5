"""``POST /admin``: the one endpoint of wx-server-sdk, @cloudbase/node-sdk and tcb-admin-node.

A form carries ``wx.openApi``, whose `requestData` and answer are small protobuf messages; everything else is JSON.
The body is chunked or not, and is read raw. (Sections 1.2, 1.3 and 2.1 of the protocol notes.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from cloudbase_ocr.cloudbase import files, openapi, replies
from cloudbase_ocr.cloudbase.bodies import parse_fields, read_body, text_field
from cloudbase_ocr.cloudbase.identity import find_source
from cloudbase_ocr.cloudbase.invoke import invoke
from cloudbase_ocr.cloudbase.replies import TcbError
from cloudbase_ocr.cloudbase.signatures import SignedRequest, check_signature
from cloudbase_ocr.core.bodies import MAX_BODY_BYTES
from cloudbase_ocr.journal.middleware import path_as_sent
from cloudbase_ocr.runtime import CREDENTIALS
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat.replies import call

if TYPE_CHECKING:
    from collections.abc import Callable

bp = Blueprint("admin", __name__)

_MAX_SHOWN = 60


@bp.post("/admin")
def admin() -> Response:
    """Answer one call; every error is HTTP 200 with ``{code, message, requestId}``."""
    return answer(_dispatch)


def answer(dispatch: Callable[[dict[str, Any], str], Response]) -> Response:
    """Read the body, let `dispatch` answer it (it gets the fields and the request's ID), and write the log line."""
    emulator, entry = current(), call()
    request_id = emulator.runtime.new_id()
    try:
        fields = parse_fields(read_body(request, MAX_BODY_BYTES), request.content_type or "")
        entry.path = describe(fields)
        reply = dispatch(fields, request_id)
    except TcbError as error:
        entry.code = error.code
        entry.note(error.hint)
        reply = replies.error_reply(error, request_id)
    except ValueError as error:
        entry.code = "INVALID_PARAM"
        reply = replies.error_reply(TcbError("INVALID_PARAM", f"the body is not valid: {error}"), request_id)
    entry.status = reply.status_code
    entry.seconds = emulator.clock.monotonic() - entry.started
    emulator.log.record(entry)
    return reply


def describe(fields: dict[str, Any]) -> str:
    """Return path, action and target of a call for the log: ``/admin wx.openApi ocr.idcard``."""
    words = (text_field(fields, name)[:_MAX_SHOWN] for name in ("action", "apiName", "function_name"))
    return " ".join((request.path, *(word for word in words if word)))


def check_keys(fields: dict[str, Any]) -> None:
    """Check the request's signature, when keys are configured; the functions' own keys are always known.

    Raises:
        TcbError: SIGN_PARAM_INVALID.
    """
    emulator = current()
    if emulator.keys:
        check_signature(signed_request(fields), signing_keys(), emulator.clock.now())


def signed_request(fields: dict[str, Any]) -> SignedRequest:
    """Return what the signature of the current request covers."""
    return SignedRequest(
        host=request.host,
        path=path_as_sent(request.environ),
        query=request.query_string.decode("latin-1"),
        headers={name.lower(): value for name, value in request.headers},
        fields=fields,
    )


def signing_keys() -> dict[str, str]:
    """Return the secret keys that may sign, by secret ID: those of the settings, and the functions' own."""
    own = {CREDENTIALS["TENCENTCLOUD_SECRETID"]: CREDENTIALS["TENCENTCLOUD_SECRETKEY"]}
    return {**own, **current().keys}


def _dispatch(fields: dict[str, Any], request_id: str) -> Response:
    check_keys(fields)
    action = text_field(fields, "action")
    emulator = current()
    if action == "wx.openApi":
        message = openapi.answer_message(text_field(fields, "apiName"), fields)
        return Response(message, content_type="application/octet-stream")
    if action == "wx.api":
        return replies.data_reply(openapi.answer_json(text_field(fields, "apiName"), fields), request_id)
    if action == "functions.invokeFunction":
        return replies.data_reply(*invoke(fields, find_source(emulator, fields).as_caller()))
    return replies.data_reply(storage(action, fields), request_id)


def storage(action: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Answer an action of the file store.

    Raises:
        TcbError: there is no such action, or its parameters are wrong.
    """
    env = next((env for name in ("envName", "env") if (env := text_field(fields, name))), "")
    if action == "storage.getUploadMetadata":
        return files.upload_metadata(fields, env or current().runtime.env_id)
    if action == "storage.uploadFile":
        return files.upload(fields, env or current().runtime.env_id)
    if action == "storage.batchGetDownloadUrl":
        return files.download_urls(fields)
    if action == "storage.batchDeleteFile":
        return files.delete_files(fields)
    raise TcbError(
        "INVALID_PARAM",
        f"action {action[:_MAX_SHOWN]!r} is not part of the emulator; functions, files and openapi are",
    )
