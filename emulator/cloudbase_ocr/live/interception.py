"""Leads requests of this process to an emulator although their address is a literal one of WeChat or Tencent Cloud.

While an interception is in force, a method of each library that is installed is replaced, the one that the library's
own mocks replace (responses, pytest-httpx, aioresponses): what is sent goes to the emulator's own address, over a real
socket, and the answer comes back under the old one.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from cloudbase_ocr.core.reach import is_emulated_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Led: TypeAlias = Callable[[str], str | None]

_HERE_ONLY: dict[str, str] = {}
"""No proxy for what is led to this machine."""


class Refused(Exception):
    """A request may not go on; the client gets it as its own error of a connection."""


@dataclass(frozen=True)
class Replacement:
    """A method that was replaced."""

    owner: type
    name: str
    former: Any
    ours: Any

    def undo(self) -> None:
        """Put the former method back, unless another mock came after ours, which then passes everything on."""
        if self.owner.__dict__.get(self.name) is self.ours:
            setattr(self.owner, self.name, self.former)


def replace_all(led: Led) -> list[Replacement]:
    """Replace what is installed; `led` tells where an address is led."""
    found: list[Replacement] = []
    for replace in (_requests, _httpx, _aiohttp):
        with suppress(ImportError):  # who lacks a library sends nothing with it
            found += replace(led)
    return found


def _replace(owner: type, name: str, make: Callable[[Any], Any]) -> Replacement:
    former = owner.__dict__[name]
    ours = make(former)
    setattr(owner, name, ours)
    return Replacement(owner, name, former, ours)


def _requests(led: Led) -> list[Replacement]:
    library: Any = import_module("requests")

    def make(former: Any) -> Any:
        def send(
            adapter: Any,
            request: Any,
            stream: Any = False,
            timeout: Any = None,
            verify: Any = True,
            cert: Any = None,
            proxies: Any = None,
        ) -> Any:
            try:
                address = led(request.url)
            except Refused as refused:
                raise library.ConnectionError(str(refused), request=request) from None
            if address is None:
                return former(adapter, request, stream, timeout, verify, cert, proxies)
            sent = request.copy()
            sent.url = address
            sent.headers["Host"] = urlsplit(request.url).netloc
            answer = former(adapter, sent, stream, timeout, verify, None, _HERE_ONLY)
            answer.url, answer.request = request.url, request
            return answer

        return send

    return [_replace(library.adapters.HTTPAdapter, "send", make)]


def _httpx(led: Led) -> list[Replacement]:
    library: Any = import_module("httpx")

    def redirected(request: Any) -> Any | None:
        try:
            address = led(str(request.url))
        except Refused as refused:
            raise library.ConnectError(str(refused), request=request) from None
        if address is None:
            return None
        return library.Request(
            request.method,
            address,
            headers=request.headers,  # with the Host of the address before
            stream=request.stream,
            extensions=request.extensions,
        )

    def make(former: Any) -> Any:
        def handle_request(transport: Any, request: Any) -> Any:
            sent = redirected(request)
            if sent is None:
                return former(transport, request)
            # Not the client's own transport, which may lead through a proxy.
            with _plain(library.HTTPTransport) as here:
                answer = former(here, sent)
                return _answer(library, answer, b"".join(answer.stream))

        return handle_request

    def make_async(former: Any) -> Any:
        async def handle_async_request(transport: Any, request: Any) -> Any:
            sent = redirected(request)
            if sent is None:
                return await former(transport, request)
            async with _plain(library.AsyncHTTPTransport) as here:
                answer = await former(here, sent)
                return _answer(library, answer, b"".join([chunk async for chunk in answer.stream]))

        return handle_async_request

    return [
        _replace(library.HTTPTransport, "handle_request", make),
        _replace(library.AsyncHTTPTransport, "handle_async_request", make_async),
    ]


def _plain(transport: Any) -> Any:
    return transport(verify=False, trust_env=False)


def _answer(library: Any, answer: Any, body: bytes) -> Any:
    stream = library.ByteStream(body)
    return library.Response(answer.status_code, headers=answer.headers, stream=stream)


def _aiohttp(led: Led) -> list[Replacement]:
    library: Any = import_module("aiohttp")

    def make(former: Any) -> Any:
        async def request(session: Any, method: str, address: Any, **options: Any) -> Any:
            original = session._build_url(address)
            try:
                target = led(str(original))
            except Refused as refused:
                raise library.ClientConnectionError(str(refused)) from None
            if target is None:
                return await former(session, method, address, **options)
            headers = import_module("multidict").CIMultiDict(options.pop("headers", None) or {})
            headers.setdefault("Host", urlsplit(str(original)).netloc)
            url = type(original)(target, encoded=True)
            return await former(session, method, url, **{**options, "headers": headers, "proxy": None})

        return request

    return [_replace(library.ClientSession, "_request", make)]


class Interception:
    """Where intercepted requests are led, and which others may go on."""

    def __init__(self, url: str, allow: bool | Iterable[str]) -> None:
        """Lead them to `url`; `allow` is whether others go on, or to which hosts they do."""
        self.url = urlsplit(url)
        self._all = allow is True
        self._allowed = frozenset(() if isinstance(allow, bool) else (host.lower() for host in allow))

    def allows(self, host: str) -> bool:
        """Tell whether a request to a host that is not intercepted goes on."""
        return self._all or host in self._allowed


class _InForce:
    """The interceptions of this process, the latest last, and what they have replaced while there is one."""

    def __init__(self) -> None:
        self._interceptions: tuple[Interception, ...] = ()  # replaced as a whole, never changed
        self._replaced: list[Replacement] = []
        self._lock = threading.Lock()

    def add(self, interception: Interception) -> None:
        with self._lock:
            if not self._interceptions:
                self._replaced = replace_all(self.led)
            self._interceptions += (interception,)

    def remove(self, interception: Interception) -> None:
        with self._lock:
            self._interceptions = tuple(each for each in self._interceptions if each is not interception)
            while not self._interceptions and self._replaced:
                self._replaced.pop().undo()

    def led(self, address: str) -> str | None:
        """Return where a request to an address is led, or None if it goes on as it is.

        Raises:
            Refused: it may not go on.
        """
        interceptions, parts = self._interceptions, urlsplit(address)
        host = (parts.hostname or "").removesuffix(".")
        if not interceptions or any(parts.netloc == each.url.netloc for each in interceptions):
            return None
        if is_emulated_host(host):
            here = interceptions[-1].url
            return urlunsplit((here.scheme, here.netloc, parts.path, parts.query, ""))
        if not all(each.allows(host) for each in interceptions):
            raise Refused(
                f"{host} is not asked while intercept() is in force; name it to let it through: "
                f"intercept(allow=[{host!r}])"
            )
        return None


_IN_FORCE = _InForce()


@contextmanager
def intercepting(url: str, allow: bool | Iterable[str]) -> Iterator[None]:
    """Lead the requests of this process to the emulator at `url` while the block runs.

    Raises:
        TypeError: `allow` is one text; the hosts are to be a list.
    """
    if isinstance(allow, str):
        raise TypeError(f"allow takes True, False or a list of hosts; write [{allow!r}]")
    interception = Interception(url, allow)
    _IN_FORCE.add(interception)
    try:
        yield
    finally:
        _IN_FORCE.remove(interception)
