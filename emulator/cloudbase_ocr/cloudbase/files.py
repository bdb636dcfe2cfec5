"""Actions ``storage.*``: what the SDKs do around a picture, on the same file store as ``/tcb/uploadfile``.

An upload has two steps, as in the cloud: the SDK asks for a URL and a signature, and sends the file to the object
store behind that URL. Results list each file with `code` SUCCESS, or the code of its own failure.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urlsplit

from flask import request

from cloudbase_ocr.cloudbase.bodies import text_field
from cloudbase_ocr.cloudbase.replies import TcbError
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.files import PREFIX, StorageError, parse_file_id

MAX_FILES_IN_ONE_CALL = 50
_DEFAULT_MAX_AGE = 7200
NOT_FOUND = "STORAGE_FILE_NONEXIST"


def upload_metadata(fields: dict[str, Any], env: str) -> dict[str, Any]:
    """Return the URL and the signature for one upload to `path`.

    Raises:
        TcbError: INVALID_PARAM when the path cannot be one.
    """
    files = current().files
    path = text_field(fields, "path")
    try:
        file_id = files.file_id(env, path)
    except StorageError as error:
        raise TcbError("INVALID_PARAM", f"path: {error}") from error
    bucket, _ = parse_file_id(file_id)
    url = f"{base_url()}{PREFIX}{bucket}/{quote(path)}"
    return {
        "url": url,
        "token": "emulator-session-token",
        "authorization": files.upload_signature(file_id),
        "fileId": file_id,
        "cosFileId": f"local-{bucket}-{len(path)}",
        "download_url": url,
    }


def upload(fields: dict[str, Any], env: str) -> dict[str, Any]:
    """Store the file that comes within the form at `path`, as SDKs of 2019 send it (wx-server-sdk 0.6).

    Raises:
        TcbError: INVALID_PARAM when there is no file, or the path cannot be one.
    """
    data = fields.get("file")
    if not isinstance(data, memoryview):
        raise TcbError("INVALID_PARAM", "file must come as a part of a multipart form")
    try:
        return {"fileID": current().files.put(env, text_field(fields, "path"), bytes(data))}
    except StorageError as error:
        raise TcbError("INVALID_PARAM", f"path: {error}") from error


def download_urls(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a URL for each file of `file_list`.

    Raises:
        TcbError: INVALID_PARAM when the list is none.
    """
    listed = []
    for entry in _list(fields, "file_list"):
        file_id = entry.get("fileid") if isinstance(entry, dict) else entry
        max_age = entry.get("max_age") if isinstance(entry, dict) else None
        listed.append(describe_download(file_id, max_age))
    return {"download_list": listed}


def describe_download(file_id: Any, max_age: Any = None) -> dict[str, Any]:
    """Return what the SDK shows for one file of getTempFileURL, under the names of every SDK's version."""
    if max_age is None:
        max_age = _DEFAULT_MAX_AGE
    if not isinstance(file_id, str) or not isinstance(max_age, (int, float)) or isinstance(max_age, bool):
        raise TcbError("INVALID_PARAM", "file_list holds {fileid: text, max_age: seconds}")
    described = {"fileid": file_id, "fileID": file_id, "maxAge": max_age}
    files = current().files
    if files.get(file_id) is None:
        return {"code": NOT_FOUND, **described, "tempFileURL": "", "download_url": ""}
    url = _unencoded(files.download_url(base_url(), file_id, int(max_age)))
    return {"code": "SUCCESS", **described, "tempFileURL": url, "download_url": url}


def delete_files(fields: dict[str, Any]) -> dict[str, Any]:
    """Delete each file of `fileid_list`.

    Raises:
        TcbError: INVALID_PARAM when the list is none.
    """
    return {"delete_list": [delete_file(file_id) for file_id in _list(fields, "fileid_list")]}


def delete_file(file_id: Any) -> dict[str, Any]:
    """Delete one file and return what the SDK shows for it."""
    if not isinstance(file_id, str):
        raise TcbError("INVALID_PARAM", "fileid_list holds texts")
    code = "SUCCESS" if current().files.delete(file_id) else NOT_FOUND
    return {"fileid": file_id, "fileID": file_id, "code": code}


def base_url() -> str:
    """Return where this emulator can be reached: under the name that the caller used."""
    return request.host_url.rstrip("/") or current().base_url


def _list(fields: dict[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_FILES_IN_ONE_CALL:
        raise TcbError("INVALID_PARAM", f"{name} must be a list of 1 to {MAX_FILES_IN_ONE_CALL} entries")
    return value


def _unencoded(url: str) -> str:
    """Return a URL with its path as it is: the SDKs call encodeURI on it, and so does the cloud expect."""
    parts = urlsplit(url)
    return parts._replace(path=unquote(parts.path)).geturl()
