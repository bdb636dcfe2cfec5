"""What can keep a function's packages from being there; each message says what happened, why, and what to do."""

from __future__ import annotations


class DependencyError(Exception):
    """The packages that a function needs cannot be had."""


class NoNetworkError(DependencyError):
    """They are neither in the cache nor to be had."""
