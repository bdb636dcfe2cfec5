"""What some tests need of the machine: why they are skipped without it, and what to do to run them."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

CURL = "curl is not installed; install it (Debian: apt-get install curl), then: make test"
JAVA = "Java is not installed; install a JDK of 11 or later (Debian: apt-get install default-jdk), then: make check"
PHP = "PHP with curl is not installed; install them (Debian: apt-get install php-cli php-curl), then: make check"
GO = "Go is not installed; install it (Debian: apt-get install golang-go), then: make check"
NODE = "Node.js is not installed; install Node.js 18 or later with npm, then: make check"
SDKS = "SDKs of others are not installed; run: make clients"
BROWSER = "Chromium is not installed; install it (Debian: apt-get install chromium chromium-driver), then: make check"
REDIS = "redis-server is not installed; install it (Debian: apt-get install redis-server), then: make test"
REDIS_PY = "redis-py is not installed; run: pip install 'cloudbase-ocr[redis]'"
SERVICE = "prometheus-client is not installed; run: pip install 'cloudbase-ocr[service]'"
NGINX = "nginx is not installed; install it (Debian: apt-get install nginx-light), then: make check"
RAY = "Ray is not installed; run: make cluster"
S3 = "s3fs, or moto's server, which speaks S3, is not installed; run: make cluster"
SITE = "MkDocs is not installed; run: make site"
CRYPTOGRAPHY = "cryptography is not installed; run: pip install 'cloudbase-ocr[tls]'"
IPV6 = "this machine has no ::1; switch IPv6 on (sysctl net.ipv6.conf.lo.disable_ipv6=0), then: make test"


engine = pytest.mark.skipif(
    find_spec("openvino") is None,
    reason="the engine that reads photos is not installed; run: pip install 'cloudbase-ocr[ocr]'",
)
"""Marks what reads a photo, where other tests of the file need the core only."""

debugpy = pytest.mark.skipif(
    find_spec("debugpy") is None,
    reason="debugpy is not installed; run: pip install 'cloudbase-ocr[debug]'",
)
"""Marks what attaches a debugger to a Python function."""


def python(version: str) -> str:
    """Say that an interpreter is missing."""
    return f"there is no Python {version}; install it (uv python install {version}), then: make check"
