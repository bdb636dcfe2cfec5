"""The variables that lead programs with a literal https address to an emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cloudbase_ocr.core.reach import EMULATED, is_emulated_host
from cloudbase_ocr.tls.names import BUNDLE, CERTIFICATE, JAVA, PHP
from cloudbase_ocr.tls.trust import JAVA_PASSWORD, write_trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.tls.store import AuthorityStore

LOCAL = ("localhost", "127.0.0.1", "::1")
"""Hosts that no program asks a proxy for."""

NODE_PRELOAD = Path(__file__).with_name("node_proxy.cjs")

TRUST = "SSL_CERT_FILE"
"""The variable that names the authorities which most programs trust."""

_ADDED = {"NO_PROXY": ",", "no_proxy": ",", "NODE_OPTIONS": " ", "JAVA_TOOL_OPTIONS": " "}
"""Variables that a user may have filled already, and what separates their values."""


def https_variables(store: AuthorityStore, url: str, *, passes: bool) -> dict[str, str]:
    """Return proxy and trust for programs in any language; the files that they name are written.

    Args:
        store: of the authority.
        url: of the emulator.
        passes: whether other hosts may be reached.

    Raises:
        TlsError: there is no authority; the message says why.
    """
    files = {name: str(path.absolute()) for name, path in write_trust(store).items()}
    proxy = f"http://{urlsplit(url).netloc}"
    local = ",".join(LOCAL)
    return {
        "HTTPS_PROXY": proxy,
        "https_proxy": proxy,
        "NO_PROXY": local,
        "no_proxy": local,
        # OpenSSL, and so Python, Ruby and PHP's streams; Go and .NET read it as well.
        TRUST: files[BUNDLE],
        "REQUESTS_CA_BUNDLE": files[BUNDLE],
        "CURL_CA_BUNDLE": files[BUNDLE],
        "NODE_EXTRA_CA_CERTS": files[CERTIFICATE],
        # Node.js reads proxies from 22.21 and 24.5 on; the preloaded file does the same for all.
        "NODE_USE_ENV_PROXY": "1",
        "NODE_OPTIONS": f'--require "{NODE_PRELOAD.as_posix()}"',
        "CLOUDBASE_OCR_EMULATED_HOSTS": ",".join(EMULATED),
        "CLOUDBASE_OCR_OTHER_HOSTS": "pass" if passes else "refuse",
        # The empty entry stands for the folder that PHP was built with.
        "PHP_INI_SCAN_DIR": f":{Path(files[PHP]).parent}",
        "JAVA_TOOL_OPTIONS": _java(proxy, files[JAVA]),
    }


def joined(variables: Mapping[str, str], user: Mapping[str, str]) -> dict[str, str]:
    """Return `variables`, where a user has some that hold several values with those in front of ours."""
    found = dict(variables)
    for name, separator in _ADDED.items():
        theirs = user.get(name, "")
        if name.lower() == "no_proxy":
            theirs = ",".join(host for host in theirs.split(",") if host and not _covers_emulated(host))
        if theirs and not theirs.endswith(variables[name]):
            found[name] = theirs + separator + variables[name]
    return found


def _covers_emulated(host: str) -> bool:
    """Tell whether an entry of NO_PROXY would lead past the emulator."""
    name = host.strip().lstrip("*.")
    return not name or is_emulated_host(name) or any(each.endswith("." + name) for each in EMULATED)


def _java(proxy: str, store: str) -> str:
    parts = urlsplit(proxy)
    options = {
        "https.proxyHost": parts.hostname or "",
        "https.proxyPort": str(parts.port or 80),
        "javax.net.ssl.trustStore": store,
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": JAVA_PASSWORD,
    }
    return " ".join(f"-D{name}={_quoted(value)}" for name, value in options.items())


def _quoted(value: str) -> str:
    """Java takes blanks within double quotes as part of an option."""
    return f'"{value}"' if " " in value else value
