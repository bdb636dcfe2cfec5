"""``cloud.openapi``: a name for each API, as the SDK's Proxy gives them.

This file is loaded at every cold start, before the package sets its own `openapi` of the same name. What
makes the calls is in `service.py`, loaded by the first call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from .errors import ArgumentError, CloudSDKError, api_error, api_name, wrong_argument

Call = Callable[[str, Any, bool], "dict[str, Any]"]
"""Makes one call: dotted name, parameters, whether names are converted."""


class Api:
    """One name under ``cloud.openapi``: ``ocr``, and again ``ocr.idcard``; the latter is called."""

    def __init__(self, path: str, call: Call, convert_case: bool) -> None:
        """Remember the dotted path; `call` makes the call."""
        self._path = path
        self._call = call
        self._convert_case = convert_case

    def __getattr__(self, name: str) -> Api:
        """Return the API of that name. As in the SDK every name exists; a call tells (-604100)."""
        if name.startswith("_"):
            raise AttributeError(name)
        return Api(f"{self._path}.{name}", self._call, self._convert_case)

    def __call__(self, data: Mapping[str, Any] | None = None, /, **parameters: Any) -> dict[str, Any]:
        """Make the call with the parameters of `data`, of the keywords, or of both.

        Returns the reply's fields, then ``errMsg``, then ``errCode`` 0.

        Raises:
            CloudSDKError: the call failed.
        """
        if not parameters:
            return self._call(self._path, data, self._convert_case)
        if data is not None and not isinstance(data, Mapping):
            raise self._refusal(f"pass a dict, not {type(data).__name__}")
        twice = sorted(parameters.keys() & (data or {}).keys())
        if twice:
            raise self._refusal(f"{', '.join(twice)} given twice")
        return self._call(self._path, {**(data or {}), **parameters}, self._convert_case)

    def _refusal(self, text: str) -> CloudSDKError:
        return api_error(api_name(self._path), wrong_argument(text))

    def __dir__(self) -> list[str]:
        """List the names that exist, for completion."""
        if self._path == "serviceMarket":
            return ["invokeService"]
        if self._path != "ocr":
            return []
        from .contract import METHODS

        return sorted(name for method in METHODS for name in method.cloud_names)

    def __repr__(self) -> str:
        """Show the name."""
        return f"<{api_name(self._path)}>"


class OpenAPI:
    """``cloud.openapi``, or with options ``cloud.openapi(convertCase=False)``: ``.ocr.idcard({...})``."""

    def __init__(self, call: Call, convert_case: bool = True) -> None:
        """Remember the options; `call` makes the calls."""
        self._call = call
        self._convert_case = convert_case

    @property
    def ocr(self) -> Api:
        """The OCR methods."""
        return Api("ocr", self._call, self._convert_case)

    def __getattr__(self, name: str) -> Api:
        """Return the namespace of that name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return Api(name, self._call, self._convert_case)

    def __call__(self, options: Mapping[str, Any] | None = None, /, **keywords: Any) -> OpenAPI:
        """Return the same API with options. ``convertCase=False`` leaves names in snake_case both ways.

        `version` changes nothing over HTTPS. `appid` is refused: the token decides which account calls.
        """
        given = {**(options or {}), **keywords}
        if not given:
            raise ArgumentError(-601002, "openapi:fail an options object is expected")
        convert_case = given.pop("convertCase", self._convert_case)
        given.pop("version", None)
        if "appid" in given:
            raise ArgumentError(
                -601002, "openapi:fail appid cannot be chosen here; init() takes the credentials"
            )
        if given or not isinstance(convert_case, bool):
            raise ArgumentError(-601002, "openapi:fail the only option is convertCase, true or false")
        return OpenAPI(self._call, convert_case)
