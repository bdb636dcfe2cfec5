"""The real service: requests go to it as they came, answers come back as they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of one connection only (RFC 9110, 7.6.1), or set again by whoever sends the message on.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
     "transfer-encoding", "upgrade", "host", "content-length", "content-encoding", "accept-encoding", "expect"}
)  # fmt: skip


class UpstreamError(Exception):
    """The service gave no answer; the message says why, without the query, which holds the token."""


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def outcome(self) -> dict[str, Any] | int | None:
        """Return the fields of a success, the errcode of an error, or None when this is no answer of WeChat's API."""
        if self.status != requests.codes.ok:
            return None
        try:
            content = json.loads(self.body.decode("utf-8"))
            code = int(content.get("errcode", 0))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None
        if code:
            return code
        return {name: value for name, value in content.items() if name not in ("errcode", "errmsg")}


class Upstream:
    """Sends requests on to the service at `url`."""

    def __init__(self, url: str, seconds: float = 30.0) -> None:
        """Wait `seconds` at most for an answer to begin, and between its parts.

        Raises:
            ValueError: `url` is no http or https URL of a server.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                _(
                    "{url!r} is no address of a service; write it like https://api.weixin.qq.com or "
                    "http://127.0.0.1:8787"
                ).format(url=url)
            )
        if parts.username or parts.password or parts.query:
            raise ValueError(
                _("the address of the service may hold neither a password nor a query; clients send tokens")
            )
        self.host = parts.netloc
        self._url = url.rstrip("/")
        self._seconds = seconds

    def send(self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes) -> Reply:
        """Send one request on; `target` is path and query.

        Raises:
            UpstreamError: there is no answer.
        """
        kept = {name: value for name, value in headers if name.lower() not in _HOP_BY_HOP}
        try:
            with requests.Session() as session:
                session.headers.clear()
                answer = session.request(
                    method,
                    self._url + target,
                    headers={**kept, "Accept-Encoding": "identity"},
                    data=body or None,
                    timeout=self._seconds,
                    allow_redirects=False,
                )
        except requests.Timeout as error:
            raise UpstreamError(
                _("{host} did not answer within {seconds:g} s").format(host=self.host, seconds=self._seconds)
            ) from error
        except requests.RequestException as error:
            # Its text holds the URL, and so the token.
            raise UpstreamError(
                _("{host} cannot be reached ({kind})").format(host=self.host, kind=type(error).__name__)
            ) from error
        back = tuple(
            (name, value) for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP
        )
        return Reply(answer.status_code, back, answer.content)
