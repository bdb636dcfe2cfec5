"""The browser and the emulator of the console's tests."""

from __future__ import annotations

from tests.emulator.console.browser import browser, chromium, fresh, server
from tests.emulator.console.trying import reading

__all__ = ["browser", "chromium", "fresh", "reading", "server"]
