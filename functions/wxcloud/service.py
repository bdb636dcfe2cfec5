"""One call of ``cloud.openapi``: may it be made, with which picture and token, and what came back."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from . import all_in_one
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
from .service_market import INVOKE_SERVICE
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

        def answer(method: Method, completed: Settings) -> dict[str, Any]:
            if method is INVOKE_SERVICE:
                return self._invoke_service(api_name(api), data, convert_case, completed)
            return self._answer(api_name(api), method, data, convert_case, completed)

        return self._told(api, settings, answer)

    def ocr_all_in_one(self, options: Any, settings: Settings) -> dict[str, Any]:
        """Return the cloud-call object of one document, read with OcrAllInOne of the service market.

        Raises:
            CloudSDKError: the call failed.
        """
        return self._told(INVOKE_SERVICE.permission, settings, partial(self._one_document, options))

    def _told(
        self, api: str, settings: Settings, answer: Callable[[Method, Settings], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return what `answer` gives, or raise the SDK's error for what it raises, and tell the log."""
        shown = api_name(api)
        try:
            method = _find(api)
            _permit(api, settings)
        except CloudSDKError as error:
            report(shown, error, error.advice)
            raise
        try:
            return answer(method, settings.completed(os.environ))
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
        with closing(self.open_session(settings)) as session:
            reply = _recognize(session, method, source, params, settings.env)
        return cloud_object(shown, method, reply, convert_case)

    def _invoke_service(
        self, shown: str, data: Any, convert_case: bool, settings: Settings
    ) -> dict[str, Any]:
        request = all_in_one.request_of(data, convert_case)
        with closing(self.open_session(settings)) as session:
            return all_in_one.invoke_service(session, shown, request, convert_case)

    def _one_document(self, options: Any, method: Method, settings: Settings) -> dict[str, Any]:
        document = all_in_one.OneDocument(options, settings)
        with closing(self.open_session(settings)) as session:
            request = document.request(session)
            return all_in_one.invoke_service(session, api_name(method.permission), request, True)


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
    if api == INVOKE_SERVICE.permission:
        method = INVOKE_SERVICE
    if method is None:
        raise system_error(
            -604100,
            f"there is no {api}; dir(cloud.openapi.ocr) lists what there is, beside {INVOKE_SERVICE.permission}",
        )
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
