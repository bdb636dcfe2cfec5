"""One GET over a connection to an address that was checked, with one deadline over all its waits.

Connecting, the deadline and the reading are ours; HTTP is parsed by ``http.client``, as in requests. urllib3, which
can connect to a given address as well, has a time limit for each wait and none for all, and writes the URL, which may
hold a signature, into its log when an answer's headers are broken.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudbase_ocr.core.reach import FETCHER

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

SECONDS = 5.0
"""That a fetch may take in all."""

_CHUNK = 64 * 1024
_SAFE = "/?:@!$&'()*+,;=%~-._[]"

Found = list[tuple[Any, ...]]
"""What ``socket.getaddrinfo`` gives: family, type, protocol, canonical name, address."""


class FetchError(Exception):
    """No answer, or no whole one; the message says why without repeating the URL, which may hold a signature."""


class Connection:
    """A connection to the first of the addresses `found` that takes one."""

    def __init__(
        self, parts: SplitResult, port: int, found: Found, deadline: float, monotonic: Callable[[], float]
    ) -> None:
        """Prepare to ask for the URL of `parts`; every wait ends when `monotonic` shows `deadline`."""
        self._parts = parts
        self._port = port
        self._found = found
        self._deadline = deadline
        self._monotonic = monotonic
        self._socket: socket.socket | None = None
        self._answer: http.client.HTTPResponse | None = None

    def __enter__(self) -> Connection:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        # Before the collector finds it: Python 3.13 complains about an answer whose stream went first.
        if self._answer is not None:
            self._answer.close()
        if self._socket is not None:
            self._socket.close()

    def get(self) -> http.client.HTTPResponse:
        """Send the request and return the answer as far as its headers.

        Raises:
            FetchError: there is none.
        """
        try:
            self._connect()
            stream = _TimedStream(self._socket, self._deadline, self._monotonic)
            stream.send(self._request())
            answer = http.client.HTTPResponse(stream, method="GET")  # type: ignore[arg-type]  # asks only for makefile
            self._answer = answer
            answer.begin()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _failure(error) from error
        return answer

    @staticmethod
    def read(answer: http.client.HTTPResponse, limit: int) -> bytes | None:
        """Return the rest of an answer; None when it has more than `limit` bytes.

        Raises:
            FetchError: it is not whole.
        """
        if answer.length is not None and answer.length > limit:
            return None
        data = bytearray()
        try:
            while chunk := answer.read(_CHUNK):
                data += chunk
                if len(data) > limit:
                    return None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _failure(error) from error
        if answer.length:
            raise FetchError("the server sent less than it announced")
        return bytes(data)

    def _request(self) -> bytes:
        parts = self._parts
        host = (parts.hostname or "").encode("idna").decode()
        host = f"[{host}]" if ":" in host else host
        standard = 443 if parts.scheme == "https" else 80
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), _SAFE)
        lines = (
            f"GET {target} HTTP/1.1",
            f"Host: {host}" + ("" if self._port == standard else f":{self._port}"),
            f"User-Agent: {FETCHER}",
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


def _failure(error: Exception) -> FetchError:
    if isinstance(error, TimeoutError):
        return FetchError(f"no answer within {SECONDS:.0f} s")
    if isinstance(error, ssl.SSLError):
        return FetchError("the TLS certificate or handshake was not accepted")
    if isinstance(error, OSError):
        return FetchError(error.strerror or "the connection failed")
    return FetchError("the server's answer is not HTTP")
