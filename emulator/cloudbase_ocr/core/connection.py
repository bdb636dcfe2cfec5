"""Where a request's connection stands in its WSGI environment."""

from __future__ import annotations

SOCKET = "cloudbase_ocr.socket"
"""The key; a WSGI test client has none."""
