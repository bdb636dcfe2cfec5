"""What some tests need of the machine: why they are skipped without it, and what to do to run them."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

CURL = "curl is not installed; install it (Debian: apt-get install curl), then: make test"
NODE = "Node.js is not installed; install Node.js 18 or later with npm, then: make check"
SDKS = "SDKs of others are not installed; run: make clients"
BROWSER = "Chromium is not installed; install it (Debian: apt-get install chromium chromium-driver), then: make check"
IPV6 = "this machine has no ::1; switch IPv6 on (sysctl net.ipv6.conf.lo.disable_ipv6=0), then: make test"


engine = pytest.mark.skipif(
    find_spec("openvino") is None,
    reason="the engine that reads photos is not installed; run: pip install 'cloudbase-ocr[ocr]'",
)
"""Marks what reads a photo, where other tests of the file need the core only."""


def python(version: str) -> str:
    """Say that an interpreter is missing."""
    return f"there is no Python {version}; install it (uv python install {version}), then: make check"
