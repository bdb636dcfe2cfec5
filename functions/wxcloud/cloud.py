"""The surface of wx-server-sdk: ``init``, ``openapi``, ``function``, ``get_wx_context``, functions and files.

Cold start pays for every import, so what only a call needs (contract, client, requests) is imported by the
first.
"""

from __future__ import annotations

from _thread import allocate_lock  # threading is not loaded yet, and would cost a cold start
from typing import TYPE_CHECKING, Any, Callable

from .context import get_wx_context
from .function import Main, api_main, wrapped_main
from .openapi import OpenAPI
from .settings import Settings, make_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .deadline import Clock
    from .service import Service


class Cloud:
    """One account's cloud. The module is one already; make another to call for a second account."""

    def __init__(self, options: Mapping[str, Any] | None = None, /, **settings: Any) -> None:
        """Take what :meth:`init` takes, and `clock`, which injects time and chance for tests."""
        clock: Clock | None = settings.pop("clock", None)
        self._clock = clock
        self._settings: Settings = make_settings(options, settings)
        self._service: Service | None = None
        self._lock = allocate_lock()
        self.openapi = OpenAPI(self._call)

    def init(
        self,
        options: Mapping[str, Any] | None = None,
        /,
        *,
        env: str | None = None,
        appid: str | None = None,
        secret: str | None = None,
        api_base: str | None = None,
        credentials: Any = None,
        timeout: float | None = None,
        config: Any = None,
        max_image_bytes: int | None = None,
    ) -> None:
        """Set what differs from the environment; all of it is optional. Replaces what an earlier call set.

        `env`: environment ID, or ``cloud.DYNAMIC_CURRENT_ENV``. `appid`, `secret`: by default WECHAT_APPID
        and WECHAT_APPSECRET. `api_base`: by default WXCLOUD_API_BASE, else https://api.weixin.qq.com.
        `credentials`: a provider, a function that returns an access_token, or ``stable_token``,
        ``cloudbase_access_token``, ``tokenless``. `timeout`: seconds for one call, 15 by default, never more
        than the function has left. `config`: the function's config.json, as a path or a dict.
        `max_image_bytes`: the bound on `img`.

        The first argument takes the same names as a dict, as in Node.

        Raises:
            ArgumentError: an option is unknown or makes no sense (-601002).
        """
        self._settings = make_settings(
            options,
            {
                "env": env,
                "appid": appid,
                "secret": secret,
                "api_base": api_base,
                "credentials": credentials,
                "timeout": timeout,
                "config": config,
                "max_image_bytes": max_image_bytes,
            },
        )

    def function(self, target: str | Callable[[Any, Any], Any]) -> Main:
        """Return the ``main(event, context)`` of a cloud function.

        With a name such as ``"ocr.idcard"``, main makes that call with the event's own keys. As a decorator
        of your own main it makes the caller, the context and the time limit known to this package. A
        CloudSDKError comes back as ``{errCode, errMsg}``, as in the documents' samples.
        """
        monotonic = self._clock.monotonic if self._clock else None
        if isinstance(target, str):
            return api_main(target, lambda event: self._call(target, event, True), monotonic)
        return wrapped_main(target, monotonic)

    @staticmethod
    def get_wx_context(event: Any = None, context: Any = None) -> dict[str, Any]:
        """Return who calls; see :func:`wxcloud.context.get_wx_context`."""
        return get_wx_context(event, context)

    def ocr_all_in_one(
        self, options: Mapping[str, Any] | None = None, /, **parameters: Any
    ) -> dict[str, Any]:
        """Read one document through WeChat's service market (OcrAllInOne); return ``{data, errMsg, errCode}``.

        `ocrType` says which, by number or by name (``3`` or ``"vehicleLicense"``); the picture is `imgUrl`, `img` or
        `fileID`, as in ``openapi.ocr``. `data` is JSON text, which :func:`wxcloud.market_fields` reads. It is
        the cloud call ``serviceMarket.invokeService``, and needs its permission.

        Raises:
            CloudSDKError: the call failed.
        """
        given = parameters if options is None else options
        return self._loaded().ocr_all_in_one(given, self._settings)

    def call_function(
        self, name: str, data: Mapping[str, Any] | None = None, *, env: str | None = None
    ) -> dict[str, Any]:
        """Run another cloud function; return ``{result, requestID, errMsg}``.

        It is called over WeChat's HTTP API (``/tcb/invokecloudfunction``): the other function sees no user, and
        `requestID` is empty because that API does not tell it. `env`: another environment than that of ``init()``.

        Raises:
            CloudSDKError: it failed; `errCode` is WeChat's, such as -504002 for a function that raised.
        """
        return self._resource("callFunction", {"name": name, "data": data, "config": {"env": env}})

    def upload_file(self, cloud_path: str, file_content: Any, *, env: str | None = None) -> dict[str, Any]:
        """Store bytes, or a file opened in binary mode, at a path; return ``{fileID, statusCode, errMsg}``.

        Raises:
            CloudSDKError: it failed.
        """
        return self._resource(
            "uploadFile", {"cloudPath": cloud_path, "fileContent": file_content, "config": {"env": env}}
        )

    def download_file(self, file_id: str) -> dict[str, Any]:
        """Return ``{fileContent, statusCode, errMsg}`` of a file ID; `fileContent` is bytes, at most 100 MiB.

        Raises:
            CloudSDKError: it failed; -503003: there is no such file.
        """
        return self._resource("downloadFile", {"fileID": file_id})

    def get_temp_file_url(self, file_list: Sequence[str | Mapping[str, Any]]) -> dict[str, Any]:
        """Return ``{fileList: [{fileID, tempFileURL, status, errMsg, maxAge}], errMsg}``.

        `file_list` has 1 to 50 file IDs, or ``{"fileID": ..., "maxAge": seconds}``; 7200 seconds by default. A file
        that does not exist has the status -503003 and raises nothing.

        Raises:
            CloudSDKError: the call failed.
        """
        return self._resource("getTempFileURL", {"fileList": file_list})

    def delete_file(self, file_list: Sequence[str]) -> dict[str, Any]:
        """Delete 1 to 50 files; return ``{fileList: [{fileID, status, errMsg}], errMsg}``.

        Raises:
            CloudSDKError: the call failed.
        """
        return self._resource("deleteFile", {"fileList": file_list})

    def callFunction(self, options: Any = None, /, **parameters: Any) -> dict[str, Any]:
        """As in Node: ``callFunction({"name": ..., "data": ...})``; see :meth:`call_function`."""
        return self._resource("callFunction", parameters if options is None else options)

    def uploadFile(self, options: Any = None, /, **parameters: Any) -> dict[str, Any]:
        """As in Node: ``uploadFile({"cloudPath": ..., "fileContent": ...})``; see :meth:`upload_file`."""
        return self._resource("uploadFile", parameters if options is None else options)

    def downloadFile(self, options: Any = None, /, **parameters: Any) -> dict[str, Any]:
        """As in Node: ``downloadFile({"fileID": ...})``; see :meth:`download_file`."""
        return self._resource("downloadFile", parameters if options is None else options)

    def getTempFileURL(self, options: Any = None, /, **parameters: Any) -> dict[str, Any]:
        """As in Node: ``getTempFileURL({"fileList": [...]})``; see :meth:`get_temp_file_url`."""
        return self._resource("getTempFileURL", parameters if options is None else options)

    def deleteFile(self, options: Any = None, /, **parameters: Any) -> dict[str, Any]:
        """As in Node: ``deleteFile({"fileList": [...]})``; see :meth:`delete_file`."""
        return self._resource("deleteFile", parameters if options is None else options)

    def _call(self, api: str, data: Any, convert_case: bool) -> dict[str, Any]:
        return self._loaded().call(api, data, convert_case, self._settings)

    def _resource(self, name: str, parameters: Any) -> dict[str, Any]:
        from .resources import Resources

        return Resources(self._loaded()).call(name, parameters, self._settings)

    def _loaded(self) -> Service:
        with self._lock:
            if self._service is None:
                from .service import Service

                self._service = Service(self._clock)
        return self._service
