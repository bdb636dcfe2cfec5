"""Where the emulator finds functions and fixtures when nobody says."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
FIXTURES = _PACKAGE / "fixtures"


def included_functions() -> Path:
    """Return the folder of our own functions: beside the package in a checkout, inside it when installed."""
    checkout = _PACKAGE.parents[1] / "functions"
    return checkout if (checkout / "wxcloud").is_dir() else _PACKAGE / "functions"
