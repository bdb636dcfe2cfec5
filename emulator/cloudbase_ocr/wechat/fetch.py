"""Fetches `img_url` as WeChat does, with a guard at every step.

WeChat's side: http and https only, standard ports only (staff answer of 2019-12-16), anything that cannot be had is
101000, too many bytes are 101002 (ruling R17). Ours: no credentials in the URL, the name is resolved once and the
checked address is the one connected to (so DNS cannot change its mind), at most three redirects, each checked again
and none into another class of address, five seconds in all however slowly the bytes come.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.wechat import addresses

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 5.0
REDIRECTS = 3
MAX_URL_CHARACTERS = 8192
STANDARD_PORTS = frozenset({80, 443})

_REDIRECT = frozenset({301, 302, 303, 307, 308})
_CHUNK = 64 * 1024
_SAFE = "/?:@!$&'()*+,;=%~-._[]"

Resolver = Any  # socket.getaddrinfo, or a stand-in with its signature
Found = list[tuple[Any, ...]]  # what it gives: family, type, protocol, canonical name, address


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
            with _Connection(parts, port, found, deadline, self.monotonic) as connection:
                answer = connection.get()
                if answer.status not in _REDIRECT:
                    return _picture(answer, limit)
                url = _redirected(url, answer)
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


class _Connection:
    """One GET over a connection to an address that was checked; every wait ends at the deadline."""

    def __init__(
        self, parts: SplitResult, port: int, found: Found, deadline: float, monotonic: Callable[[], float]
    ) -> None:
        self._parts = parts
        self._port = port
        self._found = found
        self._deadline = deadline
        self._monotonic = monotonic
        self._socket: socket.socket | None = None

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            self._socket.close()

    def get(self) -> http.client.HTTPResponse:
        """Send the request and return the answer as far as its headers."""
        try:
            self._connect()
            stream = _TimedStream(self._socket, self._deadline, self._monotonic)
            stream.send(self._request())
            answer = http.client.HTTPResponse(stream, method="GET")  # type: ignore[arg-type]  # asks only for makefile
            answer.begin()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _refuse(f"the picture could not be fetched: {_explain(error)}") from error
        return answer

    def _request(self) -> bytes:
        parts = self._parts
        host = (parts.hostname or "").encode("idna").decode()
        host = f"[{host}]" if ":" in host else host
        standard = 443 if parts.scheme == "https" else 80
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), _SAFE)
        lines = (
            f"GET {target} HTTP/1.1",
            f"Host: {host}" + ("" if self._port == standard else f":{self._port}"),
            "User-Agent: cloudbase-ocr",
            "Accept: image/*,*/*",
            "Accept-Encoding: identity",
            "Connection: close",
        )
        return "\r\n".join((*lines, "", "")).encode("ascii")

    def _connect(self) -> None:
        failed: OSError | None = None
        for family, kind, protocol, _, target in self._found:
            plain = socket.socket(family, kind, protocol)
            self._socket = plain
            try:
                plain.settimeout(max(self._deadline - self._monotonic(), 0.001))
                plain.connect(target)
                if self._parts.scheme == "https":
                    context = ssl.create_default_context()
                    self._socket = context.wrap_socket(plain, server_hostname=self._parts.hostname)
            except OSError as error:
                plain.close()
                failed = error
            else:
                return
        raise failed or OSError("the host has no address")


class _TimedStream(io.RawIOBase):
    """A socket with one deadline over all its waits, in the shape that `http.client` reads from.

    A plain socket timeout begins anew with every byte, so that a server that drips could hold a call for ever.
    """

    def __init__(self, plain: socket.socket | None, deadline: float, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._socket = plain
        self._deadline = deadline
        self._monotonic = monotonic

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, _CHUNK)

    def send(self, data: bytes) -> None:
        self._timed().sendall(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._timed().recv_into(buffer)

    def _timed(self) -> socket.socket:
        left = self._deadline - self._monotonic()
        if left <= 0 or self._socket is None:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._socket


def _picture(answer: http.client.HTTPResponse, limit: int) -> bytes:
    if answer.status != 200:
        raise _refuse(f"the server answered with HTTP status {answer.status}")
    if answer.length is not None and answer.length > limit:
        raise _oversize(limit)
    data = bytearray()
    try:
        while chunk := answer.read(_CHUNK):
            data += chunk
            if len(data) > limit:
                raise _oversize(limit)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _refuse(f"the picture could not be fetched: {_explain(error)}") from error
    if answer.length:
        raise _refuse("the picture could not be fetched: the server sent less than it announced")
    return bytes(data)


def _redirected(url: str, answer: http.client.HTTPResponse) -> str:
    location = answer.getheader("Location") or ""
    try:
        # Headers are read as Latin-1, but servers put UTF-8 into this one.
        return urljoin(url, location.encode("latin-1").decode("utf-8"))
    except ValueError as error:
        raise _refuse("the server redirects to something that is no URL") from error


def _oversize(limit: int) -> WeChatError:
    return WeChatError(101002, reason=f"the picture behind img_url has more than {limit} bytes")


def _explain(error: Exception) -> str:
    """Say what went wrong without repeating the URL, which may hold a signature."""
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS:.0f} s"
    if isinstance(error, ssl.SSLError):
        return "the TLS certificate or handshake was not accepted"
    if isinstance(error, OSError):
        return error.strerror or "the connection failed"
    return "the server's answer is not HTTP"
