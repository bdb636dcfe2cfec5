"""What an emulator keeps across restarts: fixtures, files, quotas and tokens, in one SQLite file."""

from __future__ import annotations

from cloudbase_ocr.state.stores.database import StateError
from cloudbase_ocr.state.stores.keeper import StateKeeper

__all__ = ["StateError", "StateKeeper"]
