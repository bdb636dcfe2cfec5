"""Which addresses `img_url` may lead to.

An emulator that fetches any URL is a way into the network it runs in. So addresses fall into classes: `public` may
be fetched, `loopback` only while the emulator itself listens on loopback, `private` (everything else that is not
public) never; a host that ``--allow-host`` names is a class of its own, whatever its address.

An IPv6 address that carries an IPv4 address inside (mapped, 6to4, NAT64 and their kin) leads wherever that one leads,
by a way that this machine may or may not have. It is public if that one is, and never loopback: only 127.0.0.0/8 and
::1 are, and a local server can be asked under those.
"""

from __future__ import annotations

import ipaddress
import socket

PUBLIC = "public"
LOOPBACK = "loopback"
PRIVATE = "private"
NAMED = "named"

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is given to networks of the world; what is outside is local in one way or another, as fec0::/10 is."""

_NOT_PUBLIC = tuple(
    map(
        ipaddress.IPv6Network,
        # For documents, benchmarks, tunnels and the like, whichever of them a version of Python knows.
        ("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)
_V4_NOT_PUBLIC = tuple(
    map(ipaddress.IPv4Network, ("0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"))
)

_LAST_32_BITS = tuple(
    map(
        ipaddress.IPv6Network,
        # IPv4-compatible, mapped, translated (SIIT), NAT64.
        ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"),
    )
)
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The 32 bits before the IPv4 address, in any network."""


def classify(text: str) -> str:
    """Return the class of an address as `getaddrinfo` gives it: ``public``, ``loopback`` or ``private``."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return LOOPBACK if address.is_loopback else _of(public=_is_public_v4(address))
    if int(address) == 1:  # not is_loopback, which Python 3.13 says of mapped ones, too
        return LOOPBACK
    return _of(public=_is_public_v6(address))


def _of(*, public: bool) -> str:
    return PUBLIC if public else PRIVATE


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not special and not any(address in network for network in _V4_NOT_PUBLIC)


def _is_public_v6(address: ipaddress.IPv6Address) -> bool:
    number = int(address)
    if any(address in network for network in _LAST_32_BITS):
        return _is_public_v4(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    if address not in _GLOBAL_UNICAST or any(address in network for network in _NOT_PUBLIC):
        return False
    if address in _SIX_TO_FOUR:
        return _is_public_v4(ipaddress.IPv4Address(number >> 80 & 0xFFFFFFFF))
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        return _is_public_v4(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return address.is_global


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
