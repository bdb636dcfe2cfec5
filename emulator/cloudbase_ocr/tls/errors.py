"""What can go wrong before a client is served over TLS."""

from __future__ import annotations

from cloudbase_ocr.language import _


class TlsError(ValueError):
    """There is no TLS here; the message says in one sentence why, and what to do."""


MISSING = _(
    "https needs the package cryptography, which is not installed; run: pip install "
    "'cloudbase-ocr[tls]', and start the emulator again"
)
