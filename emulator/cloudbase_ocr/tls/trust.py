"""What lets programs of a user trust the authority, and nobody else: files, and the variables that name them.

The files hold the machine's authorities and ours, because a program that is given one trusts nothing else.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from cloudbase_ocr.tls.names import BUNDLE, CERTIFICATE, COMMON_NAME, JAVA, PHP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudbase_ocr.tls.store import AuthorityStore

JAVA_PASSWORD = "changeit"  # noqa: S105 - Java's own, which protects nothing: the file holds no secret

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine, macOS
)


def machine_authorities() -> list[bytes]:
    """Return the authorities that this machine trusts (DER); where it tells none, those that requests brings."""
    context = ssl.create_default_context()
    if not context.get_ca_certs():
        bundle = next((path for path in _BUNDLES if Path(path).is_file()), DEFAULT_CA_BUNDLE_PATH)
        context.load_verify_locations(bundle)
    # The machine's own variables may name a bundle that this module has written.
    return [der for der in context.get_ca_certs(binary_form=True) if COMMON_NAME.encode() not in der]


def write_trust(store: AuthorityStore) -> dict[str, Path]:
    """Write the files beside the authority, which is made if need be; return their paths by name.

    Raises:
        TlsError: there is no authority; the message says why.
    """
    while True:
        authority = store.get()
        from cloudbase_ocr.tls.authority import java_trust_store

        machine = machine_authorities()
        ours = ssl.PEM_cert_to_DER_cert(authority.pem.decode())
        written = {
            CERTIFICATE: store.write(CERTIFICATE, authority.pem),
            BUNDLE: store.write(BUNDLE, _text(machine) + authority.pem),
            JAVA: store.write(JAVA, java_trust_store([*machine, ours], JAVA_PASSWORD)),
        }
        written[PHP] = store.write(PHP, _php(written[BUNDLE]))
        # Another process may have made one in between.
        if store.is_current(authority):
            return written


def _text(certificates: Iterable[bytes]) -> bytes:
    return "".join(map(ssl.DER_cert_to_PEM_cert, certificates)).encode()


def _php(bundle: Path) -> bytes:
    return f'; PHP\'s curl knows no variable for it.\ncurl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n'.encode()
