"""What the authority and its files are called."""

from __future__ import annotations

COMMON_NAME = "cloudbase-ocr emulator, one user's own authority"
"""The authority's name, by which people and we tell it among others."""

AUTHORITY = "authority.pem"
"""Certificate and key."""
CERTIFICATE = "certificate.pem"
"""The certificate alone."""
BUNDLE = "bundle.pem"
"""The machine's authorities and this one."""
JAVA = "bundle.p12"
"""The same for Java."""
PHP = "php/cloudbase-ocr.ini"
"""Leads PHP to the bundle."""
FILES = (AUTHORITY, CERTIFICATE, BUNDLE, JAVA, PHP)
