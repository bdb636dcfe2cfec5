"""What is probably wrong with an imgUrl, said beside WeChat's 101000; nothing is refused (ruling R25)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_ENCODED_TWICE = re.compile(r"%25[0-9A-Fa-f]{2}|^https?%3A", re.IGNORECASE)


def encoded_twice(url: str) -> bool:
    """Tell whether `url` looks percent-encoded already, once too often (``%25`` or ``https%3A``)."""
    return bool(_ENCODED_TWICE.search(url))


def url_hints(url: str) -> tuple[str, ...]:
    """Return what may keep WeChat from fetching `url`, each with what to do; empty when nothing is seen."""
    hints = []
    if encoded_twice(url):
        hints.append("imgUrl looks percent-encoded twice; pass the plain URL, it is encoded once on the way")
    if url != url.strip():
        hints.append("imgUrl begins or ends with white space; remove it")
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return (*hints, "imgUrl is not a valid URL")
    if parts.scheme not in ("http", "https"):
        return (*hints, "imgUrl is neither http nor https; WeChat fetches nothing else")
    if parts.scheme == "http":
        hints.append("imgUrl is plain http; use https where the server offers it")
    if port not in (None, 80, 443):
        hints.append(f"imgUrl uses port {port}; WeChat fetches from port 80 and 443 only")
    if host and _is_private(host):
        hints.append("imgUrl points to a host that only your network knows; WeChat cannot reach it")
    return tuple(hints)


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan", ".localhost"))
