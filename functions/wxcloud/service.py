"""One call of ``cloud.openapi.ocr.*``: may it be made, with which picture and token, and what came back."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .casing import snake_keys, to_snake
from .contract import (
    MAX_IMAGE_BYTES,
    MAX_IMAGE_BYTES_RESP_TYPE_1,
    Method,
    by_cloud_name,
)
from .credentials import Wallet
from .deadline import Clock
from .errors import CloudSDKError, Failure, api_error, api_name, system_error, wrong_argument
from .images import FILE_ID_NAMES, FileId, Image, ImageUrl, take_picture
from .permissions import refusal
from .replies import cloud_object
from .session import Session
from .storage import download_url
from .urls import encoded_twice, url_hints

if TYPE_CHECKING:
    from .settings import Settings

_TYPES = ("photo", "scan")
_TOKEN_NAMES = ("access_token", "cloudbase_access_token")
_LONGEST_PARAMETER = 2048

_log = logging.getLogger("wxcloud")


class Service:
    """Makes the calls of one :class:`~wxcloud.Cloud`; keeps nothing of a call, only fetched tokens."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Hold no tokens yet."""
        self._clock = clock or Clock()
        self._wallet = Wallet(self._clock)

    def call(self, api: str, data: Any, convert_case: bool, settings: Settings) -> dict[str, Any]:
        """Return the cloud-call object of `api` (``ocr.idcard``).

        Order: name (-604100), permission (-604101), arguments, credentials, request.

        Raises:
            CloudSDKError: the call failed.
        """
        shown = api_name(api)
        try:
            method = _find(api)
            _permit(api, settings)
        except CloudSDKError as error:
            report(shown, error, error.advice)
            raise
        try:
            return self._answer(shown, method, data, convert_case, settings.completed(os.environ))
        except Failure as failure:
            failed = api_error(shown, failure)
            report(shown, failed, failed.advice if failure.answered else failure.text)
        raise failed

    def open_session(self, settings: Settings) -> Session:
        """Return what the requests of one call go through; `settings` are complete. The caller closes it.

        Raises:
            Failure: the credentials make no sense.
        """
        return Session(self._clock, settings, self._wallet.choose(settings, os.environ))

    def _answer(
        self, shown: str, method: Method, data: Any, convert_case: bool, settings: Settings
    ) -> dict[str, Any]:
        params = _params(data, convert_case)
        source = take_picture(params, _size_limit(params, settings))
        _check_params(params)
        session = self.open_session(settings)
        try:
            reply = _recognize(session, method, source, params, settings.env)
        finally:
            session.close()
        return cloud_object(shown, method, reply, convert_case)


def _recognize(
    session: Session,
    method: Method,
    source: Image | ImageUrl | FileId,
    params: Mapping[str, Any],
    env: str | None,
) -> dict[str, Any]:
    if isinstance(source, FileId):
        source = ImageUrl(download_url(source.file_id, env, session.post_json))
    if isinstance(source, Image):
        return session.post(method.path, params, image=source)
    if encoded_twice(source.url):
        _log.warning("imgUrl looks percent-encoded twice; pass the plain URL")
    try:
        return session.post(method.path, {"img_url": source.url, **params})
    except Failure as failure:
        if failure.code != 101000:
            raise
        refused = failure.again(*url_hints(source.url))
    raise refused


def _find(api: str) -> Method:
    namespace, _, name = api.partition(".")
    method = by_cloud_name(name) if namespace == "ocr" else None
    if method is None:
        raise system_error(-604100, f"there is no {api}; dir(cloud.openapi.ocr) lists what there is")
    return method


def _permit(api: str, settings: Settings) -> None:
    reason = refusal(api, settings.config, os.environ)
    if reason is not None:
        raise system_error(-604101, reason)


def _params(data: Any, convert_case: bool) -> dict[str, Any]:
    """Return the parameters by their names on the wire; file IDs and what `img` holds keep their spelling."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise wrong_argument(f"pass a dict or keyword arguments, not {type(data).__name__}")
    params: dict[str, Any] = {}
    for key, value in data.items():
        if not isinstance(key, str):
            raise wrong_argument(f"a parameter's name is of type {type(key).__name__}; names are text")
        name = key if key in FILE_ID_NAMES or not convert_case else to_snake(key)
        if name in params and value != params[name]:
            raise wrong_argument(f"{name} is given twice, in two spellings")
        params[name] = value if name == "img" or not convert_case else snake_keys(value)
    return params


def _size_limit(params: Mapping[str, Any], settings: Settings) -> int:
    large = str(params.get("resp_type")) == "1"
    return settings.max_image_bytes or (MAX_IMAGE_BYTES_RESP_TYPE_1 if large else MAX_IMAGE_BYTES)


def _check_params(params: Mapping[str, Any]) -> None:
    """Unknown parameters are passed on; what would break or betray the request is refused."""
    for name, value in params.items():
        if name in _TOKEN_NAMES:
            raise wrong_argument(
                f"{name} is no parameter of a cloud call; the token comes from init() or the environment"
            )
        if isinstance(value, (bytes, bytearray, memoryview)) or len(str(value)) > _LONGEST_PARAMETER:
            raise wrong_argument(f"{name} is too long for a URL; a picture goes into img")
    kind = params.get("type")
    if kind is not None and kind not in _TYPES:  # ruling R23
        _log.warning("type is neither photo nor scan; it is sent as it is")


def report(shown: str, error: CloudSDKError, advice: str) -> None:
    """Log one line that says what to do; WeChat's text and the arguments, maybe personal data, stay out."""
    remarks = [f"rid {error.rid}" if error.rid else "", advice, *error.hints]
    text = " | ".join(remark for remark in remarks if remark)
    _log.warning("%s failed: errCode %d. %s", shown, error.errCode, text)
