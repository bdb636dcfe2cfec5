"""Fetches `img_url` as WeChat does, with a guard at every step.

WeChat's side: http and https only, standard ports only (staff answer of 2019-12-16), anything that cannot be had is
101000, too many bytes are 101002 (ruling R17). Ours: no credentials in the URL, the name is resolved once and the
checked address is the one connected to (so DNS cannot change its mind), at most three redirects, each checked again
and none into another class of address, five seconds in all however slowly the bytes come.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urljoin, urlsplit

from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.wechat import addresses
from cloudbase_ocr.wechat.connection import SECONDS, Connection, FetchError, Found

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable

REDIRECTS = 3
MAX_URL_CHARACTERS = 8192
STANDARD_PORTS = frozenset({80, 443})

_REDIRECT = frozenset({301, 302, 303, 307, 308})

Resolver = Any  # socket.getaddrinfo, or a stand-in with its signature


def _refuse(reason: str) -> WeChatError:
    return WeChatError(101000, reason=reason)


@dataclass(frozen=True)
class Fetcher:
    """How pictures are fetched.

    `loopback`: this machine may be asked, on any port unless `strict` (local test servers never have port
    80). `allow_hosts`: hosts that may be asked whatever their address, on any port unless `strict`.
    """

    loopback: bool = True
    strict: bool = False
    allow_hosts: frozenset[str] = frozenset()
    allow_ports: frozenset[int] = frozenset()
    seconds: float = SECONDS
    resolve: Resolver = socket.getaddrinfo
    monotonic: Callable[[], float] = field(default=time.monotonic)

    def fetch(self, url: str, limit: int) -> bytes:
        """Return the bytes at `url`, at most `limit`.

        Raises:
            WeChatError: 101000 for whatever cannot or must not be fetched, 101002 for more than `limit` bytes.
        """
        deadline = self.monotonic() + self.seconds
        first_class = None
        for _ in range(REDIRECTS + 1):
            parts, port = self._checked(url)
            found, kind = self._address(parts.hostname or "", port, deadline)
            if first_class not in (None, kind):
                raise _refuse(f"a redirect led from a {first_class} address to a {kind} one")
            first_class = kind
            self._check_port(port, kind)
            try:
                with Connection(parts, port, found, deadline, self.monotonic) as connection:
                    answer = connection.get()
                    if answer.status not in _REDIRECT:
                        return _picture(answer, limit)
                    url = _redirected(url, answer)
            except FetchError as error:
                raise _refuse(f"the picture could not be fetched: {error}") from error
        raise _refuse(f"the URL redirects more than {REDIRECTS} times")

    def _checked(self, url: str) -> tuple[SplitResult, int]:
        if len(url) > MAX_URL_CHARACTERS:
            raise _refuse(f"the URL has more than {MAX_URL_CHARACTERS} characters")
        if any((ord(character) < 0x21 and character != " ") or ord(character) == 0x7F for character in url):
            raise _refuse("the URL holds control characters")
        try:
            parts = urlsplit(url)
            port = parts.port
            host = parts.hostname
        except ValueError as error:
            raise _refuse("the URL cannot be parsed") from error
        if parts.scheme not in ("http", "https") or not host:
            raise _refuse("img_url must begin with http:// or https://")
        if "@" in parts.netloc:
            raise _refuse("the URL carries a user name or password; take them out")
        return parts, port or (443 if parts.scheme == "https" else 80)

    def _address(self, host: str, port: int, deadline: float) -> tuple[Found, str]:
        if addresses.is_disguised(host):
            raise _refuse("the host is an IP address in an unusual notation")
        found = self._resolved(host, port, deadline)
        if not found:
            raise _refuse("the host name cannot be resolved")
        if host in self.allow_hosts:
            return found, addresses.NAMED
        kinds = {addresses.classify(str(info[4][0])) for info in found}
        if kinds == {addresses.PUBLIC}:
            return found, addresses.PUBLIC
        if kinds == {addresses.LOOPBACK} and self.loopback:
            return found, addresses.LOOPBACK
        raise _refuse(
            "the host's address is not public; name the host with --allow-host if it may be fetched"
        )

    def _resolved(self, host: str, port: int, deadline: float) -> Found:
        """Resolve in a thread, because `getaddrinfo` cannot be given a time limit."""
        found: Found = []

        def ask() -> None:
            try:
                found.extend(self.resolve(host, port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError, ValueError):
                found.clear()

        thread = threading.Thread(target=ask, name="resolve", daemon=True)
        thread.start()
        thread.join(max(deadline - self.monotonic(), 0.0))
        return [] if thread.is_alive() else found

    def _check_port(self, port: int, kind: str) -> None:
        if port in STANDARD_PORTS or port in self.allow_ports:
            return
        if kind != addresses.PUBLIC and not self.strict:
            return
        raise _refuse(
            f"WeChat fetches from port 80 and 443 only, not {port}; --allow-port lets the emulator do it"
        )


def _picture(answer: http.client.HTTPResponse, limit: int) -> bytes:
    if answer.status != 200:
        raise _refuse(f"the server answered with HTTP status {answer.status}")
    picture = Connection.read(answer, limit)
    if picture is None:
        raise WeChatError(101002, reason=f"the picture behind img_url has more than {limit} bytes")
    return picture


def _redirected(url: str, answer: http.client.HTTPResponse) -> str:
    location = answer.getheader("Location") or ""
    try:
        # Headers are read as Latin-1, but servers put UTF-8 into this one.
        return urljoin(url, location.encode("latin-1").decode("utf-8"))
    except ValueError as error:
        raise _refuse("the server redirects to something that is no URL") from error
