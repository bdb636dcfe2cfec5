"""Where the emulator finds functions and fixtures when nobody says, and keeps what it can fetch or make again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
FIXTURES = _PACKAGE / "fixtures"


def included_functions() -> Path:
    """Return the folder of our own functions: beside the package in a checkout, inside it when installed."""
    checkout = _PACKAGE.parents[1] / "functions"
    return checkout if (checkout / "wxcloud").is_dir() else _PACKAGE / "functions"


def user_cache() -> Path:
    """Return this program's part of the user's cache folder; it may not exist."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "cloudbase-ocr"
