"""``POST /v1/storages/*``: files for js-sdk 3.x in its GATEWAY mode.

The body is a list, and so is the answer; each entry has its own `code` when it failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from cloudbase_ocr.cloudbase import files
from cloudbase_ocr.cloudbase.bodies import read_body
from cloudbase_ocr.cloudbase.replies import TcbError, json_reply
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.state.emulator import current

if TYPE_CHECKING:
    from collections.abc import Callable

bp = Blueprint("storages", __name__)

Entry = dict[str, Any]


@bp.post("/v1/storages/get-objects-upload-info")
def upload_info() -> Response:
    """Give URL and signature for each upload."""
    return _answer(_upload)


@bp.post("/v1/storages/get-objects-download-info")
def download_info() -> Response:
    """Give a URL for each file."""
    return _answer(_download)


@bp.post("/v1/storages/delete-objects")
def delete_objects() -> Response:
    """Delete files."""
    return _answer(_delete)


def _answer(one: Callable[[Entry], Entry]) -> Response:
    try:
        entries = parse_json(read_body(request))
        if not isinstance(entries, list) or not 1 <= len(entries) <= files.MAX_FILES_IN_ONE_CALL:
            raise ValueError(f"the body must be a list of 1 to {files.MAX_FILES_IN_ONE_CALL} entries")
        if not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("each entry must be an object")
    except ValueError as error:
        body = {"code": "INVALID_PARAM", "message": str(error), "requestId": current().runtime.new_id()}
        return json_reply(body, 400)
    return json_reply([_tried(one, entry) for entry in entries])


def _tried(one: Callable[[Entry], Entry], entry: Entry) -> Entry:
    try:
        return one(entry)
    except TcbError as error:
        return {"code": error.code, "message": error.message}


def _upload(entry: Entry) -> Entry:
    found = files.upload_metadata({"path": entry.get("objectId")}, current().runtime.env_id)
    return {
        "objectId": entry.get("objectId"),
        "uploadUrl": found["url"],
        "authorization": found["authorization"],
        "token": found["token"],
        "cloudObjectId": found["fileId"],
        "cloudObjectMeta": found["cosFileId"],
        "downloadUrl": found["download_url"],
    }


def _download(entry: Entry) -> Entry:
    found = files.describe_download(entry.get("cloudObjectId"))
    if found["code"] != "SUCCESS":
        return {"cloudObjectId": found["fileID"], "code": found["code"], "message": "storage file not exists"}
    return {"cloudObjectId": found["fileID"], "downloadUrl": found["download_url"]}


def _delete(entry: Entry) -> Entry:
    found = files.delete_file(entry.get("cloudObjectId"))
    failed = (
        {} if found["code"] == "SUCCESS" else {"code": found["code"], "message": "storage file not exists"}
    )
    return {"cloudObjectId": found["fileID"], **failed}
