"""Which addresses `img_url` may lead to.

An emulator that fetches any URL is a way into the network it runs in. So addresses fall into classes: `public` may
be fetched, `loopback` only while the emulator itself listens on loopback, `private` (everything else that is not
public) never; a host that ``--allow-host`` names is a class of its own, whatever its address.
"""

from __future__ import annotations

import ipaddress
import socket

PUBLIC = "public"
LOOPBACK = "loopback"
PRIVATE = "private"
NAMED = "named"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")


def classify(text: str) -> str:
    """Return the class of an address as `getaddrinfo` gives it: ``public``, ``loopback`` or ``private``."""
    address = _unwrapped(ipaddress.ip_address(text.partition("%")[0]))
    if address.is_loopback:
        return LOOPBACK
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return PRIVATE
    return PUBLIC


def is_disguised(host: str) -> bool:
    """Tell whether `host` is an IPv4 address in a form only an attacker writes: 2130706433, 0x7f.1, 0177.0.0.1."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            socket.inet_aton(host)
        except (OSError, ValueError):
            return False
        return True
    return False


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address carries inside, if it carries one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
