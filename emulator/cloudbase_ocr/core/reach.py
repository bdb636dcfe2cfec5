"""Who can reach an emulator, and how it tells a client that it needs a token."""

from __future__ import annotations

import ipaddress

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
