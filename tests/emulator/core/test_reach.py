"""Under which names a server answers, and whose address counts where proxies stand in between."""

from __future__ import annotations

import ipaddress

import pytest

from cloudbase_ocr.core.reach import Names, client_address, host_of, is_emulated_host, is_loopback_host

PROXIES = (ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("2001:db8::7"))


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("LocalHost:8787", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("ocr.example.com.:443", "ocr.example.com"),
        ("a_b-c.example:", "a_b-c.example"),
        ("", ""),
        ("::1", ""),
        ("[::1", ""),
        ("[", ""),
        ("a b", ""),
        ("user@127.0.0.1", ""),
        ("127.0.0.1:80:80", ""),
        ("127.0.0.1:8o", ""),
        ("evil.example/127.0.0.1", ""),
        ("evil.example,127.0.0.1", ""),
        ("localhost\n", ""),
        ("例子.example", ""),
    ],
)
def test_the_host_of_a_header(authority: str, host: str) -> None:
    assert host_of(authority) == host


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
)
def test_addresses_that_no_other_machine_reaches(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "127.1", "2130706433", "home"]
)
def test_addresses_that_others_reach(host: str) -> None:
    assert not is_loopback_host(host)


@pytest.mark.parametrize(
    "host", ["weixin.qq.com", "qq.com", "evilmyqcloud.com", "com", "", "myqcloud.com.evil.example"]
)
def test_hosts_that_nobody_stands_in_for(host: str) -> None:
    assert not is_emulated_host(host)


def test_names() -> None:
    local, given = Names.of("127.0.0.1", ()), Names.of("::1", ("OCR.example.com",))
    everywhere, named = Names.of("0.0.0.0", ()), Names.of("0.0.0.0", ("ocr.example.com",))
    for names in (local, given, everywhere, named):
        assert all(map(names.knows, (None, "localhost:1", "x.localhost", "api.weixin.qq.com")))
        assert not names.knows("[")
    assert [names.knows("ocr.example.com:80") for names in (local, given, everywhere, named)] == [
        False,
        True,
        True,
        True,
    ]
    assert [names.knows("evil.example") for names in (local, given, everywhere, named)] == [
        False,
        False,
        True,
        False,
    ]
    assert [names.knows("10.0.0.1") for names in (local, given, everywhere, named)] == [
        False,
        False,
        True,
        True,
    ]
    assert not local.knows("api.weixin.qq.com", emulated=False)


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
