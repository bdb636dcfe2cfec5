"""A small client of a running emulator: what the command line needs to upload a picture and call a function."""

from __future__ import annotations

from typing import Any

import requests

from cloudbase_ocr.core.reach import ASKING

_SECONDS = 120
_PROBE_SECONDS = 0.5


class EmulatorUnreachableError(Exception):
    """No emulator answers at the address; the message says how to start one."""


class EmulatorClient:
    """Speaks to the emulator at `base_url`. Proxies of the environment are not used: it is a local server."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        """Remember where the emulator is, and the token that it asks for, if it does; nothing is sent yet."""
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def is_running(self) -> bool:
        """Return whether an emulator answers at the address, be it that it asks for a token."""
        try:
            answer = self._session.get(self.base_url + "/_emulator/health", timeout=_PROBE_SECONDS)
            if answer.status_code == 401:
                return answer.headers.get("WWW-Authenticate") == ASKING
            return bool(answer.json().get("service") == "cloudbase-ocr")
        except (requests.RequestException, ValueError, AttributeError):
            return False

    def health(self) -> dict[str, Any]:
        """Return what the emulator says of itself: version, functions, recognizer."""
        return self._json("GET", "/_emulator/health")

    def upload(self, name: str, data: bytes) -> dict[str, str]:
        """Put a file into the emulator's storage; return ``{"fileID": "cloud://..", "url": "http://.."}``."""
        return self._json("POST", "/_emulator/files", params={"name": name}, data=data)

    def call_function(self, name: str, data: Any, **caller: str) -> dict[str, Any]:
        """Return what ``wx.cloud.callFunction({name, data})`` gives its caller; `caller`: openid, appid, trigger."""
        return self._json("POST", "/_emulator/invoke", json={"name": name, "data": data, **caller})

    def environment(self, function: str = "") -> dict[str, str]:
        """Return the variables that point a program at the emulator, as the function if one is named."""
        return self._json("GET", "/_emulator/env", params={"function": function})

    def control(self, method: str, path: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return what an operation of the control side gives; `arguments` go into the body of a POST, else the query.

        Raises:
            EmulatorUnreachableError: nobody answers, or the emulator refuses the call; the message is its own.
        """
        place = {"json": arguments} if method == "POST" else {"params": arguments}
        return self._json(method, "/_emulator/" + path, **place)

    def _json(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer = self._session.request(method, self.base_url + path, timeout=_SECONDS, **arguments)
            content: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise EmulatorUnreachableError(
                f"no emulator answers at {self.base_url} ({type(error).__name__}). Start one: cloudbase-ocr serve"
            ) from error
        except ValueError as error:
            raise EmulatorUnreachableError(
                f"what answers at {self.base_url} is not this emulator: {method} {path} gave HTTP "
                f"{answer.status_code} without JSON. Check the address."
            ) from error
        if answer.status_code >= 400:
            raise EmulatorUnreachableError(str(content.get("error") or content))
        return content
