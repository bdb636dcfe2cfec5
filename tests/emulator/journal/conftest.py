"""An account of one's own."""

from __future__ import annotations

from tests.emulator.control.conftest import appid

__all__ = ["appid"]
