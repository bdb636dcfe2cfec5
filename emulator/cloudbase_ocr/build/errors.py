"""What can keep a package from being built; each message says what happened, why, and what to do."""

from __future__ import annotations


class BuildError(Exception):
    """The package cannot be built."""


class DownloadError(BuildError):
    """The wheels that a package needs are neither in the cache nor to be had."""
