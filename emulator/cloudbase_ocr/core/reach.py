"""Who can reach a server, under which names it answers, and how an emulator tells a client that it needs a token."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

ASKING = 'Bearer realm="cloudbase-ocr"'
"""The header ``WWW-Authenticate`` of an emulator that was asked without its token."""

FETCHER = "cloudbase-ocr"
"""The header ``User-Agent`` of whatever an emulator fetches for ``img_url``; one that gets it knows its own kind."""

EMULATED = (
    "api.weixin.qq.com",
    "api2.weixin.qq.com",
    "tencentcloudapi.com",
    "tcb-admin.tencentyun.com",
    "tcb-open.tencentyun.com",
    "tcloudbase.com",
    "tcloudbasegateway.com",
    "myqcloud.com",
    "qcloud.la",
)
"""Hosts that the emulator stands in for, with all below them: what clients ask whose address a proxy or a hosts file
leads here. They are Tencent's, so nobody else can point one at this machine, as DNS rebinding does.
"""

_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::[0-9]*)?")


def is_loopback_host(host: str) -> bool:
    """Tell whether a host is this machine under an address that no other machine can reach."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # A socket of both families shows clients of IPv4 so.
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def client_address(peer: str, forwarded: str, proxies: Iterable[Network] = ()) -> str:
    """Return the address of who asks, where a proxy may stand in between and names it in ``X-Forwarded-For``.

    The header is believed of this machine and of `proxies` only. Each proxy adds at the end whom it heard, and what
    stands before that may be made up: so the last address that is none of theirs is the one.
    """
    trusted = tuple(proxies)
    found = peer
    for text in reversed(forwarded.split(",")):
        if not is_proxy(found, trusted):
            break
        try:
            found = str(ipaddress.ip_address(text.strip()))
        except ValueError:
            break
    return found


def is_proxy(address: str, trusted: Iterable[Network]) -> bool:
    """Tell whether what an address says of others is believed: it is this machine, or in a network of `trusted`."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_loopback or any(parsed in network for network in trusted)


def is_emulated_host(host: str) -> bool:
    """Tell whether a host is one that the emulator stands in for."""
    return any(host == name or host.endswith("." + name) for name in EMULATED)


def host_of(authority: str) -> str:
    """Return the host of ``HOST:PORT`` as ``Host`` and ``Origin`` have it, in lower case; "" if it has another form."""
    match = _AUTHORITY.fullmatch(authority)
    return "" if match is None else (match[1] or match[2]).lower().removesuffix(".")


@dataclass(frozen=True)
class Names:
    """Under which names a server answers; `local`: it listens on this machine alone.

    A web page can let a name of its own lead to any address, and then counts as a page of the server that it finds
    there. So a local server answers to names of this machine only, to those that it stands in for, and to those it was
    given. One that others reach cannot know how they call it, and answers to any name, unless names were given.

    A request without ``Host``, which HTTP/1.0 allows, comes from no browser, and is answered.
    """

    local: bool = True
    given: frozenset[str] = frozenset()

    @classmethod
    def of(cls, listening: str, given: Iterable[str]) -> Names:
        """Return the names of a server that listens on the host `listening` and was given further names.

        Raises:
            ValueError: one is no name, but an address with scheme, port or path.
        """
        for name in given:
            if not name or host_of(name) != name.lower():
                raise ValueError(
                    _(
                        "server_name: {name!r} is no name. Write the host alone, without scheme, port and path: "
                        "ocr.example.com"
                    ).format(name=name)
                )
        return cls(is_loopback_host(listening), frozenset(name.lower() for name in given))

    def knows(self, authority: str | None, *, emulated: bool = True) -> bool:
        """Tell whether a request with this header ``Host`` is answered; `emulated`: also under an emulated name."""
        if authority is None:
            return True
        host = host_of(authority)
        if not host:
            return False
        if self.is_this_machine(authority, emulated=emulated) or host in self.given:
            return True
        if is_emulated_host(host):
            return False
        return not self.local and (not self.given or _is_address(host))

    @staticmethod
    def is_this_machine(authority: str | None, *, emulated: bool = True) -> bool:
        """Tell whether a header ``Host`` means this machine, such that no page of another site can have sent it."""
        if authority is None:
            return True
        host = host_of(authority)
        # Browsers look for *.localhost nowhere but here.
        local = is_loopback_host(host) or host.endswith(".localhost")
        return local or (emulated and is_emulated_host(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
