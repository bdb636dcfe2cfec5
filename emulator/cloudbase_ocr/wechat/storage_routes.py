"""Cloud storage over HTTPS: ``/tcb/uploadfile``, ``/tcb/batchdownloadfile``, ``/tcb/batchdeletefile``.

As documented, an upload has two steps: WeChat gives a URL and a signature, and the file goes to the object store
(COS) behind that URL, which answers 204. Its errors are XML, as COS sends them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from cloudbase_ocr.core.bodies import read_body
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.multipart import MultipartError, Part, parse_boundary, parse_parts
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.files import PREFIX, StorageError, StoredFile, parse_file_id
from cloudbase_ocr.wechat import replies, routing
from cloudbase_ocr.wechat.bodies import json_object, text_of

bp = Blueprint("wechat_storage", __name__)

MAX_FILES_IN_ONE_CALL = 50
_DEFAULT_MAX_AGE = 7200
_NOT_FOUND = (-503003, "storage file not exists")


def upload_file() -> Response:
    """Give the URL and the signature for one upload."""
    emulator = current()
    appid = routing.authorized()
    fields = json_object()
    env, path = _required(fields, "env"), _required(fields, "path")
    try:
        file_id = emulator.files.file_id(env, path)
    except StorageError as error:
        raise WeChatError(40097, "invalid args", reason=str(error)) from error
    bucket, _ = parse_file_id(file_id)
    signature = emulator.files.upload_signature(file_id)
    return replies.ok(
        {
            "url": f"{_base_url()}{PREFIX}{bucket}/{quote(path)}",
            "token": f"local-{appid}",
            "authorization": signature,
            "file_id": file_id,
            "cos_file_id": f"local-{bucket}-{len(path)}",
        }
    )


def batch_download_file() -> Response:
    """Give a URL for each file ID; what does not exist says so in its own `status`."""
    routing.authorized()
    fields = json_object()
    _required(fields, "env")
    listed = _list(fields, "file_list")
    return replies.ok({"file_list": [_download(entry) for entry in listed]})


def batch_delete_file() -> Response:
    """Delete files; what does not exist says so in its own `status`."""
    emulator = current()
    routing.authorized()
    fields = json_object()
    _required(fields, "env")
    deleted = []
    for file_id in _list(fields, "fileid_list"):
        found = isinstance(file_id, str) and emulator.files.delete(file_id)
        status, errmsg = (0, "ok") if found else _NOT_FOUND
        deleted.append({"fileid": file_id, "status": status, "errmsg": errmsg})
    return replies.ok({"delete_list": deleted})


def post_object(bucket: str, path: str) -> Response:
    """Take the second step of an upload: key, Signature, x-cos-security-token, x-cos-meta-fileid, file."""
    body = read_body(request)
    if body.too_large or not body.complete:
        return _cos_error(400, "EntityTooLarge" if body.too_large else "IncompleteBody")
    try:
        boundary, _ = parse_boundary(request.content_type or "")
        parts = {part.name: part for part in parse_parts(body.data, boundary)}
    except MultipartError:
        return _cos_error(400, "MalformedPOSTRequest")
    signature = parts.get("Signature") or parts.get("signature")  # js-sdk writes it small
    if "file" not in parts or signature is None:
        return _cos_error(400, "InvalidArgument")
    if _text(parts.get("key")) != path:
        return _cos_error(403, "SignatureDoesNotMatch")
    created = _text(parts.get("success_action_status")) == "201"
    return _store(bucket, path, _text(signature), bytes(parts["file"].data), 201 if created else 204)


def put_object(bucket: str, path: str) -> Response:
    """Take the second step as @cloudbase/node-sdk and js-sdk send it: the file alone, the signature in a header."""
    signature = request.headers.get("Authorization", "")
    if not current().files.may_write(bucket, path, signature):
        return _cos_error(403, "SignatureDoesNotMatch")
    body = read_body(request)
    if body.too_large or not body.complete:
        return _cos_error(400, "EntityTooLarge" if body.too_large else "IncompleteBody")
    return _store(bucket, path, signature, body.data, 200)


def _store(bucket: str, path: str, signature: str, data: bytes, status: int) -> Response:
    files = current().files
    if not files.may_write(bucket, path, signature):
        return _cos_error(403, "SignatureDoesNotMatch")
    try:
        files.put_object(bucket, path, StoredFile(data))
    except StorageError:
        return _cos_error(400, "InvalidArgument")
    return Response(status=status)


def get_object(bucket: str, path: str) -> Response:
    """Serve a file to whoever holds a valid URL."""
    files = current().files
    if not files.may_read(bucket, path, request.args.get("sign", ""), request.args.get("t", "")):
        return _cos_error(403, "AccessDenied")
    file = files.get_object(bucket, path)
    if file is None:
        return _cos_error(404, "NoSuchKey")
    # As a download: a stored page must not run as part of the emulator's own origin.
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(file.data, content_type="application/octet-stream", headers=headers)


def serve_object(bucket: str, path: str) -> Response:
    """Take or give a file, by the HTTP verb."""
    views = {"POST": post_object, "PUT": put_object}
    return views.get(request.method, get_object)(bucket, path)


def _download(entry: Any) -> dict[str, Any]:
    emulator = current()
    file_id = entry.get("fileid") if isinstance(entry, dict) else entry
    max_age = entry.get("max_age", _DEFAULT_MAX_AGE) if isinstance(entry, dict) else _DEFAULT_MAX_AGE
    if not isinstance(file_id, str) or not isinstance(max_age, int):
        raise WeChatError(40097, "invalid args", reason="file_list holds {fileid: text, max_age: seconds}")
    if emulator.files.get(file_id) is None:
        status, errmsg = _NOT_FOUND
        return {"fileid": file_id, "download_url": "", "status": status, "errmsg": errmsg}
    url = emulator.files.download_url(_base_url(), file_id, max_age)
    return {"fileid": file_id, "download_url": url, "status": 0, "errmsg": "ok"}


def _required(fields: dict[str, Any], name: str) -> str:
    value = text_of(fields, name)
    if not value:
        raise WeChatError(40101, "missing parameter", reason=f"the body lacks {name}")
    return value


def _list(fields: dict[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    if not isinstance(value, list) or not value or len(value) > MAX_FILES_IN_ONE_CALL:
        raise WeChatError(
            40097, "invalid args", reason=f"{name} must be a list of 1 to {MAX_FILES_IN_ONE_CALL} entries"
        )
    return value


def _base_url() -> str:
    """Return where this emulator can be reached: under the name that the caller used."""
    return request.host_url.rstrip("/") or current().base_url


def _text(part: Part | None) -> str:
    return "" if part is None else bytes(part.data[:4096]).decode("utf-8", "replace")


def _cos_error(status: int, code: str) -> Response:
    request_id = current().runtime.new_id()
    # The SDKs read all four elements, and fail in other ways when one is missing.
    content = f"<Code>{code}</Code><Message>{code}</Message>"
    content += f"<RequestId>{request_id}</RequestId><TraceId>{request_id}</TraceId>"
    body = f"<?xml version='1.0' encoding='utf-8' ?>\n<Error>{content}</Error>"
    return Response(body, status, content_type="application/xml")


routing.add(bp, "/tcb/uploadfile", upload_file)
routing.add(bp, "/tcb/batchdownloadfile", batch_download_file)
routing.add(bp, "/tcb/batchdeletefile", batch_delete_file)
routing.add(bp, f"{PREFIX}<bucket>/<path:path>", serve_object, methods=("GET", "HEAD", "POST", "PUT"))
