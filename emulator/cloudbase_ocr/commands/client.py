"""A small client of a running emulator: what the command line needs to upload a picture and call a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from cloudbase_ocr.core.reach import ASKING
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        return self.call_with_id(name, data, **caller)[0]

    def call_with_id(self, name: str, data: Any, **caller: str) -> tuple[dict[str, Any], str]:
        """Return the same, and the call's request ID, which a call that failed has, too."""
        body = {"name": name, "data": data, **caller}
        # The emulator bounds a call, and does not while packages are installed or somebody debugs the function.
        answer, headers = self._send("POST", "/_emulator/invoke", json=body, timeout=(_SECONDS, None))
        return answer, headers.get("X-Request-Id", "")

    def log_of(self, name: str, request_id: str) -> str:
        """Return what a call of a function has printed, with SCF's lines and what to do; "" when it is not kept."""
        query = {"request_id": request_id, "personal_data": "true"}
        calls = self._json("GET", f"/_emulator/functions/{name}/logs", params=query)["calls"]
        if not calls:
            return ""
        hint = f"\n  hint: {calls[0]['hint']}" if calls[0].get("hint") else ""
        return str(calls[0]["log"]).rstrip("\n") + hint

    def environment(self, function: str = "", *, https: bool = False) -> dict[str, str]:
        """Return the variables that point a program at the emulator, as the function if one is named.

        `https`: also those for a program with a literal https address.
        """
        asked = {"function": function, **({"https": "1"} if https else {})}
        return self._json("GET", "/_emulator/env", params=asked)

    def control(self, method: str, path: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return what an operation of the control side gives; `arguments` go into the body of a POST, else the query.

        Raises:
            EmulatorUnreachableError: nobody answers, or the emulator refuses the call; the message is its own.
        """
        place = {"json": arguments} if method == "POST" else {"params": arguments}
        return self._json(method, "/_emulator/" + path, **place)

    def _json(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        return self._send(method, path, **arguments)[0]

    def _send(self, method: str, path: str, **arguments: Any) -> tuple[dict[str, Any], Mapping[str, str]]:
        try:
            answer = self._session.request(method, self.base_url + path, **{"timeout": _SECONDS, **arguments})
            content: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise EmulatorUnreachableError(
                _("no emulator answers at {url} ({kind}). Start one: cloudbase-ocr serve").format(
                    url=self.base_url, kind=type(error).__name__
                )
            ) from error
        except ValueError as error:
            raise EmulatorUnreachableError(
                _(
                    "what answers at {url} is not this emulator: {method} {path} gave HTTP {status} without JSON. "
                    "Check the address."
                ).format(url=self.base_url, method=method, path=path, status=answer.status_code)
            ) from error
        if answer.status_code >= 400:
            raise EmulatorUnreachableError(str(content.get("error") or content))
        return content, answer.headers
