"""Who can reach an emulator, and how it tells a client that it needs a token."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

ASKING = 'Bearer realm="cloudbase-ocr"'
"""The header ``WWW-Authenticate`` of an emulator that was asked without its token."""


def is_loopback_host(host: str) -> bool:
    """Tell whether a host is this machine under an address that no other machine can reach."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def client_address(peer: str, forwarded: str, proxies: Iterable[Network] = ()) -> str:
    """Return the address of who asks, where a proxy may stand in between and names it in ``X-Forwarded-For``.

    The header is believed of this machine and of `proxies` only. Each proxy adds at the end whom it heard, and what
    stands before that may be made up: so the last address that is none of theirs is the one.
    """
    trusted = tuple(proxies)
    found = peer
    for text in reversed(forwarded.split(",")):
        if not _is_proxy(found, trusted):
            break
        try:
            found = str(ipaddress.ip_address(text.strip()))
        except ValueError:
            break
    return found


def _is_proxy(address: str, trusted: tuple[Network, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_loopback or any(parsed in network for network in trusted)
