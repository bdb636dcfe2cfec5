"""Whose address counts where proxies stand in between."""

from __future__ import annotations

import ipaddress

import pytest

from cloudbase_ocr.core.reach import client_address, is_loopback_host

PROXIES = (ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("2001:db8::7"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.9", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("::1", "2001:db8:2::1", "2001:db8:2::1"),
        ("127.0.0.1", "made-up, 192.0.2.1, 198.51.100.9", "198.51.100.9"),
        ("127.0.0.1", "made-up, 198.51.100.9, 10.0.0.7", "198.51.100.9"),
        ("10.0.0.7", "198.51.100.9 , 2001:db8::7", "198.51.100.9"),
        ("10.0.1.7", "198.51.100.9", "10.0.1.7"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("", "198.51.100.9", ""),
    ],
)
def test_the_last_address_that_is_no_proxy_of_ours_is_the_client(
    peer: str, forwarded: str, client: str
) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


@pytest.mark.parametrize(
    ("host", "is_ours"), [("localhost", True), ("127.1.2.3", True), ("10.0.0.1", False), ("x", False)]
)
def test_loopback(host: str, is_ours: bool) -> None:
    assert is_loopback_host(host) == is_ours
