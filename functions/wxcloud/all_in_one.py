"""Calls of the service market: ``serviceMarket.invokeService`` as the SDK makes it, and one document of OcrAllInOne."""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .casing import snake_keys
from .contract import MAX_IMAGE_BYTES
from .errors import wrong_argument
from .images import FILE_ID_NAMES, FileId, Image, ImageUrl, take_picture
from .replies import cloud_object
from .service_market import API, DOCUMENTS, IMG_DATA, IMG_URL, INVOKE_SERVICE, SERVICE, document_of
from .storage import download_url

if TYPE_CHECKING:
    from .session import Session
    from .settings import Settings

_TOKEN_NAMES = ("access_token", "cloudbase_access_token")
_OCR_TYPE = ("ocrType", "ocr_type")
_PICTURES = ("img", "imgUrl", "img_url", *FILE_ID_NAMES)

_log = logging.getLogger("wxcloud")


def request_of(data: Any, convert_case: bool) -> dict[str, Any]:
    """Return the JSON of a call: names converted at every depth, in `data` too; its `client_msg_id` made up if absent.

    Raises:
        Failure: -601002 for what JSON cannot carry.
    """
    if data is not None and not isinstance(data, Mapping):
        raise wrong_argument(f"pass a dict or keyword arguments, not {type(data).__name__}")
    given = dict(data or {})
    if any(not isinstance(key, str) for key in given):
        raise wrong_argument("a parameter's name is no text; names are text")
    _look_at(given.get("data"), convert_case)
    try:
        request: dict[str, Any] = json.loads(json.dumps(given, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise wrong_argument(
            "JSON cannot carry what was passed; a picture goes as base64 text into data.imgData with dataType 2, or "
            "into ocr_all_in_one, which takes bytes"
        ) from None
    if convert_case:
        request = snake_keys(request)
    for name in _TOKEN_NAMES:
        if name in request:
            raise wrong_argument(
                f"{name} is no parameter of a cloud call; the token comes from init() or the environment"
            )
    request.setdefault("client_msg_id", os.urandom(16).hex())
    return request


def invoke_service(
    session: Session, shown: str, request: Mapping[str, Any], convert_case: bool
) -> dict[str, Any]:
    """Make a call; return ``{data, errMsg, errCode}``. `data` is the text that came (ruling R53).

    Raises:
        Failure: it failed.
    """
    reply = session.post(INVOKE_SERVICE.path, {}, document=request)
    return cloud_object(shown, INVOKE_SERVICE, reply, convert_case)


class OneDocument:
    """One picture to read with OcrAllInOne, as ``{imgUrl | img | fileID, ocrType}`` tells it."""

    def __init__(self, options: Any, settings: Settings) -> None:
        """Look at what was given; nothing is sent yet.

        Raises:
            Failure: 41005, 101002 or -601002, with a text that names the mistake.
        """
        if not isinstance(options, Mapping):
            raise wrong_argument(f"pass a dict, not {type(options).__name__}")
        kinds = [options[name] for name in _OCR_TYPE if name in options]
        document = document_of(kinds[0]) if kinds else None
        if document is None:
            known = ", ".join(f"{one.ocr_type} ({one.method.cloud_names[0]})" for one in DOCUMENTS)
            raise wrong_argument(
                f"ocrType says which document it is, by number or by name; there are {known}"
            )
        pictures = {name: options[name] for name in options if name in _PICTURES}
        if "imgUrl" in pictures:
            pictures.setdefault("img_url", pictures.pop("imgUrl"))
        self._ocr_type = document.ocr_type
        self._source = take_picture(pictures, settings.max_image_bytes or MAX_IMAGE_BYTES)
        self._env = settings.env

    def request(self, session: Session) -> dict[str, Any]:
        """Return the JSON of the call; a file ID is resolved first.

        Raises:
            Failure: the file is not there.
        """
        source = self._source
        if isinstance(source, FileId):
            source = ImageUrl(download_url(source.file_id, self._env, session.post_json))
        data: dict[str, Any]
        if isinstance(source, Image):
            data = {"img_data": base64.b64encode(source.content).decode("ascii"), "data_type": IMG_DATA}
        else:
            data = {"img_url": source.url, "data_type": IMG_URL}
        call = {"service": SERVICE, "api": API, "data": {**data, "ocr_type": self._ocr_type}}
        return request_of(call, convert_case=False)


def _look_at(data: Any, convert_case: bool) -> None:
    """Warn of what the SDK does to `data` and few expect."""
    if isinstance(data, str):
        _log.warning("data is a text; WeChat answers that with 9301003, pass the object itself")
    if not isinstance(data, Mapping):
        return
    if {"contentType", "value"} <= data.keys():
        _log.warning("data looks like a file ({contentType, value}), which this API does not take")
    if convert_case and any(key[:1].isupper() for key in _keys(data)):
        _log.warning(
            "data has names that begin in upper case, which arrive in lower case; call "
            "cloud.openapi(convertCase=False) to keep them"
        )


def _keys(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > 20:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _keys(inner, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item, depth + 1)
