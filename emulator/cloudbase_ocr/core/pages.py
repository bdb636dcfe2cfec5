"""Whether a web page sends a request, and of which site: by headers that browsers set and no page can."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.datastructures import Headers

MINI_PROGRAM = "https://servicewechat.com"
"""The origin that WeChat names for requests of mini-programs, in ``Referer``; WeChat's developer tools do so, too."""

_OWN_SITES = frozenset({"same-origin", "none"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def nobody(_origin: str) -> bool:
    """Allow no page."""
    return False


def is_foreign(headers: Headers, may: Callable[[str], bool] = nobody) -> bool:
    """Tell whether a page of another site sends a request; those whose origin `may`, and the server's own, are none.

    ``Origin`` says so, and where browsers leave it out (links, pictures, GET without CORS) ``Sec-Fetch-Site``, with the
    origin in ``Referer``. Without all three it is a program, or a browser that asks an address without TLS in the
    network and was told to keep the Referer to itself.
    """
    origin = headers.get("Origin")
    if origin is not None:
        return not (_is_own(origin, headers) or may(origin))
    site = headers.get("Sec-Fetch-Site")
    if site in _OWN_SITES:
        return False
    referer = headers.get("Referer")
    if site is None and not referer:
        return False
    origin = _origin_of(referer or "")
    return not (may(origin) or (site is None and _is_own(origin, headers)))


def is_from_page(headers: Headers) -> bool:
    """Tell whether a page sends a request, of whatever site."""
    return any(name in headers for name in ("Origin", "Sec-Fetch-Site", "Referer"))


def is_link(headers: Headers, method: str) -> bool:
    """Tell whether somebody follows a link: the browser shows the answer as a page, and gives it to no other page."""
    if method not in _SAFE or "Origin" in headers:
        return False
    if "Sec-Fetch-Site" not in headers:  # an address without TLS in the network, or an old browser
        return True
    return headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"


def _is_own(origin: str, headers: Headers) -> bool:
    host = headers.get("Host")
    return bool(host) and _authority(origin) == str(host).lower()


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
